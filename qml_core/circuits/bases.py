"""Bases in which the words of a readout are measured: those that agree on every qubit together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operation
from pennylane.pauli import PauliWord

from qml_core.circuits.readout import Readout


@dataclass(frozen=True, eq=False)
class Basis:
    """Words that one measurement reads: after `rotations` each is a product of Z on its wires.

    coefficients: (k, words), of each word in each of the k outcomes.
    """

    rotations: tuple[Operation, ...]
    words: tuple[tuple[int, ...], ...]
    coefficients: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bases:
    """Outcome j is constants[j] and the sum over bases of their words times coefficients[j]."""

    constants: NDArray[np.float64]
    bases: tuple[Basis, ...]


def n_bases(readout: Readout) -> int:
    """Circuits that are run for one: 1 where all outcomes are diagonal."""
    return 1 if readout.diagonals is not None else len(joint_bases(readout).bases)


def joint_bases(readout: Readout) -> Bases:
    """The words of all outcomes in as few bases as PennyLane's colouring finds.

    Raises:
        SpecError: the words are too many to be written out.
    """
    words = [w for w in dict.fromkeys(w for s in readout.sentences for w in s) if len(w)]
    table = np.array([[float(np.real(s[w])) for w in words] for s in readout.sentences])
    constants = np.array([float(np.real(s[PauliWord({})])) for s in readout.sentences])
    groups = [list(group) for group in _groups(words)]
    found = tuple(_basis([words[i] for i in g], table[:, g]) for g in groups)
    return Bases(constants, found)


def _groups(words: list[PauliWord]) -> list[tuple[int, ...]]:
    if all(letter == "Z" for word in words for letter in word.values()):
        return [tuple(range(len(words)))]
    return list(qml.pauli.compute_partition_indices([w.operation() for w in words]))


def _basis(words: list[PauliWord], coefficients: NDArray[np.float64]) -> Basis:
    letters = {wire: letter for word in words for wire, letter in word.items()}
    wires = tuple(tuple(sorted(int(wire) for wire in word)) for word in words)
    return Basis(change_of_basis(letters), wires, coefficients)


def change_of_basis(letters: Mapping[int, str]) -> tuple[Operation, ...]:
    """Gates after which the Pauli matrix of each wire is Z."""
    gates = (_CHANGES[letter](wire) for wire, letter in sorted(letters.items()))
    return tuple(gate for gate in gates if gate is not None)


_CHANGES: dict[str, Callable[[int], Operation | None]] = {
    "X": lambda wire: qml.Hadamard(wire),
    "Y": lambda wire: qml.RX(np.pi / 2, wires=wire),
    "Z": lambda wire: None,
}
