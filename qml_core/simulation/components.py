"""Circuits that fall apart: qubits that no gate joins have states of their own.

The state of a circuit without entanglers is a product over its qubits, so that inner products and
reduced states cost a few amplitudes each, however many qubits there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from qml_core.simulation.gates import Gate, Rotation

TOGETHER = 4
"""Qubits of small components that share a state: 16 amplitudes cost hardly more than 2."""

Part = tuple[tuple[int, ...], list[Gate]]
"""Wires, ascending, and the gates on them, numbered by their position among these wires."""


def components(gates: Sequence[Gate], n_qubits: int) -> list[Part]:
    """Wires that gates join, directly or through others, and single ones in groups."""
    joined = _joined(gates, n_qubits)
    wires = sorted(_grouped(joined))
    part_of = {wire: k for k, own in enumerate(wires) for wire in own}
    position = {wire: own.index(wire) for own in wires for wire in own}
    parts: list[Part] = [(own, []) for own in wires]
    for gate in gates:
        touched = _wires(gate)
        if touched:  # a global phase changes no kernel and no reduced state
            parts[part_of[touched[0]]][1].append(_moved(gate, position))
    return parts


def _wires(gate: Gate) -> tuple[int, ...]:
    return (gate.wire,) if isinstance(gate, Rotation) else gate.wires


def _moved(gate: Gate, position: dict[int, int]) -> Gate:
    if isinstance(gate, Rotation):
        return replace(gate, wire=position[gate.wire])
    return replace(gate, wires=tuple(position[wire] for wire in gate.wires))


def _joined(gates: Iterable[Gate], n_qubits: int) -> list[tuple[int, ...]]:
    """Connected components by union and find."""
    parent = list(range(n_qubits))

    def root(wire: int) -> int:
        while parent[wire] != wire:
            parent[wire] = wire = parent[parent[wire]]
        return wire

    for gate in gates:
        first, *others = _wires(gate) or (0,)
        for wire in others:
            parent[root(wire)] = root(first)
    found: dict[int, list[int]] = {}
    for wire in range(n_qubits):
        found.setdefault(root(wire), []).append(wire)
    return [tuple(wires) for wires in found.values()]


def _grouped(joined: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Small components filled up to TOGETHER qubits."""
    large, filling = [], ()  # type: list[tuple[int, ...]], tuple[int, ...]
    for wires in sorted(joined):
        if len(wires) >= TOGETHER:
            large.append(wires)
        elif len(filling) + len(wires) <= TOGETHER:
            filling = (*filling, *wires)
        else:
            large.append(tuple(sorted(filling)))
            filling = wires
    return [*large, tuple(sorted(filling))] if filling else large


def largest(gates: Sequence[Gate], n_qubits: int) -> int:
    """Qubits of the largest state that the circuit needs."""
    return max(len(wires) for wires, _ in components(gates, n_qubits))
