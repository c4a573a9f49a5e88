"""Circuits in Qiskit's language, there and back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pennylane as qml
from pennylane.operation import Operator
from pennylane.tape import QuantumScript

from qml_core.hardware.gates import GATES, n_qubits
from qml_core.hardware.protocol import Circuit

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_PENNYLANE = {names.qiskit: name for name, names in GATES.items()}


def to_qiskit(circuit: Circuit, read: Sequence[int] = ()) -> "QuantumCircuit":
    """Gates of GATES and barriers, wire k as qubit k.

    Args:
        read: qubits to measure at the end, the k-th into bit k of the counts.
    """
    from qiskit import QuantumCircuit

    made = QuantumCircuit(n_qubits(circuit), len(read))
    for op in circuit.operations:
        wires = op.wires.tolist()
        if op.name == "Barrier":
            made.barrier(wires)
        else:
            getattr(made, GATES[op.name].qiskit)(*map(float, op.parameters), *wires)
    if read:
        made.measure(list(read), list(range(len(read))))
    return made


def from_qiskit(circuit: "QuantumCircuit", read: Sequence[int]) -> Circuit:
    """Gates of GATES and barriers, and the probabilities of the qubits `read`, in that order."""
    operations = []
    for instruction in circuit.data:
        wires = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        angles = [float(angle) for angle in instruction.operation.params]
        operations.append(_operation(instruction.operation.name, angles, wires))
    return QuantumScript(operations, [qml.probs(wires=list(read))])


def _operation(name: str, angles: Sequence[float], wires: Sequence[int]) -> Operator:
    if name == "barrier":
        return qml.Barrier(wires)
    return getattr(qml, _PENNYLANE[name])(*angles, wires=wires)
