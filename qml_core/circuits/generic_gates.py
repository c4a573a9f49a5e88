"""What a gate does to Pauli words whatever its angle: its matrix at angles that are not special."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operator
from pennylane.ops.functions import bind_new_parameters

MAX_WIRES = 4
"""Gates on more wires have no matrix here."""

ZERO = 1e-9
"""Entries of matrices below are zero: at generic angles, no other entry is as small."""

LETTERS = "IXYZ"

_GENERIC = (0.7391, 2.1173)  # angles at which no trigonometric polynomial of a gate vanishes
_PREPARE_BITS = ("BasisState", "BasisEmbedding")
_PAULIS = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}
Matrix = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class GenericGate:
    """A gate whatever its angles.

    Attributes:
        matrices: at generic angles; none where it has no matrix that could be looked at.
        trainable: one angle is its only parameter.
        bits: it prepares a basis state.
    """

    wires: tuple[int, ...]
    matrices: tuple[Matrix, ...] | None
    trainable: bool
    bits: bool
    images: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Words met so far, and theirs."""

    def image(self, word: str) -> tuple[str, ...]:
        """Words in U† P U of a word P with a letter for each wire.

        Where that is P alone, U† P U is ±P at all angles, as both are unitary.
        """
        if word not in self.images:
            self.images[word] = _conjugated(word, self.matrices or ())
        return self.images[word]


def generic_gate(op: Operator) -> GenericGate:
    """The gate without its angles."""
    shapes = getattr(op, "ndim_params", (1,)) if op.num_params else ()  # sums and products lack it
    scalar = not any(shapes)
    matrices = None
    if op.has_matrix and scalar and len(op.wires) <= MAX_WIRES:
        angles = _GENERIC if op.num_params else _GENERIC[:1]
        matrices = tuple(_matrix(op, angle) for angle in angles)
    trainable = op.num_params == 1 and scalar
    return GenericGate(tuple(op.wires), matrices, trainable, op.name in _PREPARE_BITS)


def _matrix(op: Operator, angle: float) -> Matrix:
    """At angles of which no one is a simple multiple of another."""
    values = [angle * math.sqrt(k + 1) for k in range(op.num_params)]
    generic = bind_new_parameters(op, values) if values else op
    return np.asarray(qml.matrix(generic, wire_order=op.wires), dtype=complex)


def _conjugated(word: str, matrices: Sequence[Matrix]) -> tuple[str, ...]:
    names, stack = _words(len(word))
    pauli = stack[names.index(word)]
    found: set[str] = set()
    for matrix in matrices:
        turned = matrix.conj().T @ pauli @ matrix
        parts = np.einsum("kij,ji->k", stack, turned)
        found |= {name for name, part in zip(names, parts, strict=True) if abs(part) > ZERO}
    return tuple(sorted(found))


@cache
def _words(size: int) -> tuple[tuple[str, ...], Matrix]:
    names = tuple(map("".join, itertools.product(LETTERS, repeat=size)))
    stack = [_matrix_of(name) for name in names]
    return names, np.stack(stack)


def _matrix_of(word: str) -> Matrix:
    total = np.ones((1, 1), dtype=complex)
    for letter in word:
        total = np.kron(total, _PAULIS[letter])
    return total
