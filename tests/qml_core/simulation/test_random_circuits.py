"""Random circuits of the whole gate set against default.qubit: states and gradients."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.simulation.circuit import Circuit

N_QUBITS = 4
STATES = {"double": 1e-12, "single": 1e-5}
GRADIENTS = {"double": 1e-10, "single": 1e-4}
BATCHED = st.tuples(st.booleans(), st.booleans())
KINDS = st.sampled_from(["all", "all", "diagonal", "real"])
SEEDS = st.integers(0, 2**16)


def arguments_of(seed, batched, n):
    generator = torch.Generator().manual_seed(seed)
    shapes = [(n, 3) if b else (3,) for b in batched]
    return [3 * torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes]


def compare_states(circuit, batched, n, seed, reference):
    arguments = arguments_of(seed, batched, n)
    truth = reference(circuit, N_QUBITS, *arguments, batched=batched)
    for precision, atol in STATES.items():
        found = Circuit(circuit, N_QUBITS, batched, precision=precision).states(*arguments)
        assert found.dtype.itemsize <= {"double": 16, "single": 8}[precision]
        torch.testing.assert_close(found, truth, rtol=0, atol=atol, check_dtype=False)


def compare_gradients(circuit, batched, n, seed, reference):
    arguments = [a.requires_grad_() for a in arguments_of(seed, batched, n)]
    rows = n if any(batched) else 1
    weights = torch.randn(
        (rows, 2**N_QUBITS), dtype=torch.complex128, generator=torch.Generator().manual_seed(seed)
    )
    weights /= weights.norm()

    def gradients(states):
        if not states.requires_grad:
            return [torch.zeros_like(a) for a in arguments]
        overlap = (weights * states.to(torch.complex128).conj()).sum()
        return torch.autograd.grad(
            overlap.real + overlap.abs() ** 2, arguments, allow_unused=True, materialize_grads=True
        )

    truth = gradients(reference(circuit, N_QUBITS, *arguments, batched=batched))
    for precision, atol in GRADIENTS.items():
        for mode in ("autograd", "adjoint"):
            engine = Circuit(circuit, N_QUBITS, batched, precision=precision, gradient=mode)
            found = gradients(engine.states(*arguments))
            torch.testing.assert_close(found, truth, rtol=0, atol=atol)


@settings(max_examples=50)
@given(data=st.data(), kind=KINDS, batched=BATCHED, n=st.integers(1, 3), seed=SEEDS)
def test_states_agree_with_default_qubit(data, kind, batched, n, seed, circuits, reference):
    compare_states(data.draw(circuits(kind)), batched, n, seed, reference)


@settings(max_examples=25)
@given(data=st.data(), kind=KINDS, batched=BATCHED, n=st.integers(1, 3), seed=SEEDS)
def test_gradients_agree_with_default_qubit(data, kind, batched, n, seed, circuits, reference):
    compare_gradients(data.draw(circuits(kind, max_gates=12)), batched, n, seed, reference)


@pytest.mark.slow
@settings(max_examples=600)
@given(data=st.data(), kind=KINDS, batched=BATCHED, n=st.integers(1, 3), seed=SEEDS)
def test_states_of_many_circuits_agree(data, kind, batched, n, seed, circuits, reference):
    compare_states(data.draw(circuits(kind, max_gates=30)), batched, n, seed, reference)


@pytest.mark.slow
@settings(max_examples=300)
@given(data=st.data(), kind=KINDS, batched=BATCHED, n=st.integers(1, 3), seed=SEEDS)
def test_gradients_of_many_circuits_agree(data, kind, batched, n, seed, circuits, reference):
    compare_gradients(data.draw(circuits(kind, max_gates=25)), batched, n, seed, reference)
