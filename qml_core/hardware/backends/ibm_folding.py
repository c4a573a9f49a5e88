"""Compiled circuits folded to more noise: what the compiler made is repeated, gate by gate."""

from typing import Any

from qml_core.errors import CircuitRefused
from qml_core.hardware.mitigation.folding import Folding

Compiled = Any
"""A qiskit.QuantumCircuit on the qubits of a device."""

_SELF_INVERSE = frozenset({"x", "cx", "cz", "ecr", "h", "swap", "id"})
_ROTATIONS = frozenset({"rz", "rx", "ry", "rzz", "p"})
_SPAN = frozenset({"barrier", "delay"})
"""They stay where they are."""

Step = tuple[Any, tuple[Any, ...]]
"""An operation and its qubits."""


def fold_compiled(compiled: Compiled, scale: int, folding: Folding = "global") -> Compiled:
    """The compiled circuit with exactly `scale` (odd) times its gates, read out as before.

    Barriers stand between the repetitions; the device runs it as it is.

    Raises:
        CircuitRefused: a gate has no inverse in the device's gates.
    """
    from qiskit.circuit.library import Barrier

    every = [(step.operation, tuple(step.qubits), tuple(step.clbits)) for step in compiled.data]
    first = next((k for k, (op, _, _) in enumerate(every) if op.name == "measure"), len(every))
    while first and every[first - 1][0].name == "barrier":
        first -= 1
    gates = [(op, qubits) for op, qubits, _ in every[:first]]
    made = compiled.copy_empty_like()
    for part in [gates] if folding == "global" else [[gate] for gate in gates]:
        wires = tuple(dict.fromkeys(qubit for _, qubits in part for qubit in qubits))
        wall = (Barrier(len(wires)), wires)
        repeats = 0 if all(gate.name in _SPAN for gate, _ in part) else (scale - 1) // 2
        for operation, qubits in (*part, *(wall, *_undone(part), wall, *part) * repeats):
            made.append(operation, qubits)
    for operation, qubits, bits in every[first:]:
        made.append(operation, qubits, bits)
    return made


def _undone(gates: list[Step]) -> list[Step]:
    return [step for gate, qubits in reversed(gates) for step in _inverse(gate, qubits)]


def _inverse(gate: Any, qubits: tuple[Any, ...]) -> list[Step]:
    """Native gates that undo a native gate up to a global phase."""
    from math import pi

    from qiskit.circuit.library import RZGate

    if gate.name in _SELF_INVERSE or gate.name in _SPAN:
        return [(gate, qubits)]
    if gate.name in _ROTATIONS:
        return [(gate.inverse(), qubits)]
    if gate.name == "sx":
        return [(RZGate(pi), qubits), (gate, qubits), (RZGate(pi), qubits)]
    raise CircuitRefused(
        f"the inverse of {gate.name} in the device's gates was asked for a fold, none is known",
        "use another device, or no zero-noise extrapolation",
    )
