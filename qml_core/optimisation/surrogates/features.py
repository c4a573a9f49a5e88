"""Linear and pairwise columns of configurations, and the Potts model that a fit of them is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.problems.potts import PottsModel

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PairwiseFeatures:
    """Columns of v variables with `sizes` levels: of each level, and of each pair of two variables.

    A variable of k ≥ 3 levels has one column per level, one of two levels a single column, one of
    one level none. A column is the indicator of its level with mean 0 and variance 1 over all
    levels, so that over the whole space main effects and pairs are orthogonal: the span is that of
    the 0/1 columns of Baptista & Poloczek 2018 (arXiv:1806.08838), eq. 2, and shrinking a pair
    leaves the main effects alone.
    """

    sizes: tuple[int, ...]

    @cached_property
    def bases(self) -> tuple[Floats, ...]:
        """Of each variable its columns, (levels, columns)."""
        return tuple(_basis(size) for size in self.sizes)

    @cached_property
    def owners(self) -> NDArray[np.int64]:
        """(c,) variable of each linear column."""
        return np.repeat(np.arange(len(self.sizes)), [basis.shape[1] for basis in self.bases])

    @cached_property
    def pairs(self) -> tuple[Codes, Codes]:
        """Linear columns of each pairwise column, both (q,): of different variables, ascending."""
        first, second = np.triu_indices(len(self.owners), 1)
        kept = self.owners[first] != self.owners[second]
        return first[kept], second[kept]

    @property
    def count(self) -> int:
        """Columns in all, without the constant."""
        return len(self.owners) + len(self.pairs[0])

    def linear(self, codes: Codes) -> Floats:
        """(n, c) linear columns of configurations (n, v)."""
        blocks = [basis[codes[:, i]] for i, basis in enumerate(self.bases)]
        return np.concatenate([np.zeros((len(codes), 0)), *blocks], axis=1)

    def matrix(self, codes: Codes) -> Floats:
        """(n, count): the linear columns, then the pairs."""
        linear = self.linear(codes)
        first, second = self.pairs
        return np.concatenate([linear, linear[:, first] * linear[:, second]], axis=1)

    def model(self, constant: float, coefficients: Floats) -> PottsModel:
        """The Potts model whose energies are constant + matrix(codes) @ coefficients (count,)."""
        c = len(self.owners)
        quadratic = np.zeros((c, c))
        quadratic[self.pairs] = coefficients[c:]
        return self.model_of(constant, coefficients[:c], quadratic)

    def model_of(self, constant: float, linear: Floats, quadratic: Floats) -> PottsModel:
        """The same from (c,) and the upper triangle of (c, c), as a factorisation has them."""
        columns = [np.flatnonzero(self.owners == i) for i in range(len(self.sizes))]
        fields = tuple(b @ linear[at] for b, at in zip(self.bases, columns, strict=True))
        couplings = {
            (i, j): self.bases[i] @ quadratic[np.ix_(columns[i], columns[j])] @ self.bases[j].T
            for i, j in self._coupled()
        }
        return PottsModel(float(constant), fields, couplings)

    def coefficients(self, model: PottsModel) -> tuple[float, Floats]:
        """Constant and (count,) of a Potts model on these variables; the shortest there are."""
        inverses = [np.linalg.pinv(basis) for basis in self.bases]
        constant, fields = model.constant, [np.array(field) for field in model.fields]
        found = np.zeros((len(self.owners),) * 2)
        for (i, j), coupling in model.couplings.items():
            rows, columns, mean = coupling.mean(1), coupling.mean(0), coupling.mean()
            fields[i] += rows - mean
            fields[j] += columns - mean
            constant += float(mean)
            at = np.ix_(self.owners == i, self.owners == j)
            # the bases have mean 0: pinv removes what of the coupling is constant in a variable
            found[at] = inverses[i] @ coupling @ inverses[j].T
        found = np.triu(found + found.T)
        constant += float(sum(field.mean() for field in fields))
        linear = [inverse @ field for inverse, field in zip(inverses, fields, strict=True)]
        return constant, np.concatenate([np.zeros(0), *linear, found[self.pairs]])

    def _coupled(self) -> Sequence[tuple[int, int]]:
        varied = [i for i, size in enumerate(self.sizes) if size > 1]
        return list(combinations(varied, 2))


def _basis(size: int) -> Floats:
    """(size, columns) of mean 0 and variance 1 over the levels."""
    if size == 1:
        return np.zeros((1, 0))
    if size == 2:
        return np.array([[-1.0], [1.0]])
    scaled: Floats = (np.eye(size) - 1 / size) / np.sqrt((1 - 1 / size) / size)
    return scaled
