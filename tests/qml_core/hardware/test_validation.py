"""Every rule is broken alone, and all of them at once."""

import numpy as np
import pennylane as qml
import pytest
from pennylane.tape import QuantumScript

from qml_core.backend_names import JobLimits
from qml_core.errors import CircuitRefused
from qml_core.hardware.native import compile_circuits
from qml_core.hardware.protocol import Violation
from qml_core.hardware.validation import DeviceLimits, depth, refuse, structure, validate

LIMITS = DeviceLimits(
    qubits=3,
    job=JobLimits(circuits=4, executions=2000, shots=1000),
    min_shots=10,
    depth=4,
    two_qubit=2,
    gates=frozenset({"SX", "RZ", "CNOT"}),
    coupling=frozenset({(0, 1), (2, 1)}),
)
GOOD = QuantumScript([qml.SX(0), qml.CNOT([1, 0]), qml.Barrier([0, 1, 2]), qml.CNOT([1, 2])])
BAD = {
    "qubits": [QuantumScript([qml.SX(3)]), QuantumScript([qml.SX("a")]), QuantumScript([])],
    "depth": [QuantumScript([qml.SX(0)] * 5)],
    "two_qubit": [QuantumScript([qml.CNOT([0, 1])] * 3)],
    "gates": [
        QuantumScript([qml.Hadamard(0)]),
        QuantumScript([qml.QubitUnitary(np.eye(2), 0)]),
        QuantumScript([qml.adjoint(qml.QubitUnitary(np.eye(2), 0))]),
    ],
    "connectivity": [QuantumScript([qml.CNOT([0, 2])])],
    "angles": [
        QuantumScript([qml.RZ(float("nan"), 0)]),
        QuantumScript([qml.RZ(float("inf"), 0)]),
        QuantumScript([qml.RZ(np.array([0.1, 0.2]), 0)]),
        QuantumScript([qml.adjoint(qml.RZ(float("nan"), 0))]),
    ],
}


def _rules(circuits, shots=100, limits=LIMITS):
    return [violation.rule for violation in validate(circuits, shots, limits)]


def test_a_good_job_breaks_no_rule():
    assert validate([GOOD, GOOD], 1000, LIMITS) == ()


@pytest.mark.parametrize(
    ("rule", "circuit"), [(rule, circuit) for rule, some in BAD.items() for circuit in some]
)
def test_a_circuit_breaks_one_rule(rule, circuit):
    assert _rules([GOOD, circuit]) == [rule]


@pytest.mark.parametrize(
    ("rule", "count", "shots"),
    [
        *(("shots", 1, 0), ("shots", 1, 9), ("shots", 1, -5), ("shots", 1, 1001)),
        *(("circuits", 0, 10), ("circuits", 5, 10), ("executions", 3, 1000)),
    ],
)
def test_a_job_breaks_one_rule(rule, count, shots):
    assert _rules([GOOD] * count, shots) == [rule]


def test_all_violations_are_listed_at_once_and_named_in_the_refusal():
    found = validate([some[0] for some in BAD.values()], 0, LIMITS)
    assert {v.rule for v in found} == {*BAD, "shots", "circuits"}
    with pytest.raises(CircuitRefused) as refusal:
        refuse(found)
    assert all(f"{rule}: " in refusal.value.message for rule in BAD)
    assert refusal.value.http_status == 422


def test_nothing_is_refused_where_nothing_is_wrong():
    refuse(())


def test_a_rule_that_many_circuits_break_is_named_once():
    (found,) = validate([GOOD, BAD["depth"][0], BAD["depth"][0]], 100, LIMITS)
    assert found == Violation("depth", "circuit 1 and 1 more: 5 layers, at most 4")


def test_gates_depth_and_coupling_are_those_of_the_compiled_circuit(manila):
    limits = DeviceLimits(
        qubits=5, job=LIMITS.job, depth=12, gates=frozenset({"SX", "RZ", "CNOT", "PauliX"})
    )
    circuit = QuantumScript([qml.Hadamard(0), qml.CNOT([0, 2])])
    assert [v.rule for v in validate([circuit], 10, limits)] == ["gates"]

    def native(circuits):
        return compile_circuits(circuits, manila)

    assert validate([circuit], 10, limits, native) == ()
    deep = QuantumScript([op for k in range(9) for op in (qml.RX(0.1, 0), qml.CNOT([k % 2, 4]))])
    assert [v.rule for v in validate([deep], 10, limits, native)] == ["depth"]
    assert [
        v.rule
        for v in validate([QuantumScript([qml.AmplitudeDamping(0.1, 0)])], 10, limits, native)
    ] == ["gates"]


def test_one_circuit_of_each_structure_is_compiled():
    compiled = []

    def native(circuits):
        compiled.extend(circuits)
        return circuits

    alike = [QuantumScript([qml.RZ(0.1 * k, 0), qml.SX(0)]) for k in range(3)]
    validate([*alike, GOOD], 100, LIMITS, native)
    assert len(compiled) == 2
    assert structure(alike[0]) == structure(alike[2]) != structure(GOOD)


def test_depth_counts_layers_and_barriers_align_them():
    ops = [qml.SX(0), qml.SX(1), qml.CNOT([0, 1]), qml.SX(2)]
    assert depth(QuantumScript(ops)) == 2
    assert depth(QuantumScript([*ops[:3], qml.Barrier(range(3)), qml.SX(2)])) == 3
    assert depth(QuantumScript([])) == 0


def test_matrices_are_gates_where_the_device_allows_them():
    limits = DeviceLimits(qubits=3, job=LIMITS.job, custom_gates=True)
    assert _rules([QuantumScript([qml.QubitUnitary(np.eye(2), 0)])], limits=limits) == []
