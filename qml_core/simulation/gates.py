"""The few kinds of gates that the engine fuses.

An angle is a slot, the place of a number that is known later and may differ by row; an angle that
is known already is folded into the gate.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pennylane.operation import Operator

from qml_core.simulation.polynomials import Polynomial

Array = NDArray[np.floating | np.complexfloating]
CONSTANT = -1
"""Slot of what is known already; its value is 1."""


@dataclass(frozen=True)
class Phase:
    """exp(i · factor · angle · (−1)^(parity of the bits of `wires`)); no wires: a global phase."""

    wires: tuple[int, ...]
    slot: int
    factor: float


@dataclass(frozen=True)
class Rotation:
    """exp(i · factor · angle · P) on one wire for a Pauli matrix P."""

    wire: int
    pauli: str
    slot: int
    factor: float


@dataclass(frozen=True, eq=False)
class Fixed:
    """A known matrix (2^k, 2^k), or one per row (n, 2^k, 2^k)."""

    wires: tuple[int, ...]
    matrix: Array


@dataclass(frozen=True)
class Flip:
    """A permutation of basis states that is linear: CNOT (control, target), X (target), SWAP."""

    name: str
    wires: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Varying:
    """Any other operation: its matrix is asked for when the angles are known.

    slots: of each parameter of the operation; none: the operation's own value.
    """

    wires: tuple[int, ...]
    operation: Operator
    slots: tuple[int | None, ...]


Gate = Phase | Rotation | Fixed | Flip | Varying


@dataclass
class Slots:
    """The angles met so far, in the order of their slots; an angle met again keeps its slot."""

    values: list[Any] = field(default_factory=list)
    _slot_of: dict[object, int] = field(default_factory=dict)

    def add(self, value: Any) -> tuple[int, float]:
        """(slot, 1) of an angle, or (CONSTANT, its value) where it is a number already."""
        known = number(value)
        return (self.place(value), 1.0) if known is None else (CONSTANT, known)

    def place(self, value: Any) -> int:
        """The slot of a symbol, a scalar that a gradient is asked of, or a batch (n,)."""
        symbol = value.item() if isinstance(value, np.ndarray) and not value.ndim else value
        name = symbol.name if isinstance(symbol, Polynomial) else id(symbol)
        if name not in self._slot_of:
            self._slot_of[name] = len(self.values)
            self.values.append(symbol)
        return self._slot_of[name]


def number(value: Any) -> float | None:
    """The value of a plain number; none for a symbol, a batch or what a gradient is asked of."""
    if isinstance(value, torch.Tensor):
        return None if value.requires_grad or value.ndim else float(value)
    array = np.asarray(value)
    return float(array) if array.dtype != object and not array.ndim else None


def pauli_rotation(pauli: str, angle: float) -> Array:
    """exp(i · angle · P), real where it is: (2, 2)."""
    return np.asarray(np.cos(angle) * np.eye(2) + np.sin(angle) * I_TIMES[pauli])


I_TIMES: dict[str, Array] = {
    "X": np.array([[0, 1j], [1j, 0]]),
    "Y": np.array([[0.0, 1.0], [-1.0, 0.0]]),
    "Z": np.array([[1j, 0], [0, -1j]]),
}
"""i·P of the Pauli matrices."""
