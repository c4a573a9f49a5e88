"""Depolarising correction of measured kernels from their diagonals.

A circuit that depolarises globally with probability λ reads K' = (1−λ) K + λ/d, d = 2^n. The
diagonal is 1 without noise, so that, measured at full depth, it tells λ_i of every row; a pair has
1−λ_ij = √((1−λ_i)(1−λ_j)) (Hubregtsen et al. 2022, arXiv:2105.02276).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import Refused

Array = NDArray[np.float64]

SIGNIFICANCE = 5.0
"""Standard errors by which K'_ii must exceed 1/d, where nothing of the state is left."""


@dataclass(frozen=True)
class Diagonal:
    """Measured K'_ii (n,) and their standard errors (n,)."""

    values: Array
    errors: Array


@dataclass(frozen=True)
class Corrected:
    """Corrected entries (n, m) and their standard errors, to first order."""

    values: Array
    errors: Array


def survival(diagonal: Diagonal, n_qubits: int, rows: str = "row") -> Array:
    """1−λ_i = (K'_ii − 1/d)/(1 − 1/d), (n,); above 1 by chance only.

    Raises Refused where K'_ii − 1/d is less than 5 standard errors.
    """
    floor = 2.0**-n_qubits
    excess = diagonal.values - floor
    weak = np.flatnonzero(~(excess >= SIGNIFICANCE * diagonal.errors))
    if weak.size:
        i = int(weak[0])
        raise Refused(
            f"depolarising correction needs K'_ii − 1/d ≥ {SIGNIFICANCE:g} standard errors, found "
            f"K'_ii = {diagonal.values[i]:.4g} ± {diagonal.errors[i]:.2g}, 1/d = {floor:.4g}, in "
            f"{rows} {i}, too little in {weak.size} of {len(excess)}",
            "raise backend.shots, make the circuit shallower, or leave depolarising out of "
            "backend.corrections",
        )
    return excess / (1 - floor)


def correct(
    K: Array,  # (n, m)
    errors: Array,  # (n, m)
    rows: Diagonal,  # (n,)
    columns: Diagonal,  # (m,)
    n_qubits: int,
) -> Corrected:
    """K_ij = (K'_ij − λ_ij/d)/(1−λ_ij) of measured entries of different rows.

    Entries and both diagonals are taken as independent measurements, which they are unless row and
    column are the same; `correct_symmetric` is for those.

    Raises:
        Refused: a diagonal is too near to 1/d, see survival.
    """
    floor = 2.0**-n_qubits
    kept_rows = survival(rows, n_qubits)[:, None]
    kept_columns = survival(columns, n_qubits, "column")[None, :]
    kept = np.sqrt(kept_rows * kept_columns)
    values = (K - floor) / kept + floor
    # dK/dK'_ij = 1/(1-λ_ij) and dK/dK'_ii = -(K - 1/d)/2/(K'_ii - 1/d)
    relative = (rows.errors / (rows.values - floor))[:, None] ** 2
    relative = relative + (columns.errors / (columns.values - floor))[None, :] ** 2
    variance = (errors / kept) ** 2 + (values - floor) ** 2 / 4 * relative
    return Corrected(values, np.sqrt(variance))


def correct_symmetric(K: Array, errors: Array, n_qubits: int) -> Corrected:
    """The same of a symmetric (n, n) matrix with its own diagonal, which becomes 1 ± 0.

    On the diagonal the entry and both λ are one measurement and cancel exactly; elsewhere the three
    are independent. Raises Refused, see survival.
    """
    diagonal = Diagonal(np.diagonal(K).copy(), np.diagonal(errors).copy())
    found = correct(K, errors, diagonal, diagonal, n_qubits)
    np.fill_diagonal(found.values, 1.0)
    np.fill_diagonal(found.errors, 0.0)
    return found
