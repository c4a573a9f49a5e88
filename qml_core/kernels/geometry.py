"""How far a quantum kernel could beat a classical one: geometric difference, model complexity.

Huang et al., Power of data in quantum machine learning, Nat. Commun. 12, 2631 (2021),
arXiv:2011.01938. A function that the quantum kernel learns with complexity s is learnt by the
classical one with at most g²·s; g ≪ √N leaves no room for a quantum advantage on these rows,
whatever their labels.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import DataError, SpecError
from qml_core.kernels.psd import is_psd, rounding_slack, square, symmetrised

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GeometricDifference:
    """Both terms of the geometric difference, dimensionless.

    Args:
        generalisation: √‖√Kq √Kc (Kc+λI)⁻² √Kc √Kq‖.
        training_error: λ √‖√Kq (Kc+λI)⁻² √Kq‖; 0 where λ = 0.
        reg: λ, for kernels of trace N.
    """

    generalisation: float
    training_error: float
    reg: float


def geometric_difference(Kq: ArrayLike, Kc: ArrayLike, reg: float = 0.0) -> float:
    """g(Kc‖Kq) of kernels (N, N) on the same rows; see `geometric_difference_terms`."""
    return geometric_difference_terms(Kq, Kc, reg).generalisation


def geometric_difference_terms(
    Kq: ArrayLike, Kc: ArrayLike, reg: float = 0.0
) -> GeometricDifference:
    """Generalisation and training-error term of g(Kc‖Kq), of kernels scaled to trace N.

    With y = √Kq v, ‖v‖² is the complexity of y under Kq. Ridge regression with Kc has complexity
    yᵀ(Kc+λI)⁻¹Kc(Kc+λI)⁻¹y and squared training residual λ²‖(Kc+λI)⁻¹y‖²; the terms are the square
    roots of the largest values of both over ‖v‖ = 1, in the spectral norm.

    Args:
        Kq: (N, N) quantum kernel, positive semi-definite up to rounding.
        Kc: (N, N) classical kernel of the same rows, likewise.
        reg: λ ≥ 0, for kernels of trace N.

    Raises:
        DataError: not two real square matrices of one size, no positive trace, negative
            eigenvalues beyond rounding, or Kc singular at λ = 0.
        SpecError: reg is negative or not finite.
    """
    _check_reg(reg)
    quantum, classical = _normalised(Kq, "quantum"), _normalised(Kc, "classical")
    if quantum.shape != classical.shape:
        raise DataError(
            f"geometric difference of kernels {quantum.shape} and {classical.shape}",
            "compute both on the same rows",
        )
    _positive(np.asarray(np.linalg.eigvalsh(quantum), dtype=np.float64), "quantum")
    values, vectors = _decomposed(classical, "classical", reg)
    inside = vectors.T @ quantum @ vectors
    inverse = 1.0 / (values + reg)
    return GeometricDifference(
        generalisation=_largest(inside, np.sqrt(values) * inverse),
        training_error=_largest(inside, reg * inverse) if reg else 0.0,
        reg=reg,
    )


def model_complexity(K: ArrayLike, y: ArrayLike, reg: float = 0.0) -> float:
    """s = yᵀ(K+λI)⁻¹K(K+λI)⁻¹y, the squared norm of the kernel ridge model that fits y.

    Complexities of several kernels compare where their traces are equal; K is taken as it is.

    Args:
        K: (N, N) kernel, positive semi-definite up to rounding.
        y: (N,) targets, or (N, c) several at once, whose complexities add up.
        reg: λ ≥ 0, in units of K.

    Raises:
        DataError: K as for the geometric difference, or y does not fit it.
        SpecError: reg is negative or not finite.
    """
    _check_reg(reg)
    kernel = symmetrised(square(K))
    targets = _targets(y, len(kernel))
    values, vectors = _decomposed(kernel, "given", reg)
    weights = np.sqrt(values) / (values + reg)
    return float(np.sum(np.square(weights[:, None] * (vectors.T @ targets))))


def _largest(inside: Array, scale: Array) -> float:
    """√λ_max of D A D for A = WᵀKqW, D = diag(scale): ‖MᵀM‖ = ‖MMᵀ‖, and no √Kq is needed."""
    scaled = scale[:, None] * symmetrised(inside) * scale
    return math.sqrt(max(0.0, float(np.linalg.eigvalsh(scaled)[-1])))


def _normalised(K: ArrayLike, name: str) -> Array:
    """The symmetrised kernel, scaled to trace N."""
    kernel = symmetrised(square(K))
    trace = float(np.trace(kernel))
    if not trace > 0.0:
        raise DataError(f"{name} kernel of trace {trace:.2g}, asked for a positive one")
    return kernel * (len(kernel) / trace)


def _decomposed(kernel: Array, name: str, reg: float) -> tuple[Array, Array]:
    """Eigenvalues ≥ 0 and eigenvectors; refused where K + λI cannot be inverted."""
    values, vectors = np.linalg.eigh(kernel)
    clipped = _positive(values, name)
    slack = rounding_slack(values)
    if reg == 0.0 and values[0] <= slack:
        raise DataError(
            f"{name} kernel of {len(values)} rows inverted with reg=0, but it is singular: "
            f"smallest eigenvalue {values[0]:.2g}, rounding {slack:.2g}",
            "pass reg > 0, for example 1e-6, or leave duplicate rows out",
        )
    return clipped, vectors


def _positive(values: Array, name: str) -> Array:
    """Eigenvalues with those that rounding made negative set to zero."""
    if not is_psd(values):
        raise DataError(
            f"{name} kernel with smallest eigenvalue {values.min():.2g}, asked for none below "
            f"{-rounding_slack(values):.2g}",
            "repair it first with qml_core.kernels.repair_psd",
        )
    return np.maximum(values, 0.0)


def _targets(y: ArrayLike, n: int) -> Array:
    """y as (N, c)."""
    targets = np.asarray(y)
    if targets.dtype.kind not in "fiub" or targets.ndim not in (1, 2) or len(targets) != n:
        raise DataError(
            f"y of shape {targets.shape} and type {targets.dtype} for a kernel of {n} rows",
            f"pass numbers of shape ({n},) or ({n}, columns)",
        )
    columns = targets.astype(np.float64).reshape(n, -1)
    if not np.isfinite(columns).all():
        raise DataError("y has entries that are NaN or infinite", "leave those rows out")
    return columns


def _check_reg(reg: float) -> None:
    if not (math.isfinite(reg) and reg >= 0.0):
        raise SpecError(f"reg={reg} asked for, the least is 0", "pass a finite number from 0 up")
