"""A finite search space: the product of the levels of its hyper-parameters, as level numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.specs.space import DimensionSpec, Value

Codes = NDArray[np.int64]
"""Configurations as level numbers, (m, v); one of them is a row (v,)."""


@dataclass(frozen=True)
class Space:
    """Hyper-parameters and the levels of each, in the order of the columns of codes."""

    names: tuple[str, ...]
    levels: tuple[tuple[Value, ...], ...]
    kinds: tuple[str, ...]

    @classmethod
    def of(cls, dimensions: Sequence[DimensionSpec]) -> Self:
        """The space of a search's dimensions."""
        return cls(
            tuple(dimension.name for dimension in dimensions),
            tuple(dimension.levels for dimension in dimensions),
            tuple(dimension.kind for dimension in dimensions),
        )

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Levels of each dimension, (v,)."""
        return tuple(len(levels) for levels in self.levels)

    @cached_property
    def size(self) -> int:
        """Configurations of the whole space; may exceed 64 bits."""
        return math.prod(self.sizes)

    def configuration(self, code: Sequence[int] | Codes) -> dict[str, Value]:
        """The values of one row of level numbers (v,)."""
        row = self.checked(np.asarray(code, np.int64)[None])[0]
        return {n: of[k] for n, of, k in zip(self.names, self.levels, row, strict=True)}

    def flat(self, codes: Codes) -> NDArray[Any]:
        """C-order numbers (m,) of codes (m, v): int64, or Python integers where 64 bits are few."""
        numbers: NDArray[Any] = np.asarray(codes).astype(self._dtype) @ self._strides
        return numbers

    def unflat(self, flat: NDArray[Any] | Sequence[int]) -> Codes:
        """Codes (m, v) of C-order numbers (m,)."""
        numbers: NDArray[Any] = np.asarray(flat, dtype=self._dtype)[:, None]
        sizes: NDArray[Any] = np.array(self.sizes, dtype=self._dtype)
        codes: Codes = (numbers // self._strides % sizes).astype(np.int64)
        return codes

    def all_codes(self) -> Codes:
        """Every configuration in C order, (size, v)."""
        return np.indices(self.sizes, np.int64).reshape(len(self.sizes), -1).T.copy()

    def random(self, count: int, rng: np.random.Generator, excluding: Codes | None = None) -> Codes:
        """Distinct uniformly drawn codes (≤ count, v), none of `excluding`; fewer only if none are
        left."""
        taken = set() if excluding is None else set(self.flat(excluding).tolist())
        if 2 * (len(taken) + count) >= self.size:
            return self._of_the_rest(count, rng, taken)
        rows: list[Codes] = []
        while len(rows) < count:
            drawn = rng.integers(0, self.sizes, (count - len(rows), len(self.sizes)), np.int64)
            for row, number in zip(drawn, self.flat(drawn).tolist(), strict=True):
                if number not in taken:
                    taken.add(number)
                    rows.append(row)
        return np.array(rows, np.int64).reshape(-1, len(self.sizes))

    def checked(self, codes: Codes) -> Codes:
        """The same codes (m, v); raises SpecError where one is outside the space."""
        if codes.ndim != 2 or codes.shape[1] != len(self.sizes):
            raise SpecError(
                f"codes have the shape {codes.shape}, the space has {len(self.sizes)} dimensions",
                "give one level number per dimension",
            )
        outside = (codes < 0) | (codes >= np.array(self.sizes))
        if outside.any():
            i, j = np.argwhere(outside)[0]
            raise SpecError(
                f"{self.names[j]} has {self.sizes[j]} levels, found level number {codes[i, j]}",
                "count levels from 0",
            )
        return codes

    def _of_the_rest(self, count: int, rng: np.random.Generator, taken: set[int]) -> Codes:
        free = np.setdiff1d(np.arange(self.size), np.fromiter(taken, np.int64, len(taken)))
        return self.unflat(rng.choice(free, min(count, len(free)), replace=False))

    @property
    def _dtype(self) -> type:
        return np.int64 if self.size < 2**63 else object

    @cached_property
    def _strides(self) -> NDArray[Any]:
        strides = [math.prod(self.sizes[j + 1 :]) for j in range(len(self.sizes))]
        return np.array(strides, dtype=self._dtype)
