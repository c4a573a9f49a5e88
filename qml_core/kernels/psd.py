"""Repair of kernel matrices that noise made indefinite, and the matching map of the test rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import DataError, SpecError
from qml_core.kernels.correlation import nearest_correlation, positive_part, rebuild

Matrix = NDArray[np.float64]

# Far above the rounding of single-precision states (1e-6), far below shot noise (1e-3).
_UNIT_DIAGONAL = 1e-5
LARGEST_REPAIRED = 4000
"""Rows up to which a whole matrix is decomposed: 128 MB, seconds of eigh on two cores."""

_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Repair:
    """A repaired kernel matrix and what was done to it.

    Args:
        matrix: the result (N, N), symmetric.
        method: the method asked for.
        applied: whether eigenvalues had to be repaired; False: `matrix` is the symmetrised input.
        lambda_min: smallest eigenvalue of the symmetrised input.
        frobenius_shift: ‖matrix − input‖ in the Frobenius norm, symmetrisation included.
        projection: V₊V₊ᵀ (N, N) where the test rows need it (clip, applied), else None.
        note: one sentence for the report.
    """

    matrix: Matrix
    method: str
    applied: bool
    lambda_min: float
    frobenius_shift: float
    projection: Matrix | None = None
    note: str = ""


def repair_psd(K: ArrayLike, method: str = "higham") -> Matrix:
    """Positive semi-definite version of a kernel matrix (N, N); see `repair`."""
    return repair(K, method).matrix


def repair(K: ArrayLike, method: str = "clip") -> Repair:
    """Symmetrise K (N, N), then repair it where λ_min < −N·ε·λ_max.

    higham: the nearest matrix with unit diagonal (Higham 2002), for unit-diagonal kernels only;
    clip: negative eigenvalues become 0, the nearest matrix of all (Higham, Linear Algebra Appl. 103
    (1988) 103); shift: K − λ_min·1; none: symmetrise only. A matrix that is positive semi-definite
    already is only symmetrised.

    Raises:
        DataError: K is not square, empty, complex or not finite.
        SpecError: unknown method, or higham asked of a kernel without unit diagonal.
    """
    given = square(K)
    symmetric = symmetrised(given)
    if method not in (*_METHODS, "none"):
        raise SpecError(f"psd repair {method!r}, known: {', '.join(_METHODS)}, none", "choose one")
    if method == "higham":
        _refuse_without_unit_diagonal(symmetric)
    values = np.asarray(np.linalg.eigvalsh(symmetric), dtype=np.float64)
    found = _untouched(symmetric, method, values)
    if method != "none" and not is_psd(values):  # only then are the vectors worth their time
        found = _METHODS[method](found, *np.linalg.eigh(symmetric))
    return replace(found, frobenius_shift=float(np.linalg.norm(found.matrix - given)))


def repair_within_reach(K: ArrayLike, method: str) -> Repair:
    """As `repair`; above LARGEST_REPAIRED rows only symmetrised: exact kernels need no more."""
    given = square(K)
    if len(given) <= LARGEST_REPAIRED:
        return repair(given, method)
    symmetric = symmetrised(given)
    return Repair(
        matrix=symmetric,
        method="none",
        applied=False,
        lambda_min=float("nan"),
        frobenius_shift=float(np.linalg.norm(symmetric - given)),
        note=f"{len(given):,} rows are above {LARGEST_REPAIRED:,}: neither checked nor repaired.",
    )


def repair_test_rows(done: Repair, K_test: ArrayLike) -> Matrix:
    """Test kernel (M, N) that matches a repaired training kernel (N, N).

    clip: K_test V₊V₊ᵀ, which maps a training row to its repaired row; shift, none: unchanged, since
    they alter no off-diagonal entry; higham: unchanged, since no such map exists (see `done.note`).

    Raises:
        DataError: the columns are not the N training samples, or an entry is not finite.
    """
    rows = _real(K_test)
    n = len(done.matrix)
    if rows.ndim != 2 or rows.shape[1] != n:
        raise DataError(
            f"test kernel of shape {rows.shape}, asked for (M, {n})",
            "one column per training sample, in the order of the training kernel",
        )
    _refuse_not_finite(rows, "test kernel")
    return rows if done.projection is None else rows @ done.projection


def is_psd(eigenvalues: NDArray[np.float64]) -> bool:
    """Whether λ_min ≥ −N·ε·λ_max for all N eigenvalues of a symmetric matrix."""
    return bool(eigenvalues.min() >= -rounding_slack(eigenvalues))


def rounding_slack(eigenvalues: NDArray[np.float64]) -> float:
    """N·ε·λ_max: how far rounding moves the eigenvalues of a symmetric matrix."""
    return float(len(eigenvalues) * _EPSILON * eigenvalues.max())


def square(K: ArrayLike) -> Matrix:
    """K as a finite real matrix (N, N) with N ≥ 1; raises DataError where it is none."""
    matrix = _real(K)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise DataError(
            f"kernel matrix of shape {matrix.shape}, asked for (N, N) with N ≥ 1",
            "pass the kernel of the training rows with themselves",
        )
    _refuse_not_finite(matrix, "kernel matrix")
    return matrix


def symmetrised(K: Matrix) -> Matrix:
    """(K + Kᵀ)/2, the nearest symmetric matrix; a symmetric K (N, N) comes back bit for bit."""
    return 0.5 * K + 0.5 * K.T


def _real(K: ArrayLike) -> Matrix:
    matrix = np.asarray(K)
    if matrix.dtype.kind not in "fiub":
        raise DataError(f"kernel of dtype {matrix.dtype}, asked for real numbers", "pass floats")
    return matrix.astype(np.float64)


def _refuse_not_finite(matrix: Matrix, what: str) -> None:
    bad = int(np.count_nonzero(~np.isfinite(matrix)))
    if bad:
        raise DataError(f"{what} with {bad} entries that are NaN or infinite", "compute it again")


def _refuse_without_unit_diagonal(K: Matrix) -> None:
    worst = float(np.abs(K.diagonal() - 1.0).max())
    if worst > _UNIT_DIAGONAL:
        raise SpecError(
            f"psd repair higham needs a unit diagonal, found one off by {worst:.2g} "
            f"(limit {_UNIT_DIAGONAL:g})",
            "use psd=clip",
        )


def _untouched(K: Matrix, method: str, values: NDArray[np.float64]) -> Repair:
    smallest = float(values.min())
    note = f"positive semi-definite as computed (smallest eigenvalue {smallest:.2g}), not repaired"
    if not is_psd(values):
        note = f"not positive semi-definite (smallest eigenvalue {smallest:.2g}), left so as asked"
    return Repair(K, method, False, smallest, 0.0, note=note)


def _clip(found: Repair, values: NDArray[np.float64], vectors: Matrix) -> Repair:
    positive = vectors[:, values > 0.0]
    note = f"{len(values) - positive.shape[1]} negative eigenvalues set to 0, test rows projected"
    return replace(
        found,
        matrix=_lifted(rebuild(values, vectors)),
        applied=True,
        projection=positive @ positive.T,
        note=f"{note} likewise (smallest eigenvalue {found.lambda_min:.2g})",
    )


def _shift(found: Repair, values: NDArray[np.float64], vectors: Matrix) -> Repair:
    shifted = found.matrix - found.lambda_min * np.eye(len(values))
    note = f"{-found.lambda_min:.2g} added to the diagonal, test rows as computed"
    return replace(found, matrix=_lifted(shifted), applied=True, note=note)


def _higham(found: Repair, values: NDArray[np.float64], vectors: Matrix) -> Repair:
    nearest = nearest_correlation(found.matrix)
    note = (
        f"nearest correlation matrix after {nearest.iterations} iterations"
        f"{'' if nearest.converged else f' (not converged, last change {nearest.change:.1g})'}; "
        "no map of the test rows matches it, they are as computed"
    )
    matrix = _unit_diagonal(_lifted(_unit_diagonal(positive_part(nearest.matrix))))
    return replace(found, matrix=matrix, applied=True, note=note)


_METHODS: dict[str, Callable[[Repair, NDArray[np.float64], Matrix], Repair]] = {
    "higham": _higham,
    "clip": _clip,
    "shift": _shift,
}


def _unit_diagonal(K: Matrix) -> Matrix:
    """D^(−1/2) K D^(−1/2): a congruence, so no eigenvalue changes its sign."""
    scale = 1.0 / np.sqrt(K.diagonal())
    scaled: Matrix = K * np.outer(scale, scale)
    np.fill_diagonal(scaled, 1.0)
    return scaled


def _lifted(K: Matrix) -> Matrix:
    """K, with the rounding of a repair (a few ε λ_max) lifted off its smallest eigenvalue."""
    values = np.linalg.eigvalsh(K).astype(np.float64)
    if is_psd(values):
        return K
    lift = 2.0 * (_EPSILON * float(abs(values[-1])) - float(values[0]))
    return K + lift * np.eye(len(K))
