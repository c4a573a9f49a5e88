"""QAOA against PennyLane's circuit, published values, and itself on the half space."""

import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pennylane as qml
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from qml_core.errors import CircuitRefused, SpecError
from qml_core.simulation import qaoa_layers
from qml_core.simulation.ising_diagonal import IsingDiagonal, cost_diagonal, maxcut_terms
from qml_core.simulation.qaoa import evolve, expectation, probabilities
from qml_core.simulation.qaoa_layers import workspace

DOUBLE = {"dtype": torch.float64}


def angles(p, seed, batch=()):
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1.5, 1.5, (2, *batch, p)))


@st.composite
def ising(draw, even=False, most=6):
    n = draw(st.integers(2 if even else 1, most))
    sizes = st.just(2) if even else st.integers(0, min(3, n))
    wires = sizes.flatmap(lambda k: st.sets(st.integers(0, n - 1), min_size=k, max_size=k))
    terms = draw(st.lists(st.tuples(wires, st.floats(-2, 2)), min_size=1, max_size=6))
    return n, {tuple(sorted(w)): c for w, c in terms}


def dense(terms, n):
    """C(z) by its definition."""
    bits = 1 - 2 * (np.arange(2**n)[:, None] >> np.arange(n - 1, -1, -1) & 1)
    return sum(c * np.prod(bits[:, list(w)], axis=1) for w, c in terms.items())


def circuit_state(values, n, gammas, betas):
    """PennyLane's state of the same circuit, gate by gate."""

    @qml.qnode(qml.device("default.qubit", wires=n))
    def circuit():
        for wire in range(n):
            qml.Hadamard(wire)
        for gamma, beta in zip(gammas, betas, strict=True):
            qml.DiagonalQubitUnitary(np.exp(-1j * float(gamma) * values), wires=range(n))
            for wire in range(n):
                qml.RX(2 * float(beta), wires=wire)
        return qml.state()

    return np.asarray(circuit())


@settings(max_examples=30, deadline=None)
@given(problem=ising(), p=st.integers(1, 3), seed=st.integers(0, 99))
def test_states_and_values_are_those_of_pennylanes_circuit(problem, p, seed):
    n, terms = problem
    values, (gammas, betas) = dense(terms, n), angles(p, seed)
    reference = circuit_state(values, n, gammas, betas)
    diagonal = cost_diagonal(terms, n, half_space=False)
    np.testing.assert_allclose(diagonal.values, values * np.ones(2**n), atol=1e-12)
    state = evolve(diagonal, gammas, betas).numpy()
    assert abs(abs(np.vdot(reference, state)) - 1) < 1e-12
    weights = abs(reference) ** 2
    np.testing.assert_allclose(probabilities(diagonal, gammas, betas), weights, atol=1e-12)
    assert float(expectation(diagonal, gammas, betas)) == pytest.approx(weights @ values, abs=1e-11)


@settings(max_examples=30, deadline=None)
@given(problem=ising(even=True), p=st.integers(1, 3), seed=st.integers(0, 99))
def test_the_half_space_gives_what_the_full_space_gives(problem, p, seed):
    n, terms = problem
    gammas, betas = angles(p, seed)
    full = cost_diagonal(terms, n, half_space=False)
    half = cost_diagonal(terms, n)
    assert half.half_space
    assert len(half.values) == 2 ** (n - 1)
    gammas.requires_grad_()
    betas.requires_grad_()
    found = [
        (value, *torch.autograd.grad(value, (gammas, betas)))
        for value in (expectation(d, gammas, betas) for d in (full, half))
    ]
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-11)
    with torch.no_grad():
        torch.testing.assert_close(
            probabilities(full, gammas, betas), probabilities(half, gammas, betas), **TIGHT
        )


TIGHT = {"rtol": 0, "atol": 1e-12}


def plain_expectation(values, n, gammas, betas):
    """The same by torch's own autograd, on dense matrices."""
    values = torch.from_numpy(values * np.ones(2**n))
    x = torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=torch.complex128)
    state = torch.full((2**n,), 2 ** (-n / 2), dtype=torch.complex128)
    for gamma, beta in zip(gammas, betas, strict=True):
        state = state * torch.exp(-1j * gamma * values)
        turn = torch.cos(beta) * torch.eye(2, dtype=torch.complex128) - 1j * torch.sin(beta) * x
        for wire in range(n):
            state = torch.einsum("ij,ajb->aib", turn, state.reshape(2**wire, 2, -1)).reshape(-1)
    return (abs(state) ** 2) @ values


@settings(max_examples=25, deadline=None)
@given(problem=ising(), p=st.integers(1, 3), seed=st.integers(0, 99))
def test_gradients_are_those_of_torch_itself(problem, p, seed):
    n, terms = problem
    pair = angles(p, seed).requires_grad_()
    (truth,) = torch.autograd.grad(plain_expectation(dense(terms, n), n, *pair), pair)
    (found,) = torch.autograd.grad(expectation(cost_diagonal(terms, n), *pair), pair)
    torch.testing.assert_close(found, truth, rtol=0, atol=1e-10)


def test_a_batch_of_angles_gives_each_its_own_value_and_gradient():
    terms = maxcut_terms(nx.cycle_graph(6).edges) | {(2,): 0.3}
    diagonal = cost_diagonal(terms, 6)
    pairs = angles(2, 5, (3,)).requires_grad_()
    together = expectation(diagonal, *pairs)
    alone = torch.stack([expectation(diagonal, pairs[0, k], pairs[1, k]) for k in range(3)])
    torch.testing.assert_close(together, alone, **TIGHT)
    first, second = (torch.autograd.grad(v.sum(), pairs)[0] for v in (together, alone))
    torch.testing.assert_close(first, second, **TIGHT)


def test_single_precision_is_close_and_says_its_type():
    terms = maxcut_terms(nx.petersen_graph().edges)
    gammas, betas = angles(3, 2)
    double = expectation(cost_diagonal(terms, 10), gammas, betas)
    single = cost_diagonal(terms, 10, dtype=torch.float32)
    assert evolve(single, gammas, betas).dtype == torch.complex64
    assert abs(float(expectation(single, gammas, betas) - double)) < 1e-4


def best(diagonal, p, start):
    def value_and_gradient(flat):
        pair = torch.from_numpy(flat.reshape(2, p)).requires_grad_()
        value = -expectation(diagonal, *pair)
        value.backward()
        return float(value.detach()), pair.grad.numpy().ravel()

    return -minimize(value_and_gradient, start, jac=True, method="L-BFGS-B", tol=1e-14).fun


@pytest.mark.parametrize("p", [1, 2, 3])
def test_even_rings_reach_their_published_ratio(p):
    n = 2 * p + 2
    diagonal = cost_diagonal(maxcut_terms(nx.cycle_graph(n).edges), n)
    if p == 1:
        exact = expectation(diagonal, torch.tensor([math.pi / 4]), torch.tensor([math.pi / 8]))
        assert float(exact) / n == pytest.approx(0.75, abs=1e-12)
    rng = np.random.default_rng(p)
    found = max(best(diagonal, p, rng.uniform(0, 0.8, 2 * p)) for _ in range(4))
    assert found / n == pytest.approx((2 * p + 1) / (2 * p + 2), abs=1e-6)


@pytest.mark.parametrize(
    ("graph", "gammas", "betas", "per_edge"),
    [
        (nx.petersen_graph(), [0.61548], [0.39270], 0.692450),
        (nx.heawood_graph(), [0.61548], [0.39270], 0.692450),
        (nx.heawood_graph(), [0.48771, 0.89799], [0.55506, 0.29251], 0.75591),
    ],
)
def test_fixed_angles_give_their_published_value_per_edge(graph, gammas, betas, per_edge):
    diagonal = cost_diagonal(maxcut_terms(graph.edges), graph.number_of_nodes())
    value = expectation(diagonal, torch.tensor(gammas, **DOUBLE), torch.tensor(betas, **DOUBLE))
    assert float(value) / graph.number_of_edges() == pytest.approx(per_edge, abs=1e-5)


@pytest.mark.parametrize("n", [5, 6, 7, 8])
@pytest.mark.parametrize("field", [0.0, 0.3], ids=["even", "general"])
def test_pieces_smaller_than_the_state_change_nothing(monkeypatch, n, field):
    terms = maxcut_terms(nx.cycle_graph(n).edges) | ({(1,): field} if field else {})
    diagonal, found = cost_diagonal(terms, n), []
    for piece, together in ((2**16, 2**18), (4, 4)):
        monkeypatch.setitem(qaoa_layers._PIECE, "cpu", piece)
        monkeypatch.setitem(qaoa_layers._TURNED_TOGETHER, "cpu", together)
        pairs = angles(3, n, (2,)).requires_grad_()
        value = expectation(diagonal, *pairs)
        found.append((value, torch.autograd.grad(value.sum(), pairs)[0]))
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, **TIGHT)


def test_levels_looked_up_give_what_sines_give():
    diagonal = cost_diagonal(maxcut_terms(nx.petersen_graph().edges), 10)
    assert diagonal.levels is not None
    looked_up = diagonal.levels.values[diagonal.levels.index.long()]
    torch.testing.assert_close(looked_up, diagonal.values, **TIGHT)
    pair = angles(2, 3)
    computed = expectation(replace(diagonal, levels=None), *pair)
    torch.testing.assert_close(expectation(diagonal, *pair), computed, **TIGHT)
    assert cost_diagonal({(0,): 1.0, (1,): math.pi}, 2).levels is None


def test_a_work_space_may_be_kept_and_one_that_does_not_fit_is_refused():
    diagonal = cost_diagonal(maxcut_terms(nx.petersen_graph().edges), 10)
    kept = workspace(diagonal, gradient=False)
    first, second = angles(2, 3), angles(2, 4)
    values = [expectation(diagonal, *pair, work=kept) for pair in (first, second, first)]
    assert values[0] == values[2] != values[1]
    with pytest.raises(SpecError, match=r"needed: \(2, …, 512\)"):
        expectation(diagonal, *first.requires_grad_(), work=kept)


def test_26_qubits_with_gradient_need_under_four_state_vectors():
    state = 16 << 26
    large = IsingDiagonal(torch.empty(2**26, dtype=torch.float64), 26)  # not touched
    workspace(large, memory_bytes=4 * state)
    with pytest.raises(CircuitRefused, match="26 qubits need"):
        workspace(large, memory_bytes=3 * state)


def test_what_does_not_fit_is_refused_with_bytes_and_limit():
    gammas, betas = angles(1, 0)
    with pytest.raises(CircuitRefused, match=r"10 qubits need 16,384 bytes, limit 100"):
        cost_diagonal({(0,): 1.0}, 10, memory_bytes=100)
    with pytest.raises(CircuitRefused, match="limit 1,000"):
        expectation(cost_diagonal({(0,): 1.0}, 10), gammas, betas, memory_bytes=1000)


def test_bad_input_says_what_was_asked():
    with pytest.raises(SpecError, match="may appear once"):
        cost_diagonal({(0, 0): 1.0}, 2)
    with pytest.raises(SpecError, match="odd terms"):
        cost_diagonal({(0,): 1.0}, 2, half_space=True)
    with pytest.raises(SpecError, match="p ≥ 1"):
        expectation(cost_diagonal({(0,): 1.0}, 2), torch.zeros(2), torch.zeros(1))


def test_second_derivatives_are_refused_and_never_wrong():
    diagonal = cost_diagonal({(0,): 1.0, (0, 1): 0.5}, 2)
    pair = angles(1, 0).requires_grad_()
    with pytest.raises((SpecError, RuntimeError)):
        torch.autograd.grad(expectation(diagonal, *pair), pair, create_graph=True)
