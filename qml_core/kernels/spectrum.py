"""Spectrum and concentration of a kernel matrix: what it can tell apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import DataError
from qml_core.kernels.psd import square, symmetrised

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Concentration:
    """Off-diagonal kernel values against those of Haar-random states of dimension d.

    For Haar-random states |⟨φ|φ'⟩|² has mean 1/d and variance (d−1)/(d²(d+1)); a kernel whose
    values sit there carries no trace of the data (Thanasilp et al., Nat. Commun. 15 (2024) 5200).
    """

    mean: float
    std: float
    minimum: float
    maximum: float
    haar: float
    haar_std: float
    count: int

    @property
    def shots_to_resolve(self) -> float:
        """Shots per circuit at which shot noise equals the spread of the values; inf without one.

        From the binomial standard deviation √(m(1−m)/shots) at the mean m of the values.
        """
        noise = max(self.mean * (1.0 - self.mean), 0.0)
        return noise / self.std**2 if self.std > 0.0 else float("inf")


def concentration(values: ArrayLike, dimension: int) -> Concentration:
    """Concentration of a kernel matrix (N, N), or of a sample (count,) of its off-diagonals.

    Args:
        dimension: d of the Hilbert space, 2ⁿ for n qubits; any size of integer.

    Raises:
        DataError: there is no off-diagonal value, one is not finite, or d < 1.
    """
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1:
        matrix = square(values)
        found = matrix[~np.eye(len(matrix), dtype=bool)]
    if found.size == 0 or not np.isfinite(found).all() or dimension < 1:
        raise DataError(
            f"concentration of {found.size} off-diagonal values in dimension {dimension}",
            "pass at least one finite value and a dimension of at least 1",
        )
    haar = 1 / dimension
    return Concentration(
        mean=float(found.mean()),
        std=float(found.std()),
        minimum=float(found.min()),
        maximum=float(found.max()),
        haar=haar,
        haar_std=haar * ((dimension - 1) / (dimension + 1)) ** 0.5,
        count=found.size,
    )


def eigenvalues(K: ArrayLike) -> Vector:
    """All eigenvalues (N,) of the symmetrised kernel matrix (N, N), largest first."""
    return np.linalg.eigvalsh(symmetrised(square(K)))[::-1].astype(np.float64)


def effective_dimension(values: ArrayLike) -> float:
    """Participation ratio (Σλ)²/Σλ² of eigenvalues (N,): N where they are equal, 1 where one rules.

    Equals tr(K)²/‖K‖²; negative eigenvalues count as 0. All zero gives 0.
    """
    positive = np.maximum(np.asarray(values, dtype=np.float64), 0.0)
    squares = float(np.sum(positive**2))
    return float(positive.sum() ** 2 / squares) if squares > 0.0 else 0.0


def numerical_rank(values: ArrayLike) -> int:
    """Number of eigenvalues (N,) above N·ε·λ_max."""
    found = np.asarray(values, dtype=np.float64)
    limit = len(found) * np.finfo(np.float64).eps * max(float(found.max(initial=0.0)), 0.0)
    return int(np.count_nonzero(found > limit))
