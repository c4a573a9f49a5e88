"""The nearest correlation matrix: alternating projections with Dykstra's correction."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Nearest:
    """What the iteration ended with.

    `matrix` (N, N) is the last iterate with unit diagonal; its smallest eigenvalue may still be
    negative by about `change`. `change` is the largest relative change of the last step.
    """

    matrix: Matrix
    iterations: int
    change: float
    converged: bool


def nearest_correlation(
    A: Matrix, *, tolerance: float = 1e-8, max_iterations: int = 1000
) -> Nearest:
    """Correlation matrix nearest to a symmetric A (N, N) in the Frobenius norm.

    Higham, IMA J. Numer. Anal. 22 (2002) 329, algorithm 3.3 with unit weights: the correction of
    Dykstra is what makes the limit the nearest point and not just some correlation matrix.
    """
    Y = A
    correction = np.zeros_like(A)
    change = np.inf
    for iteration in range(1, max_iterations + 1):
        shifted = Y - correction
        X = positive_part(shifted)
        correction = X - shifted
        previous, Y = Y, X.copy()
        np.fill_diagonal(Y, 1.0)
        size = float(np.linalg.norm(Y))
        change = max(float(np.linalg.norm(Y - Z)) / size for Z in (previous, X))
        if change <= tolerance:
            return Nearest(Y, iteration, change, converged=True)
    return Nearest(Y, max_iterations, change, converged=False)


def positive_part(A: Matrix) -> Matrix:
    """Nearest positive semi-definite matrix to a symmetric A (N, N): V max(Λ, 0) Vᵀ."""
    values, vectors = np.linalg.eigh(A)
    return rebuild(np.maximum(values, 0.0), vectors)


def rebuild(values: NDArray[np.float64], vectors: Matrix) -> Matrix:
    """V diag(λ) Vᵀ for λ ≥ 0 (N,) and V (N, N), exactly symmetric."""
    kept = values > 0.0
    half = vectors[:, kept] * np.sqrt(values[kept])
    return half @ half.T
