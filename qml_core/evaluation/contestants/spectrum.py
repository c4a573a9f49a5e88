"""The frequencies a circuit can have, from the generators of the gates that encode the features.

A circuit's outputs are Fourier series in the angles of those gates: their frequencies are the
differences of eigenvalues of the generators (Schuld, Sweke & Meyer 2021, arXiv:2008.08605, eq. 5).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operator

from qml_core.circuits.encodings import OpenEncoding
from qml_core.errors import SpecError

Array = NDArray[np.float64]
Frequency = tuple[int, ...]
"""Of each angle, in units of 1 / radian."""

_ENUMERATED = 6
"""Wires of gates that hang together up to which all pairs of eigenvalues are looked at, 4^wires."""

_PROBES = 3
"""Rows at which angles are compared: functions that agree there are the same."""


_LETTERS = {
    **{f"R{letter}": letter for letter in "XYZ"},
    **{f"Ising{letter * 2}": letter * 2 for letter in "XYZ"},
}
"""Of the gates that encodings are mostly made of: looking at generators takes its time."""


@dataclass(frozen=True)
class Rotation:
    """exp(−i θ_angle(x) P/2) with a Pauli word P on some wires."""

    angle: int
    word: tuple[tuple[int, str], ...]

    @property
    def wires(self) -> frozenset[int]:
        return frozenset(wire for wire, _ in self.word)


Block = tuple[Rotation, ...]
"""Rotations that have one letter per wire: they are diagonal in the same basis, and commute."""


@dataclass(frozen=True)
class CircuitSpectrum:
    """The blocks of an encoding; its angles are numbered, equal ones share a number.

    Args:
        gates: of each angle, one gate that turns by it (its place in the tape).
    """

    encoding: OpenEncoding
    gates: tuple[int, ...]
    blocks: tuple[Block, ...]

    def angles(self, X: Array) -> Array:
        """θ (n, angles) of rows X (n, d), radians."""
        operations = _tape(self.encoding, X)
        return np.stack([_angle(operations[gate], len(X)) for gate in self.gates], axis=1)


def circuit_spectrum(encoding: OpenEncoding, uploads: int = 1) -> CircuitSpectrum:
    """What the frequencies of an encoding are drawn from.

    Args:
        uploads: times that it is repeated, with gates on all wires in between.

    Raises:
        SpecError: a gate that depends on the features and is no rotation about a Pauli word.
    """
    probes = np.random.default_rng(0).uniform(0.1, 1.0, (_PROBES, encoding.n_features))
    tape = _tape(encoding, probes)
    words = {k: _word(g, encoding.spec.name) for k, g in enumerate(tape) if _encodes(g)}
    seen = {k: _angle(tape[k], _PROBES).round(12).tobytes() for k in words}
    first: dict[bytes, int] = {}
    for k, angle in seen.items():
        first.setdefault(angle, k)
    number = {angle: i for i, angle in enumerate(first)}
    rotations = {k: Rotation(number[seen[k]], word) for k, word in words.items()}
    return CircuitSpectrum(encoding, tuple(first.values()), _blocks(tape, rotations) * uploads)


def _blocks(tape: Sequence[Operator], rotations: Mapping[int, Rotation]) -> tuple[Block, ...]:
    """A block ends at a gate of its wires that encodes nothing, or at another letter on one."""
    blocks: list[list[Rotation]] = [[]]
    letters: dict[int, str] = {}  # of the last block, by wire
    for k, gate in enumerate(tape):
        word = rotations[k].word if k in rotations else tuple((wire, "") for wire in gate.wires)
        if any(letters.get(wire, letter) != letter for wire, letter in word):
            blocks.append([])
            letters = {}
        if k in rotations:
            blocks[-1].append(rotations[k])
            letters.update(word)
    return tuple(tuple(block) for block in blocks if block)


def all_frequencies(spectrum: CircuitSpectrum, limit: int) -> dict[Frequency, float] | None:
    """Every frequency with its share of the pairs of eigenvalues; none where above `limit`.

    ω and −ω are one, written with a positive first entry.
    """
    shares: dict[Frequency, float] = {(0,) * len(spectrum.gates): 1.0}
    for block in spectrum.blocks:
        for part in _connected(block):
            if len(_wires(part)) > _ENUMERATED:
                return None
            own = _differences(part, len(spectrum.gates))
            if len(shares) + len(own) - 1 > 2 * limit - 1:  # the least that their sums are
                return None
            shares = _sums(shares, own)
    folded: dict[Frequency, float] = {}
    for frequency, share in shares.items():
        positive = _positive(frequency)
        folded[positive] = folded.get(positive, 0.0) + share
    return folded if len(folded) <= limit else None


def drawn_frequencies(
    spectrum: CircuitSpectrum, count: int, generator: np.random.Generator
) -> dict[Frequency, float]:
    """`count` independent pairs of eigenvalues of all blocks, and the share of each frequency."""
    found = np.zeros((count, len(spectrum.gates)), dtype=np.int64)
    for block in spectrum.blocks:
        wires = _wires(block)
        signs = 1 - 2 * generator.integers(0, 2, (2, count, len(wires)))
        for rotation in block:
            columns = [wires.index(wire) for wire in rotation.wires]
            first, second = signs[..., columns].prod(axis=-1)
            found[:, rotation.angle] += (first - second) // 2
    drawn = Counter(_positive(tuple(map(int, row))) for row in found)
    return {frequency: drawn[frequency] / count for frequency in sorted(drawn)}


def _differences(block: Sequence[Rotation], n_angles: int) -> dict[Frequency, float]:
    """Differences of the joint eigenvalues ±1/2 of a block, with their shares."""
    wires = _wires(block)
    states = np.array(list(product((1, -1), repeat=len(wires))))
    values = np.zeros((len(states), n_angles), dtype=np.int64)
    for rotation in block:
        columns = [wires.index(wire) for wire in rotation.wires]
        values[:, rotation.angle] += states[:, columns].prod(axis=1)
    pairs = (values[:, None, :] - values[None, :, :]).reshape(-1, n_angles) // 2
    distinct, times = np.unique(pairs, axis=0, return_counts=True)
    shares = times / len(pairs)
    return {tuple(map(int, row)): float(s) for row, s in zip(distinct, shares, strict=True)}


def _sums(
    first: Mapping[Frequency, float], second: Mapping[Frequency, float]
) -> dict[Frequency, float]:
    found: dict[Frequency, float] = {}
    for a, share in first.items():
        for b, other in second.items():
            frequency = tuple(i + j for i, j in zip(a, b, strict=True))
            found[frequency] = found.get(frequency, 0.0) + share * other
    return found


def _connected(block: Block) -> list[list[Rotation]]:
    """Rotations that share wires, directly or through others."""
    parts: list[list[Rotation]] = []
    for rotation in block:
        touching = [part for part in parts if _touched(part) & rotation.wires]
        parts = [part for part in parts if part not in touching]
        parts.append([*(r for part in touching for r in part), rotation])
    return parts


def _positive(frequency: Frequency) -> Frequency:
    leading = next((value for value in frequency if value), 0)
    return tuple(-value for value in frequency) if leading < 0 else frequency


def _touched(block: Iterable[Rotation]) -> frozenset[int]:
    return frozenset().union(*(rotation.wires for rotation in block))


def _wires(block: Iterable[Rotation]) -> list[int]:
    return sorted(_touched(block))


def _tape(encoding: OpenEncoding, X: Array) -> list[Operator]:
    return list(qml.tape.make_qscript(encoding)(X).operations)


def _encodes(gate: Operator) -> bool:
    """Whether its angle depends on the row, of several rows."""
    return bool(gate.num_params) and np.ndim(gate.parameters[0]) > 0


def _angle(gate: Operator, n_rows: int) -> Array:
    return np.broadcast_to(np.asarray(gate.parameters[0], dtype=np.float64), (n_rows,))


def _word(gate: Operator, name: str) -> tuple[tuple[int, str], ...]:
    """The Pauli word of a gate exp(−i θ P/2)."""
    if gate.name in _LETTERS:
        return tuple(sorted(zip(gate.wires, _LETTERS[gate.name], strict=True)))
    if gate.num_params == 1 and gate.has_generator:
        terms = [(w, c) for w, c in qml.pauli.pauli_sentence(gate.generator()).items() if len(w)]
        if len(terms) == 1 and abs(abs(terms[0][1]) - 0.5) < 1e-12:
            return tuple(sorted(terms[0][0].items()))
    raise SpecError(
        f"encoding {name} turns by the features with {gate.name}, whose frequencies are not those "
        "of a rotation about a Pauli word",
        "use angle, iqp, zz or pauli, or leave the control fourier out",
    )
