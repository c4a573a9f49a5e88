"""Circuits in Braket's language."""

from typing import TYPE_CHECKING, Any

from qml_core.hardware.gates import GATES, n_qubits
from qml_core.hardware.protocol import Circuit

if TYPE_CHECKING:
    from braket.circuits import Circuit as BraketCircuit


def gate_class(name: str) -> Any:
    """Braket's class of a gate of GATES."""
    from braket.circuits import Gate

    return getattr(Gate, GATES[name].braket)


def to_braket(circuit: Circuit) -> "BraketCircuit":
    """Gates of GATES, wire k as qubit k; every qubit is acted on, as Braket wants it.

    Barriers are left out: compiled circuits are run as they are.
    """
    from braket.circuits import Circuit as BraketCircuit

    made = BraketCircuit()
    for op in circuit.operations:
        if op.name != "Barrier":
            angles = [float(angle) for angle in op.parameters]
            made.add_instruction(_instruction(op.name, angles, op.wires.tolist()))
    for idle in sorted(set(range(n_qubits(circuit))) - {int(qubit) for qubit in made.qubits}):
        made.i(idle)
    return made


def _instruction(name: str, angles: list[float], wires: list[int]) -> Any:
    from braket.circuits import Instruction

    return Instruction(gate_class(name)(*angles), wires)
