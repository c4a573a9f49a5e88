"""Gate angles as polynomials of a circuit's inputs: the circuit is traced once, with symbols.

A quantum function called with symbols in place of numbers leaves its angles as polynomials, which
are evaluated for a whole batch by one product of monomials; PennyLane is not called again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

MAX_DEGREE = 4
"""Monomials of higher ones cancel: (π − x)¹⁰ would have lost eight digits."""

Monomial = tuple[int, ...]
"""Indices of the variables multiplied, sorted, with repetition; () is the constant 1."""


@dataclass(frozen=True, eq=False)
class Polynomial:
    """Σ coefficient · monomial. Anything but +, −, · and division by a number raises TypeError.

    So do a degree above MAX_DEGREE, and a factor that a gradient is asked of.
    """

    terms: Mapping[Monomial, float]

    __array_ufunc__ = None  # NumPy arrays leave arithmetic with a polynomial to it

    @property
    def name(self) -> object:
        """Equal for equal polynomials."""
        return frozenset(self.terms.items())

    def __add__(self, other: Any) -> "Polynomial":
        sums = dict(self.terms)
        for monomial, coefficient in _terms(other).items():
            sums[monomial] = sums.get(monomial, 0.0) + coefficient
        return Polynomial(sums)

    def __mul__(self, other: Any) -> "Polynomial":
        products: dict[Monomial, float] = {}
        for a, x in self.terms.items():
            for b, y in _terms(other).items():
                monomial = tuple(sorted(a + b))
                if len(monomial) > MAX_DEGREE:
                    raise TypeError(f"a product of {len(monomial)} symbols")
                products[monomial] = products.get(monomial, 0.0) + x * y
        return Polynomial(products)

    def __truediv__(self, number: Any) -> "Polynomial":
        return self * (1.0 / float(number))

    def __neg__(self) -> "Polynomial":
        return self * -1.0

    def __sub__(self, other: Any) -> "Polynomial":
        return self + Polynomial({m: -c for m, c in _terms(other).items()})

    def __rsub__(self, other: Any) -> "Polynomial":
        return (self * -1.0).__add__(other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __float__(self) -> float:
        raise TypeError("a symbol has no value")

    def __bool__(self) -> bool:
        raise TypeError("a symbol has no value")

    def __eq__(self, other: object) -> bool:
        raise TypeError("a symbol has no value, so a circuit may not depend on it")

    __hash__ = None  # type: ignore[assignment]  # equal values would be one key, symbols are not


def _terms(value: Any) -> Mapping[Monomial, float]:
    if isinstance(value, np.ndarray) and not value.ndim:
        value = value.item()  # x[..., 0] of symbols is an array, x[0] is not
    if isinstance(value, Polynomial):
        return value.terms
    if getattr(value, "requires_grad", False):
        raise TypeError("a tensor that a gradient is asked of is no constant")
    return {(): float(value)}


def symbols(shape: Sequence[int], first: int) -> NDArray[np.object_]:
    """Variables first, first+1, … in an array of this shape, C order."""
    array = np.empty(shape, dtype=object)
    for offset, index in enumerate(np.ndindex(*shape)):
        array[index] = Polynomial({(first + offset,): 1.0})
    return array


class PolynomialTable:
    """Angles of all slots from the values of the variables.

    Args:
        angles: one polynomial per slot.
        batched: whether each variable differs by row.
    """

    def __init__(
        self, angles: Sequence[Polynomial], batched: Sequence[bool], device: torch.device
    ) -> None:
        self.batched = tuple(any(batched[v] for m in a.terms for v in m) for a in angles)
        shared = [a for a, b in zip(angles, self.batched, strict=True) if not b]
        varying = [a for a, b in zip(angles, self.batched, strict=True) if b]
        position = {k: [v for v, b in enumerate(batched) if b == k] for k in (False, True)}
        mixed = {v for a in varying for m in a.terms for v in m if not batched[v]}
        self._mixed = bool(mixed)
        self._shared = _Sums(shared, position[False], device)
        every = [*position[True], *position[False]] if mixed else position[True]
        self._varying = _Sums(varying, every, device)

    def evaluate(
        self, by_row: torch.Tensor, shared: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Shared angles (1, P) and those that differ by row (n, Q), radians, each in slot order.

        Args:
            by_row: (n, V) variables that differ by row; shared: (1, W), the others.
        """
        variables = by_row
        if self._mixed:
            variables = torch.cat([by_row, shared.expand(len(by_row), -1)], dim=1)
        return self._shared(shared), self._varying(variables)


class _Sums:
    """Polynomials as monomials (n, F) times coefficients (F, P).

    Args:
        variables: those that the columns of the values stand for.
    """

    def __init__(
        self, angles: Sequence[Polynomial], variables: Sequence[int], device: torch.device
    ) -> None:
        column = {variable: k for k, variable in enumerate(variables)}
        renamed = [
            {tuple(column[v] for v in m): c for m, c in angle.terms.items()} for angle in angles
        ]
        monomials = sorted({m for terms in renamed for m in terms}, key=lambda m: (len(m), m))
        place = {m: k for k, m in enumerate(monomials)}
        coefficients = np.zeros((len(monomials), len(angles)))
        for k, terms in enumerate(renamed):
            for monomial, coefficient in terms.items():
                coefficients[place[monomial], k] = coefficient
        self._coefficients = torch.from_numpy(coefficients).to(device)
        plain = [(i,) for i in range(len(variables))]
        self._plain = monomials == plain and np.array_equal(coefficients, np.eye(len(angles)))
        self._factors = [
            torch.from_numpy(index).to(device)
            for index in _by_degree(monomials)  # sorted by degree, as the coefficients
        ]

    def __call__(self, variables: torch.Tensor) -> torch.Tensor:
        if self._plain:  # the angles are the variables themselves
            return variables
        if not self._coefficients.numel():
            return variables.new_zeros((len(variables), self._coefficients.shape[1]))
        values = [_products(variables, index) for index in self._factors]
        monomials = values[0] if len(values) == 1 else torch.cat(values, dim=1)
        return monomials @ self._coefficients


def _by_degree(monomials: Iterable[Monomial]) -> list[NDArray[np.int64]]:
    """Per degree, the variables of its monomials: (degree, count)."""
    found: dict[int, list[Monomial]] = {}
    for monomial in monomials:
        found.setdefault(len(monomial), []).append(monomial)
    return [
        np.array(of_degree, dtype=np.int64).reshape(len(of_degree), degree).T
        for degree, of_degree in found.items()
    ]


def _products(variables: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Monomials of one degree: (n, count)."""
    if not len(index):
        return variables.new_ones((len(variables), index.shape[1]))
    product = variables[:, index[0]]
    for factor in index[1:]:
        product = product * variables[:, factor]
    return product
