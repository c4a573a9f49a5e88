"""The inverse of a gate in gates that devices know, with as many that err."""

import math

import pennylane as qml
from pennylane.operation import Operation

from qml_core.errors import CircuitRefused

BARRIER = "Barrier"


def inverse(gate: Operation) -> tuple[Operation, ...]:
    """Gates that undo `gate` up to a global phase, in the order they are applied.

    √X has no native inverse: it is √X between two RZ(π), which cost nothing on hardware. Raises
    CircuitRefused where PennyLane knows no inverse but a wrapper that no device takes.
    """
    if gate.name == BARRIER:
        return (gate,)
    if gate.name == "SX":
        return (
            qml.RZ(math.pi, wires=gate.wires),
            qml.SX(wires=gate.wires),
            qml.RZ(math.pi, wires=gate.wires),
        )
    if gate.name in _PHASES:
        return (qml.RZ(-_PHASES[gate.name], wires=gate.wires),)
    found = qml.adjoint(gate, lazy=False)
    if isinstance(found, qml.ops.Adjoint):
        raise CircuitRefused(
            f"the inverse of {gate.name} was asked, no device has it as a gate",
            "decompose the circuit to gates whose inverse is a gate, such as CNOT and rotations",
        )
    return (found,)


def inverted(gates: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """The gates that undo a sequence of gates."""
    return tuple(undo for gate in reversed(gates) for undo in inverse(gate))


_PHASES = {"S": math.pi / 2, "T": math.pi / 4}
