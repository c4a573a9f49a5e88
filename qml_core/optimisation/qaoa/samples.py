"""Measured bit strings with their counts, and how they are drawn from probabilities."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers

_CHUNK = 2**20


@dataclass(frozen=True)
class Samples:
    """Rows of bits and how often each was found; a row may appear more than once until merged.

    Raises:
        SpecError: the shapes do not belong together, or a count is negative.
    """

    bits: NDArray[np.uint8]  # (m, n), column 0 is wire 0
    counts: NDArray[np.int64]  # (m,)

    def __post_init__(self) -> None:
        if self.bits.ndim != 2 or self.counts.shape != self.bits.shape[:1]:
            raise SpecError(
                f"samples of bits {self.bits.shape} with counts {self.counts.shape} given, "
                "needed: (m, n) and (m,)",
                "give one count per row of bits",
            )
        if (self.counts < 0).any():
            raise SpecError(f"a count of {self.counts.min()} given, the least is 0", "")

    @property
    def shots(self) -> int:
        return int(self.counts.sum())

    def energies(self, ising: Ising) -> NDArray[np.float64]:
        """(m,)."""
        return ising.energies(self.bits)

    def feasible(self, registers: Registers | None) -> "Samples":
        """The rows with exactly one 1 in each one-hot group; without registers all."""
        if registers is None:
            return self
        kept = registers.codes_of(self.bits)[1]
        return Samples(self.bits[kept], self.counts[kept])

    def merged(self) -> "Samples":
        """Distinct rows in the order of their bits, counts added; rows never found left out."""
        found = self.counts > 0
        packed = np.packbits(self.bits[found], axis=1)
        _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        counts = np.zeros(len(first), dtype=np.int64)
        np.add.at(counts, which.ravel(), self.counts[found])
        return Samples(self.bits[found][first], counts)


def draw_states(
    probabilities: torch.Tensor, shots: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct basis states in ascending order, and how often each was drawn.

    Sorted uniform numbers are looked up in cumulative sums of one chunk at a time, so that beside
    the probabilities (N,) little memory is needed.
    """
    weights = probabilities.detach().cpu().numpy()
    sums = np.array([chunk.sum(dtype=np.float64) for _, chunk in _chunks(weights)])
    ends = np.cumsum(sums)
    points = np.sort(rng.random(shots)) * ends[-1]
    borders = np.searchsorted(points, ends[:-1])
    states = [np.empty(0, dtype=np.int64)]
    split = np.split(points, borders)
    for (start, chunk), some, end, total in zip(_chunks(weights), split, ends, sums, strict=True):
        if len(some):
            cumulative = np.cumsum(chunk, dtype=np.float64)
            # rounding must not lead past the last state of the chunk that can be found
            inside = np.clip(some - (end - total), 0, np.nextafter(cumulative[-1], 0))
            states.append(start + np.searchsorted(cumulative, inside, side="right"))
    return np.unique(np.concatenate(states), return_counts=True)


def _chunks(weights: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    return ((k, weights[k : k + _CHUNK]) for k in range(0, len(weights), _CHUNK))
