"""QUBO to Ising: xᵀQx over bits x, x_i = (1 − Z_i)/2."""

import math
from collections import defaultdict
from collections.abc import Mapping
from itertools import islice
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import SpecError

Terms = dict[tuple[int, ...], float]
Entries = Mapping[tuple[int, int], float]

_ASYMMETRY = 1e-9
"""Largest |Q_ij − Q_ji| of a symmetric matrix, in units of its largest entry: digits of a file."""

_LARGEST = 1e300

_SHOWN = 5


def terms_of(matrix: ArrayLike | Entries, constant: float = 0.0) -> tuple[int, Terms]:
    """Number of bits and the Ising terms of xᵀQx + constant; raises as Ising.from_qubo does."""
    if isinstance(matrix, Mapping):
        n, upper = _of_entries(matrix)
    else:
        n, upper = _of_matrix(matrix)
    return n, binary_terms(upper, constant)


def binary_terms(upper: Entries, constant: float = 0.0) -> Terms:
    """Ising terms of constant + Σ Q_ii x_i + Σ_{i<j} Q_ij x_i x_j, of entries i ≤ j alone."""
    constants, linear, terms = [constant], defaultdict[int, list[float]](list), Terms()
    for (i, j), value in upper.items():
        if i == j:
            constants.append(value / 2)
            linear[i].append(-value / 2)
        else:
            constants.append(value / 4)
            linear[i].append(-value / 4)
            linear[j].append(-value / 4)
            terms[i, j] = value / 4
    terms[()] = math.fsum(constants)
    for i, shares in linear.items():
        terms[(i,)] = math.fsum(shares)
    return terms


def _of_matrix(matrix: ArrayLike) -> tuple[int, Entries]:
    Q = _numbers(matrix)
    if Q.ndim != 2 or Q.shape[0] != Q.shape[1] or Q.shape[0] == 0:
        raise SpecError(
            f"QUBO matrix of shape {Q.shape} given, needed: (n, n), n ≥ 1",
            "give one row and one column per bit",
        )
    bad = np.argwhere(~np.isfinite(Q))
    if len(bad):
        row, column = bad[0]
        raise _not_finite(row, column, float(Q[row, column]))
    if np.abs(Q).max() > _LARGEST:
        row, column = np.unravel_index(np.argmax(np.abs(Q)), Q.shape)
        raise SpecError(
            f"QUBO entry in row {row}, column {column} (from 0) is {Q[row, column]:g}, sums of "
            f"entries above {_LARGEST:g} overflow",
            "scale the matrix: its optimum stays the same",
        )
    triangular = not np.tril(Q, -1).any() or not np.triu(Q, 1).any()
    differences = np.abs(Q - Q.T)
    if not triangular and differences.max() > _ASYMMETRY * np.abs(Q).max():
        row, column = np.unravel_index(np.argmax(differences), Q.shape)
        raise _asymmetric(int(row), int(column), float(Q[row, column]), float(Q[column, row]))
    both = np.triu(Q, 1) + np.tril(Q, -1).T + np.diag(np.diag(Q))
    return len(Q), {(int(i), int(j)): float(both[i, j]) for i, j in np.argwhere(both)}


def _numbers(matrix: ArrayLike) -> NDArray[np.float64]:
    try:
        return np.asarray(matrix).astype(np.float64, casting="same_kind")
    except (TypeError, ValueError) as error:
        raise SpecError(
            f"QUBO matrix with rows of unequal length or entries that are no numbers: {error}",
            "give n rows of n numbers",
        ) from error


def _of_entries(entries: Entries) -> tuple[int, Entries]:
    upper: dict[tuple[int, int], float] = {}
    for key, given in entries.items():
        i, j = _indices(key)
        value = _finite(given, i, j)
        other = _finite(entries.get((j, i), given), j, i)
        if abs(value - other) > _ASYMMETRY * max(abs(value), abs(other)):
            raise _asymmetric(i, j, value, other)
        pair = (min(i, j), max(i, j))
        upper[pair] = upper.get(pair, 0.0) + value
    used = {index for pair in upper for index in pair}
    n = max(used, default=-1) + 1
    if len(used) < n or n == 0:
        missing = list(islice((k for k in range(n) if k not in used), _SHOWN))
        raise SpecError(
            f"QUBO of {n} bits has no entry for index {', '.join(map(str, missing)) or 0}, each of "
            f"0 … {max(n - 1, 0)} needs one",
            "count from 0 without gaps; an entry (i, i) of 0 makes a bit that changes nothing",
        )
    return n, upper


def _indices(key: object) -> tuple[int, int]:
    if isinstance(key, tuple) and len(key) == 2:
        i, j = key
        if isinstance(i, Integral) and isinstance(j, Integral) and min(int(i), int(j)) >= 0:
            return int(i), int(j)
    raise SpecError(
        f"QUBO entry {key!r} given, needed: two whole numbers from 0", "give (row, column)"
    )


def _finite(value: Any, row: int, column: int) -> float:
    try:
        number = float(value) if isinstance(value, Real) else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _not_finite(row, column, value)
    return number


def _not_finite(row: int, column: int, value: object) -> SpecError:
    return SpecError(
        f"QUBO entry in row {row}, column {column} (from 0) is {value!r}, only finite numbers have "
        "an energy",
        "replace it; write 0 where two bits do not interact",
    )


def _asymmetric(row: int, column: int, value: float, other: float) -> SpecError:
    return SpecError(
        f"QUBO matrix is neither symmetric nor triangular: row {row}, column {column} (from 0) is "
        f"{value:g}, row {column}, column {row} is {other:g}",
        "give (Q + Qᵀ)/2, which has the same energies",
    )
