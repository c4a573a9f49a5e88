"""Parts of a circuit that no gate joins: their product is the whole state."""

import numpy as np
import pennylane as qml
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.errors import CircuitRefused
from qml_core.simulation.circuit import Circuit

N_QUBITS = 6


def product_of(factors, n_qubits):
    """The state of all qubits, wire 0 first, from those of the parts."""
    wires, state = [], torch.ones((len(factors[0][1]), 1), dtype=torch.complex128)
    for own, states in factors:
        wires += own
        state = (state[:, :, None] * states[:, None, :]).flatten(1)
    assert sorted(wires) == list(range(n_qubits))
    axes = [1 + wires.index(w) for w in range(n_qubits)]
    return state.reshape(-1, *[2] * n_qubits).permute(0, *axes).reshape(len(state), -1)


def equal_up_to_phase(found, truth):
    overlaps = torch.sum(found.conj() * truth.to(found.dtype), dim=1).abs()
    torch.testing.assert_close(overlaps, torch.ones_like(overlaps), rtol=0, atol=1e-12)


@settings(max_examples=30)
@given(data=st.data(), seed=st.integers(0, 2**16), wants_values=st.booleans())
def test_the_product_of_the_factors_is_the_state(data, seed, wants_values, circuits):
    inner = data.draw(circuits(n_qubits=N_QUBITS, max_gates=5))
    weights = np.random.default_rng(seed).normal(size=3)

    def circuit(x):
        if wants_values:
            np.sin(x[..., 0])  # not traced, then
        inner(x, weights)

    X = np.random.default_rng(seed).normal(size=(3, 3))
    engine = Circuit(circuit, N_QUBITS)
    equal_up_to_phase(product_of(engine.factors(X), N_QUBITS), engine.states(X))


@pytest.mark.parametrize(
    ("joining", "parts"),
    [
        (lambda: None, [[0, 1, 2, 3], [4, 5]]),
        (lambda: qml.X(3), [[0, 1, 2, 3], [4, 5]]),
        (lambda: qml.GlobalPhase(0.4), [[0, 1, 2, 3], [4, 5]]),
        (lambda: [qml.CNOT([0, 5]), qml.SWAP([5, 2]), qml.CZ([2, 1])], [[0, 1, 2, 5], [3, 4]]),
        (lambda: [qml.CNOT([w, w + 1]) for w in range(5)], [[0, 1, 2, 3, 4, 5]]),
        (lambda: qml.MultiRZ(0.3, wires=[0, 1, 2, 4, 5]), [[0, 1, 2, 4, 5], [3]]),
    ],
)
def test_entanglers_join_their_wires(joining, parts):
    def circuit(x):
        for wire in range(N_QUBITS):
            qml.RY(x[..., wire], wire)
        joining()
        qml.RX(x[..., 0], 1)

    X = np.random.default_rng(3).normal(size=(2, N_QUBITS))
    engine = Circuit(circuit, N_QUBITS)
    factors = engine.factors(X)
    assert sorted(list(wires) for wires, _ in factors) == parts
    equal_up_to_phase(product_of(factors, N_QUBITS), engine.states(X))


@pytest.mark.parametrize("scale", [lambda x: x, np.arctan], ids=["traced", "of values"])
def test_angle_encoding_of_hundreds_of_qubits(scale):
    n_qubits = 300

    def circuit(x):
        qml.AngleEmbedding(scale(x), wires=range(n_qubits), rotation="Y")

    X = np.random.default_rng(2).normal(size=(4, n_qubits))
    factors = Circuit(circuit, n_qubits).factors(X)
    overlaps = torch.stack([states @ states.mH for _, states in factors]).prod(dim=0)
    turned = scale(X)
    expected = np.cos((turned[:, None] - turned[None]) / 2).prod(axis=2)
    np.testing.assert_allclose(overlaps.numpy(), expected, rtol=1e-12)


def test_entangled_parts_that_do_not_fit_are_refused():
    def circuit(x):
        for wire in range(40):
            qml.RY(x[..., 0], wire)
        for wire in range(30):
            qml.CNOT([wire, wire + 1])

    with pytest.raises(CircuitRefused, match=r"31 qubits on qml.batched need 128.00 GiB"):
        Circuit(circuit, 40, memory_bytes=2**30).factors(np.zeros((1, 1)))


def test_rows_with_different_parts_have_one_factor():
    def circuit(x):
        if x[0] > 0:
            qml.CNOT([0, 5])
        qml.RY(x[1], 5)

    X = np.array([[1.0, 0.3], [-1.0, 0.4]])
    ((wires, states),) = Circuit(circuit, N_QUBITS).factors(X)
    assert wires == tuple(range(N_QUBITS))
    assert states.shape == (2, 2**N_QUBITS)
