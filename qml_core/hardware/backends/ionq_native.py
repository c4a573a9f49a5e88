"""Circuits in the gates that IonQ's ions do themselves: GPi, GPi2 and ZZ of the Forte systems.

The service compiles abstract gates and may cancel U†U; native gates it runs as they are
(https://docs.ionq.com/guides/getting-started-with-native-gates). Rotations about z are no pulses:
they turn the frame of the pulses that follow, and do not change what is read out at the end.

Phases are in turns: GPi2(φ) is a rotation by π/2 about cos(2πφ) X + sin(2πφ) Y, GPi(φ) one by π,
ZZ(a) = exp(−iπa Z⊗Z) for 0 ≤ a ≤ ¼.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pennylane.operation import Operator

Gate = dict[str, Any]

_TURN = 2 * math.pi
_EXACT = 12
"""Decimals of a phase in turns."""


class _Pulses:
    """Gates so far, and the angle in radians by which each wire's frame is ahead."""

    def __init__(self, n_qubits: int, most: bool = False) -> None:
        self.gates: list[Gate] = []
        self._most = most
        self._frame = [0.0] * n_qubits

    def z(self, wire: int, angle: float) -> None:
        self._frame[wire] += angle

    def half(self, wire: int, axis: float) -> None:
        """π about the axis at that angle from x."""
        self._pulse("gpi", wire, axis)

    def quarter(self, wire: int, axis: float) -> None:
        """π/2 about the axis at that angle from x."""
        self._pulse("gpi2", wire, axis)

    def rotate(self, wire: int, angle: float, axis: float) -> None:
        """R_axis(θ) = V Rz(θ) V†, V = π/2 about axis + π/2: V takes z to the axis."""
        if not self._most and math.isclose(abs(angle), math.pi / 2, abs_tol=1e-12):
            return self.quarter(wire, axis if angle > 0 else axis + math.pi)
        self.quarter(wire, axis + math.pi / 2 + math.pi)
        self.z(wire, angle)
        return self.quarter(wire, axis + math.pi / 2)

    def hadamard(self, wire: int) -> None:
        self.z(wire, math.pi / 2)
        self.quarter(wire, 0.0)
        self.z(wire, math.pi / 2)

    def zz(self, wires: Sequence[int], angle: float) -> None:
        """exp(−i angle/2 Z⊗Z): by π it is Z on both wires, and X turns its sign."""
        flips = round(angle / math.pi)
        rest = angle - flips * math.pi
        if flips % 2:
            for wire in wires:
                self.z(wire, math.pi)
        turned = rest < 0 or self._most
        if turned:
            self.half(wires[0], 0.0)
        turns = round(abs(rest) / _TURN, _EXACT)
        targets = [int(wire) for wire in wires]
        self.gates.append({"gate": "zz", "targets": targets, "angle": turns})
        if turned:
            self.half(wires[0], 0.0)

    def cz(self, wires: Sequence[int]) -> None:
        self.zz(wires, math.pi / 2)
        for wire in wires:
            self.z(wire, -math.pi / 2)

    def _pulse(self, gate: str, wire: int, axis: float) -> None:
        phase = round(((axis - self._frame[wire]) / _TURN) % 1.0, _EXACT) % 1.0
        self.gates.append({"gate": gate, "target": int(wire), "phase": phase})


def _fixed_z(angle: float) -> Callable[[_Pulses, Operator], None]:
    return lambda pulses, op: pulses.z(op.wires[0], angle)


def _cnot(pulses: _Pulses, op: Operator) -> None:
    pulses.hadamard(op.wires[1])
    pulses.cz(op.wires)
    pulses.hadamard(op.wires[1])


def _xx(pulses: _Pulses, op: Operator) -> None:
    for wire in op.wires:
        pulses.hadamard(wire)
    pulses.zz(op.wires, float(op.data[0]))
    for wire in op.wires:
        pulses.hadamard(wire)


_RULES: dict[str, Callable[[_Pulses, Operator], None]] = {
    "PauliX": lambda pulses, op: pulses.half(op.wires[0], 0.0),
    "PauliY": lambda pulses, op: pulses.half(op.wires[0], math.pi / 2),
    "PauliZ": _fixed_z(math.pi),
    "S": _fixed_z(math.pi / 2),
    "Adjoint(S)": _fixed_z(-math.pi / 2),
    "T": _fixed_z(math.pi / 4),
    "Adjoint(T)": _fixed_z(-math.pi / 4),
    "Hadamard": lambda pulses, op: pulses.hadamard(op.wires[0]),
    "SX": lambda pulses, op: pulses.quarter(op.wires[0], 0.0),
    "Adjoint(SX)": lambda pulses, op: pulses.quarter(op.wires[0], math.pi),
    "RX": lambda pulses, op: pulses.rotate(op.wires[0], float(op.data[0]), 0.0),
    "RY": lambda pulses, op: pulses.rotate(op.wires[0], float(op.data[0]), math.pi / 2),
    "RZ": lambda pulses, op: pulses.z(op.wires[0], float(op.data[0])),
    "IsingZZ": lambda pulses, op: pulses.zz(op.wires, float(op.data[0])),
    "IsingXX": _xx,
    "CZ": lambda pulses, op: pulses.cz(op.wires),
    "CNOT": _cnot,
}

GATES = frozenset(_RULES)
"""PennyLane's gates that have a rule; others are decomposed into these."""


def native_gates(operations: Iterable[Operator], n_qubits: int, most: bool = False) -> list[Gate]:
    """IonQ's JSON of operations that are all of `GATES`, in order.

    Args:
        most: as many gates as the same circuit takes at any angles, to be counted only.
    """
    pulses = _Pulses(n_qubits, most)
    for operation in operations:
        _RULES[operation.name](pulses, operation)
    return pulses.gates
