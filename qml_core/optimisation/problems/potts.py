"""Pairwise models over categorical variables, the form of every surrogate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PottsModel:
    """E(c) = constant + Σ_i fields[i][c_i] + Σ_{i<j} couplings[i, j][c_i, c_j], to be minimised.

    Args:
        fields: (k_i,) of each variable of k_i levels.
        couplings: (k_i, k_j) of pairs i < j; absent pairs do not interact.

    Raises:
        SpecError: no variable, a pair or shape that does not fit, or a number that is not finite.
    """

    constant: float
    fields: tuple[Floats, ...]
    couplings: Mapping[tuple[int, int], Floats]

    def __post_init__(self) -> None:
        if not self.fields:
            raise SpecError("model without variables asked", "give at least one field")
        for i, field in enumerate(self.fields):
            _check(field, (len(field),) if np.ndim(field) == 1 else ("levels",), f"field {i}")
        for (i, j), table in self.couplings.items():
            if not 0 <= i < j < len(self.fields):
                raise SpecError(
                    f"coupling of variables {i} and {j} asked, needed: 0 ≤ i < j < "
                    f"{len(self.fields)}",
                    "name each pair once, smaller index first",
                )
            _check(table, (self.levels[i], self.levels[j]), f"coupling {i}, {j}")
        if not np.isfinite(self.constant):
            raise SpecError(f"constant {self.constant} asked, needed: a finite number")

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """Levels of each variable."""
        return tuple(len(field) for field in self.fields)

    def energies(self, codes: NDArray[np.int64]) -> Floats:
        """E (m,) of level numbers (m, v)."""
        codes = np.asarray(codes)
        if codes.ndim != 2 or codes.shape[1] != len(self.fields):
            raise SpecError(
                f"codes of shape {codes.shape} given, needed: (m, {len(self.fields)})",
                "give one level number per variable",
            )
        found = np.full(len(codes), float(self.constant))
        for i, field in enumerate(self.fields):
            found += field[codes[:, i]]
        for (i, j), table in self.couplings.items():
            found += table[codes[:, i], codes[:, j]]
        return found

    def restricted(self, free: Sequence[int], codes: NDArray[np.int64]) -> "PottsModel":
        """The model of the variables `free`, in that order, the others kept at codes (v,)."""
        place = {variable: index for index, variable in enumerate(free)}
        constant = float(self.constant)
        fields = [np.array(self.fields[variable], dtype=np.float64) for variable in free]
        couplings: dict[tuple[int, int], Floats] = {}
        for i, field in enumerate(self.fields):
            if i not in place:
                constant += float(field[codes[i]])
        for (i, j), table in self.couplings.items():
            if i in place and j in place:
                a, b = place[i], place[j]
                couplings[min(a, b), max(a, b)] = table if a < b else table.T
            elif i in place:
                fields[place[i]] += table[:, codes[j]]
            elif j in place:
                fields[place[j]] += table[codes[i]]
            else:
                constant += float(table[codes[i], codes[j]])
        return PottsModel(constant, tuple(fields), couplings)


def _check(table: Floats, wanted: tuple[int | str, ...], name: str) -> None:
    if np.shape(table) != wanted or 0 in np.shape(table):
        raise SpecError(
            f"{name} of shape {np.shape(table)} given, needed: {wanted}",
            "give one number per level",
        )
    if not np.isfinite(table).all():
        raise SpecError(f"{name} holds numbers that are not finite", "look for failed trials in it")
