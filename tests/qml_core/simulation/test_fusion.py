"""What the gates of a circuit are fused into."""

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.simulation.circuit import Circuit
from qml_core.simulation.fusion import Dense, DiagonalRun, IndexMap, OneQubitLayer, fuse
from qml_core.simulation.gates import Slots
from qml_core.simulation.operations import gates_of
from qml_core.simulation.polynomials import symbols
from qml_core.simulation.program import Program
from qml_core.simulation.tape import record

N_QUBITS = 4


def gates(circuit, features=N_QUBITS):
    slots = Slots()
    found = list(gates_of(record(circuit, symbols((features,), 0)).operations, slots))
    return found, [True] * len(slots.values)


def fused(circuit, n_qubits=N_QUBITS):
    found, batched = gates(circuit)
    return fuse(found, n_qubits, batched)


def kinds(circuit, n_qubits=N_QUBITS):
    return [type(step) for step in fused(circuit, n_qubits)]


def iqp(x):
    for _ in range(2):
        for wire in range(N_QUBITS):  # interleaved as in PennyLane's IQPEmbedding
            qml.Hadamard(wire)
            qml.RZ(x[..., wire], wires=wire)
        for i in range(N_QUBITS):
            for j in range(i):
                qml.IsingZZ(x[..., i] * x[..., j], wires=[i, j])


def test_two_repeats_of_iqp_are_four_steps():
    steps = fused(iqp)
    assert [type(step) for step in steps] == [OneQubitLayer, DiagonalRun] * 2
    assert len(steps[1].exponents) == 10  # four singles and six pairs
    assert kinds(lambda x: qml.IQPEmbedding(x, range(N_QUBITS), n_repeats=2)) == (
        [OneQubitLayer, DiagonalRun] * 2
    )


def test_equal_runs_share_their_phase():
    found, batched = gates(iqp)
    prepared = Program(found, N_QUBITS, batched)._steps
    assert prepared[0] is prepared[-1]


def test_runs_of_other_angles_do_not_share_their_phase():
    def circuit(x):
        for k in (0, 1):
            qml.Hadamard(0)
            qml.Hadamard(1)
            qml.IsingZZ(x[..., k], wires=[0, 1])

    found, batched = gates(circuit)
    prepared = Program(found, 2, batched)._steps
    assert prepared[0] is not prepared[-1]


def test_cnot_rz_cnot_is_a_phase_without_an_index_map():
    def circuit(x):
        for wire in range(N_QUBITS):
            qml.Hadamard(wire)
        qml.RZ(x[..., 0], wires=0)
        for i, j in [(0, 1), (1, 2), (3, 0)]:  # the ZZ feature map as it is usually written
            qml.CNOT([i, j])
            qml.RZ(x[..., i] * x[..., j], wires=j)
            qml.CNOT([i, j])

    steps = fused(circuit)
    assert [type(step) for step in steps] == [OneQubitLayer, DiagonalRun]
    assert sorted(steps[1].exponents) == [0b0001, 0b0011, 0b0110, 0b1001]


def test_a_ring_of_cnots_and_swaps_is_one_index_map():
    def circuit(x):
        for wire in range(N_QUBITS):
            qml.RY(x[..., wire], wire)
        for wire in range(N_QUBITS):
            qml.CNOT([wire, (wire + 1) % N_QUBITS])
        qml.SWAP([0, 2])

    assert kinds(circuit) == [OneQubitLayer, IndexMap]


def test_gates_of_a_wire_keep_their_order(reference):
    def circuit(x):
        qml.RX(x[..., 0], wires=0)
        qml.CNOT([0, 1])
        qml.RX(x[..., 1], wires=0)
        qml.RX(x[..., 2], wires=1)  # commutes with the CNOT, which fusion need not know

    assert kinds(circuit, 2) == [OneQubitLayer, IndexMap, OneQubitLayer]


def test_gates_of_other_wires_move_past_each_other():
    def circuit(x):
        for wire in range(N_QUBITS):  # PennyLane's templates are written wire by wire
            qml.RX(x[..., wire], wire)
            qml.RZ(x[..., wire], wire)
            qml.RY(x[..., wire], wire)

    (layer,) = fused(circuit)
    assert {wire: len(own) for wire, own in layer.gates.items()} == dict.fromkeys(range(4), 3)


def test_rotations_of_a_wire_are_applied_in_order(reference):
    def circuit(x):
        qml.RX(x[..., 0], 0)
        qml.RZ(0.3, 0)
        qml.RY(x[..., 1], 0)
        qml.S(0)
        qml.RX(x[..., 0], 0)

    X = np.array([[0.4, 1.3], [-2.0, 0.1]])
    found = Circuit(circuit, 1).states(X)
    expected = reference(circuit, 1, X, batched=(True,))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-14)


def test_a_gate_of_three_wires_stays_dense():
    assert kinds(lambda x: qml.Toffoli([0, 1, 2])) == [Dense]
    assert kinds(lambda x: qml.CCZ([0, 1, 2])) == [DiagonalRun]


def test_a_circuit_of_cancelling_permutations_has_no_steps():
    def circuit(x):
        qml.CNOT([0, 1])
        qml.SWAP([1, 2])
        qml.SWAP([2, 1])
        qml.CNOT([0, 1])

    assert kinds(circuit) == []


@pytest.mark.parametrize("first", ["CNOT", "X", "SWAP"])
def test_permutations_move_phases_to_the_right_bits(first, reference):
    def circuit(x):
        for wire in range(3):
            qml.RY(x[..., wire], wire)
        {"CNOT": qml.CNOT, "SWAP": qml.SWAP}.get(first, lambda wires: qml.X(wires[0]))([2, 0])
        qml.CNOT([0, 1])
        qml.RZ(x[..., 0], 0)
        qml.IsingZZ(x[..., 1], [0, 2])
        qml.MultiRZ(x[..., 2], [2, 1, 0])

    X = np.random.default_rng(4).normal(size=(3, 3))
    found = Circuit(circuit, 3).states(X)
    expected = reference(circuit, 3, X, batched=(True,))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-14)
