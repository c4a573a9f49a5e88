"""What the compiler makes of circuits for IBM's devices."""

import numpy as np
import pennylane as qml
import pytest
from pennylane.tape import QuantumScript
from qiskit.quantum_info import Operator

from qml_core.errors import CircuitRefused
from qml_core.hardware.backends import ibm_circuits
from qml_core.hardware.mitigation.folding import fold


@pytest.fixture(scope="module")
def manila():
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    return FakeManilaV2()


def _cx(compiled) -> int:
    return compiled.count_ops().get("cx", 0)


@pytest.mark.parametrize("level", range(4))
def test_the_barrier_keeps_twelve_cx_at_every_level(manila, kernel_circuit, level):
    x = np.random.default_rng(1).uniform(0, np.pi, 4)
    circuits = [kernel_circuit(x, x), kernel_circuit(x, x, barrier=False)]
    kept, cancelled = ibm_circuits.compile_circuits(circuits, manila, seed=1, level=level)
    assert _cx(kept) == 12
    assert _cx(cancelled) == (12 if level == 0 else 0)


@pytest.mark.parametrize("folding", ["global", "local"])
@pytest.mark.parametrize("scale", [3, 5])
def test_folded_circuits_keep_as_many_times_the_gates(manila, kernel_circuit, scale, folding):
    circuit = kernel_circuit([0.3, 0.9, 1.7, 2.2], [1.1, 0.4, 2.9, 0.2])
    plain, folded = ibm_circuits.compile_circuits(
        [circuit, fold(circuit, scale, folding)], manila, seed=1
    )
    assert _cx(folded) == scale * _cx(plain)


def test_compiling_keeps_the_unitary(manila):
    circuit = QuantumScript(
        [qml.Hadamard(0), qml.CRX(0.4, [0, 1]), qml.T(1), qml.Toffoli([0, 1, 2]), qml.RY(0.3, 2)],
        [qml.counts(wires=range(3))],
    )
    (compiled,) = ibm_circuits.compile_circuits([circuit], manila, seed=1)
    bare = compiled.copy_empty_like()
    for step in compiled.data:
        if step.operation.name not in ("measure", "barrier"):
            bare.append(step)
    start = compiled.layout.initial_index_layout(filter_ancillas=True)
    end = list(ibm_circuits.read_qubits(compiled))
    matrix = Operator(bare).data
    ours = np.array(
        [[matrix[_at(end, row), _at(start, column)] for column in range(8)] for row in range(8)]
    )
    reference = qml.matrix(circuit, wire_order=range(3))
    phase = ours[0, 0] / reference[0, 0]
    assert abs(abs(phase) - 1) < 1e-9
    np.testing.assert_allclose(ours, phase * reference, atol=1e-9)


def _at(qubits, basis) -> int:
    """Position of a basis state of three wires (wire 0 first) among Qiskit's (qubit 0 last)."""
    return sum(((basis >> (2 - wire)) & 1) << qubits[wire] for wire in range(3))


def test_circuits_of_other_structure_stay_on_the_qubits_of_the_majority(manila):
    """Each would be placed better alone: a pair of qubits on the best pair of the device."""
    chain = QuantumScript([qml.CNOT([i, i + 1]) for i in range(2)], [qml.counts(wires=range(3))])
    reversed_chain = QuantumScript(
        [qml.CNOT([2, 0]), qml.CNOT([0, 1])], [qml.counts(wires=range(3))]
    )
    alone = ibm_circuits.compile_circuits([reversed_chain], manila, seed=1)[0]
    together = ibm_circuits.compile_circuits([chain, chain, reversed_chain], manila, seed=1)
    layouts = [tuple(c.layout.initial_index_layout(filter_ancillas=True)) for c in together]
    assert len(set(layouts)) == 1
    assert tuple(alone.layout.initial_index_layout(filter_ancillas=True)) != layouts[0]


def test_wires_without_gates_are_read_too(manila):
    circuit = QuantumScript([qml.PauliX(1)], [qml.counts(wires=range(4))])
    (compiled,) = ibm_circuits.compile_circuits([circuit], manila, seed=1)
    assert len(ibm_circuits.read_qubits(compiled)) == 4
    assert compiled.metadata == {"qubits": list(ibm_circuits.read_qubits(compiled))}


def test_custom_gates_are_refused(manila):
    circuit = QuantumScript([qml.QubitUnitary(np.eye(2), 0)], [qml.counts(wires=[0])])
    with pytest.raises(CircuitRefused, match="QubitUnitary"):
        ibm_circuits.compile_circuits([circuit], manila, seed=1)


def test_a_duration_is_the_sum_where_the_device_leaves_one_out(manila, kernel_circuit):
    from qiskit.circuit import Delay, Parameter

    (compiled,) = ibm_circuits.compile_circuits([kernel_circuit([0.1, 0.2], [0.3, 0.4])], manila, 1)
    scheduled = ibm_circuits.duration(compiled, manila.target)
    assert scheduled == pytest.approx(compiled.estimate_duration(manila.target))
    unknown = compiled.copy()
    unknown.append(Delay(Parameter("t")), [0])
    assert scheduled < ibm_circuits.duration(unknown, manila.target) < 4 * scheduled
