"""Compiled circuits do the same in the device's gates, on qubits that are joined."""

import itertools

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pennylane.tape import QuantumScript

from qml_core.errors import CircuitRefused, DataError
from qml_core.hardware.calibration import load_calibration
from qml_core.hardware.native import compile_circuits
from qml_core.hardware.placement import connected_qubits, native_basis, restrict
from qml_core.hardware.validation import depth
from qml_core.references import Calibration, GateCalibration, QubitCalibration

MANILA = load_calibration("ibm.fake_manila")


def _record(gates, n=4):
    return Calibration(
        provider="none",
        backend="made",
        taken_at=None,
        qubits=(QubitCalibration(),) * n,
        gates=tuple(GateCalibration(name=name, wires=w, error=0.01) for name, w in gates),
    )


def _everywhere(name, n=4):
    return [(name, (k,)) for k in range(n)]


LINE = [(0, 1), (1, 2), (2, 3)]
SQUARE = [*LINE, (0, 3)]
DEVICES = {
    "ibm, a line": MANILA,
    "ibm, ECR one way": _record(
        [*_everywhere("SX"), *_everywhere("PauliX"), *(("ECR", pair) for pair in LINE)]
    ),
    "iqm, a square": _record([*_everywhere("PRX"), *(("CZ", pair) for pair in SQUARE)]),
    "ionq, all to all": _record(
        [*_everywhere("GPI2"), *(("ZZ", pair) for pair in itertools.combinations(range(4), 2))]
    ),
}

angles = st.floats(-7, 7)
wires = st.permutations(range(4))


@st.composite
def circuits(draw):
    def operation():
        a, b, c, _ = draw(wires)
        kind = draw(st.sampled_from(["RX", "IsingZZ", "CNOT", "PauliRot", "S"]))
        return {
            "RX": lambda: qml.RX(draw(angles), a),
            "IsingZZ": lambda: qml.IsingZZ(draw(angles), [a, b]),
            "CNOT": lambda: qml.CNOT([a, b]),
            "PauliRot": lambda: qml.PauliRot(draw(angles), "XYZ", [a, b, c]),
            "S": lambda: qml.adjoint(qml.S(a)),
        }[kind]()

    first = [qml.RY(draw(angles), k) for k in range(4)]
    return QuantumScript(
        [*first, *(operation() for _ in range(draw(st.integers(0, 6))))],
        [qml.probs(wires=range(4))],
    )


def _probabilities(circuit):
    (found,) = qml.execute([circuit], qml.device("default.qubit"), diff_method=None)
    return found


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=15)
@given(circuit=circuits())
def test_compiled_circuits_read_the_same_in_native_gates(device, circuit):
    record = DEVICES[device]
    (compiled,) = compile_circuits([circuit], restrict(record, connected_qubits(record, 4)))
    assert np.allclose(_probabilities(compiled), _probabilities(circuit), atol=1e-9)
    basis = native_basis(record)
    assert {op.name for op in compiled.operations} <= basis.gates
    pairs = {tuple(op.wires) for op in compiled.operations if len(op.wires) == 2}
    assert pairs <= basis.pairs


def test_a_barrier_keeps_both_halves(kernel_circuit):
    x = [0.4, 1.3, 2.0]
    kept, gone = compile_circuits(
        [kernel_circuit(x, x, barrier) for barrier in (True, False)], MANILA
    )
    assert sum(op.name == "CNOT" for op in kept.operations) >= 8
    assert depth(gone) == 0


def test_the_same_circuits_compile_alike_alone_and_in_company(random_circuits):
    made = random_circuits(5, 6, 4)
    together = compile_circuits(made, MANILA)
    for circuit, expected in zip(made, together, strict=True):
        (alone,) = compile_circuits([circuit], MANILA)
        assert [repr(op) for op in alone.operations] == [repr(op) for op in expected.operations]
        assert alone.measurements[0].wires == expected.measurements[0].wires


def test_a_matrix_is_refused_and_a_gate_set_that_is_too_small_is_said():
    with pytest.raises(CircuitRefused, match="QubitUnitary"):
        compile_circuits([QuantumScript([qml.QubitUnitary(np.eye(2), 0)])], MANILA)
    only_rotations = _record([*_everywhere("SX")])
    with pytest.raises(DataError, match="2 joined qubits asked"):
        compile_circuits([QuantumScript([qml.CNOT([0, 1])])], only_rotations)
    only_pairs = _record([("CZ", pair) for pair in LINE])
    with pytest.raises(DataError, match="gates CZ, RZ asked"):
        compile_circuits([QuantumScript([qml.Hadamard(0), qml.CNOT([0, 1])])], only_pairs)


def test_qubits_and_pairs_without_a_known_error_are_not_used():
    gates = [*_everywhere("SX", 5)[1:], *(("CZ", (k, k + 1)) for k in range(4))]
    record = _record(gates, 5)
    assert native_basis(record).qubits == {1, 2, 3, 4}
    assert connected_qubits(record, 4) == (1, 2, 3, 4)
    with pytest.raises(DataError, match=r"5 joined qubits asked, .* has 4"):
        connected_qubits(record, 5)
    cut = _record([g for g in gates if g != ("CZ", (2, 3))], 5)
    assert connected_qubits(cut, 2) == (1, 2)
    with pytest.raises(DataError, match="has 2"):
        connected_qubits(cut, 3)


def test_the_gate_that_is_known_on_most_pairs_is_the_one_used():
    record = _record([*_everywhere("SX"), ("IsingZZ", (0, 1)), *(("CZ", pair) for pair in LINE)])
    assert native_basis(record).gates == {"RZ", "SX", "CZ"}


def test_a_restricted_record_keeps_its_qubits_gates_and_coupling():
    part = restrict(MANILA, (2, 3, 4))
    assert part.qubits == MANILA.qubits[2:]
    assert set(part.coupling) == {(0, 1), (1, 0), (1, 2), (2, 1)}
    error = {(gate.name, gate.wires): gate.error for gate in part.gates}
    whole = {(gate.name, gate.wires): gate.error for gate in MANILA.gates}
    assert error["CNOT", (0, 1)] == whole["CNOT", (2, 3)]
    assert error["SX", (2,)] == whole["SX", (4,)]
    assert len(error) == 4 + 3 * 4
    assert part.taken_at == MANILA.taken_at
