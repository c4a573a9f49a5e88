"""Fixing a variable of an Ising polynomial: Z_j = ±1, or Z_j = ±Z_i."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Bits


@dataclass(frozen=True)
class Substitution:
    """Z of the removed wire is `sign` times Z of its partner, or `sign` where it has none."""

    removed: int
    partner: int | None
    sign: int

    def apply(self, ising: Ising) -> Ising:
        """The polynomial of one qubit less; wires behind the removed one move up."""
        terms: dict[tuple[int, ...], float] = {}
        for wires, coefficient in ising.terms.items():
            key, c = set(wires), coefficient
            if self.removed in key:
                key.remove(self.removed)
                key ^= set() if self.partner is None else {self.partner}
                c *= self.sign
            moved = tuple(sorted(wire - (wire > self.removed) for wire in key))
            terms[moved] = terms.get(moved, 0.0) + c
        return Ising(ising.n_qubits - 1, terms)

    def lift(self, bits: Bits) -> Bits:
        """(n,) bits of what apply was given, from (n − 1,) of what it made."""
        found = np.insert(bits, self.removed, 0)
        flipped = self.sign < 0
        other = 0 if self.partner is None else int(found[self.partner])
        found[self.removed] = other ^ flipped
        return found.astype(np.uint8)


def strongest(z: NDArray[np.float64], zz: NDArray[np.float64], even: bool) -> Substitution:
    """Of the largest |⟨Z_i⟩| or |⟨Z_i Z_j⟩|, i < j; differences below 1e-9 are ties.

    Args:
        z: (n,); zz: (n, n).
        even: the polynomial has ⟨Z_i⟩ = 0, and of samples these are noise.
    """
    first, second = np.triu_indices(len(z), k=1)
    singles = np.zeros(0) if even and len(z) > 1 else z
    values = np.concatenate([singles, zz[first, second]])
    place = int(np.abs(values).round(9).argmax())
    sign = -1 if values[place] < 0 else 1
    if place < len(singles):
        return Substitution(place, None, sign)
    pair = place - len(singles)
    return Substitution(int(second[pair]), int(first[pair]), sign)
