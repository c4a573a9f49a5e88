"""Gates have the same matrix in every language, and circuits are what they were."""

import numpy as np
import pennylane as qml
import pytest
from pennylane.operation import Operation
from pennylane.tape import QuantumScript
from qiskit.quantum_info import Operator

from qml_core.errors import CircuitRefused, DataError
from qml_core.hardware.braket_circuits import to_braket
from qml_core.hardware.gates import GATES, expand, is_custom, n_qubits, native_gates
from qml_core.hardware.qiskit_circuits import from_qiskit, to_qiskit
from qml_core.references import GateCalibration


class Own(Operation):
    num_wires = 1

    @staticmethod
    def compute_matrix():
        return np.eye(2)


@pytest.mark.parametrize("name", GATES)
def test_a_gate_is_the_same_matrix_in_every_language(name):
    wires = range(GATES[name].n_wires)
    kind = getattr(qml, name)
    op = kind(*[0.37] * kind.num_params, wires=wires)
    expected = qml.matrix(op, wire_order=wires)
    circuit = QuantumScript([op])
    assert np.allclose(to_braket(circuit).to_unitary(), expected)
    written = to_qiskit(circuit)
    assert np.allclose(Operator(written.reverse_bits()).data, expected)
    assert qml.equal(from_qiskit(written, wires).operations[0], op)
    if GATES[name].symmetric:
        assert np.allclose(qml.matrix(op, wire_order=[1, 0]), expected)


def test_expanding_keeps_barriers_measurements_and_the_unitary():
    inverse = [qml.adjoint(qml.S(1)), qml.adjoint(qml.IsingXY(0.3, [0, 2]))]
    circuit = QuantumScript(
        [
            *(qml.PauliRot(0.4, "XYZ", [2, 0, 1]), qml.Barrier(range(3))),
            *(qml.Toffoli([1, 2, 0]), qml.ctrl(qml.RX(0.3, 0), [1, 2])),
            *(*inverse, qml.Identity(0), qml.GlobalPhase(0.1)),
        ],
        [qml.probs(wires=range(4))],
    )
    found = expand(circuit)
    names = [op.name for op in found.operations]
    assert names.count("Barrier") == 1
    assert set(names) <= {*GATES, "Barrier"}
    assert n_qubits(found) == 4
    overlap = qml.matrix(found, wire_order=range(4)).conj().T @ qml.matrix(
        circuit, wire_order=range(4)
    )
    assert abs(np.trace(overlap)) == pytest.approx(16)


@pytest.mark.parametrize(
    "op",
    [
        qml.QubitUnitary(np.eye(2), 0),
        qml.adjoint(qml.QubitUnitary(np.eye(2), 0)),
        qml.ControlledQubitUnitary(np.eye(2), [0, 1]),
        qml.DiagonalQubitUnitary(np.ones(2), 0),
        qml.AmplitudeDamping(0.1, 0),
        qml.measurements.MidMeasureMP(qml.wires.Wires(0)),
        Own(0),
    ],
    ids=lambda op: op.name,
)
def test_what_is_no_named_unitary_is_custom_and_refused(op):
    assert is_custom(op)
    with pytest.raises(CircuitRefused, match="named gates"):
        expand(QuantumScript([op]))


@pytest.mark.parametrize(
    "op",
    [
        *(qml.Hadamard(0), qml.adjoint(qml.T(0)), qml.ctrl(qml.RX(0.1, 0), 1)),
        *(qml.StatePrep(np.ones(2) / 2**0.5, 0), qml.QFT(range(3)), qml.Barrier([0, 1])),
    ],
    ids=lambda op: op.name,
)
def test_pennylanes_own_gates_are_not_custom(op):
    assert not is_custom(op)
    expand(QuantumScript([op]))


def test_gates_of_vendors_are_known_by_their_own_names(manila):
    gates = [("PRX", (0,)), ("GPI2", (1,)), ("MS", (0, 1)), ("CZ", (1, 2)), ("Identity", (0,))]
    record = manila.model_copy(
        update={"gates": tuple(GateCalibration(name=n, wires=w, error=0.1) for n, w in gates)}
    )
    assert set(native_gates(record)) == {
        *(("RX", (0,)), ("RY", (0,)), ("SX", (1,))),
        *(("IsingXX", (0, 1)), ("IsingXX", (1, 0)), ("CZ", (1, 2)), ("CZ", (2, 1))),
    }


def test_an_unknown_gate_of_a_record_is_said(manila):
    record = manila.model_copy(
        update={"gates": (GateCalibration(name="warp", wires=(0,), error=0.1),)}
    )
    with pytest.raises(DataError, match="warp"):
        native_gates(record)
