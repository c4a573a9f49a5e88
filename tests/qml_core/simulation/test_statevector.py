"""State vectors against PennyLane's own simulators."""

import numpy as np
import pennylane as qml
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.simulation.fusion import Dense, DiagonalRun, OneQubitLayer, fuse
from qml_core.simulation.reference import reference_states
from qml_core.simulation.statevector import state_vectors

N_QUBITS = 4
ONE = [qml.RX, qml.RY, qml.RZ, qml.PhaseShift]
TWO = [qml.IsingXX, qml.IsingYY, qml.IsingZZ, qml.CRX, qml.CRZ, qml.ControlledPhaseShift]
FIXED_ONE = [qml.Hadamard, qml.PauliX, qml.PauliY, qml.PauliZ, qml.S, qml.T, qml.SX]
FIXED_TWO = [qml.CNOT, qml.CZ, qml.SWAP, qml.CY, qml.ISWAP]


@st.composite
def circuits(draw):
    """A random circuit of a batch of rows: gates with and without the features, any wires."""
    gates = []
    for _ in range(draw(st.integers(1, 25))):
        family = draw(st.sampled_from([ONE, TWO, FIXED_ONE, FIXED_TWO]))
        gate = draw(st.sampled_from(family))
        wires = draw(st.permutations(range(N_QUBITS)))[: 1 if family in (ONE, FIXED_ONE) else 2]
        feature = draw(st.integers(0, 2)) if family in (ONE, TWO) else None
        gates.append((gate, tuple(wires), feature))

    def circuit(x):
        for gate, wires, feature in gates:
            if feature is None:
                gate(wires=wires)
            else:
                gate(x[..., feature], wires=wires)

    return circuit


@settings(max_examples=60, deadline=None)
@given(circuit=circuits(), seed=st.integers(0, 2**16))
def test_random_circuits_agree_with_default_qubit_row_by_row(circuit, seed):
    X = np.random.default_rng(seed).uniform(-4, 4, (3, 3))
    ours = state_vectors(circuit, X, N_QUBITS)
    truth = reference_states(circuit, X, N_QUBITS, "default.qubit")
    torch.testing.assert_close(ours, truth, rtol=0, atol=1e-13)


def _templates(x):
    qml.StatePrep(np.full(2**N_QUBITS, 2.0 ** (-N_QUBITS / 2)), wires=range(N_QUBITS))
    qml.IQPEmbedding(x, wires=range(N_QUBITS), n_repeats=2)
    qml.QFT(wires=range(N_QUBITS))
    qml.MultiRZ(x[..., 0], wires=[3, 1, 0])
    qml.DiagonalQubitUnitary(np.exp(1j * np.arange(4)), wires=[2, 0])
    qml.Toffoli(wires=[3, 0, 1])
    qml.MultiControlledX(wires=[0, 2, 3, 1])
    qml.Rot(x[..., 1], x[..., 2], x[..., 3], wires=2)


@pytest.mark.parametrize("device", ["default.qubit", "lightning.qubit"])
def test_templates_and_big_gates_agree_with_pennylane(device):
    X = np.random.default_rng(3).normal(size=(5, 4))
    ours = state_vectors(_templates, X, N_QUBITS)
    truth = reference_states(_templates, X, N_QUBITS, device)
    torch.testing.assert_close(ours, truth, rtol=0, atol=1e-13)


def test_more_qubits_than_a_pattern_chunk_holds():
    def circuit(x):
        for wire in range(16):
            qml.Hadamard(wire)
        for wire in range(15):
            qml.IsingZZ(x[..., 0] * (wire + 1), wires=[wire, wire + 1])
        qml.RX(x[..., 1], wires=7)

    X = np.array([[0.3, 1.1], [-0.7, 0.2]])
    ours = state_vectors(circuit, X, 16)
    truth = reference_states(circuit, X, 16, "lightning.qubit")
    torch.testing.assert_close(ours, truth, rtol=0, atol=1e-13)


def test_single_precision_is_complex64_and_close():
    X = np.random.default_rng(5).normal(size=(4, 4))
    single = state_vectors(_templates, X, N_QUBITS, "single")
    double = state_vectors(_templates, X, N_QUBITS, "double")
    assert single.dtype == torch.complex64
    assert 0 < (single - double).abs().max() < 1e-5


def test_iqp_fuses_into_two_steps_per_repetition():
    def circuit(x):
        for _ in range(3):
            for wire in range(N_QUBITS):  # interleaved as in PennyLane's IQPEmbedding
                qml.Hadamard(wire)
                qml.RZ(x[..., wire], wires=wire)
            for wire in range(N_QUBITS - 1):
                qml.IsingZZ(x[..., wire], wires=[wire, wire + 1])

    tape = qml.tape.make_qscript(circuit)(np.zeros((2, N_QUBITS)))
    kinds = [type(step) for step in fuse(tape, N_QUBITS).steps]
    assert kinds == [OneQubitLayer, DiagonalRun] * 3


def test_gates_that_touch_the_same_wire_keep_their_order():
    def circuit(x):
        qml.RX(x[..., 0], wires=0)
        qml.CNOT(wires=[0, 1])
        qml.RX(x[..., 1], wires=0)

    kinds = [type(s) for s in fuse(qml.tape.make_qscript(circuit)(np.zeros((1, 2))), 2).steps]
    assert kinds == [OneQubitLayer, Dense, OneQubitLayer]
