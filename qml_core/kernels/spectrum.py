"""Spectrum and concentration of a kernel matrix: what it can tell apart."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import DataError
from qml_core.kernels.psd import square, symmetrised

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Product = Callable[[Matrix], Matrix]

_DEPENDENT = 1e-10
"""A direction shorter than this share of its block is rounding of those already there."""


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


def leading_eigenvalues(
    product: Product, n: int, k: int = 100, *, tolerance: float = 1e-5, seed: int = 0
) -> Vector:
    """The largest eigenvalues (min(k, n),), largest first, of a symmetric matrix never held whole.

    Block Lanczos with full reorthogonalisation (Golub & Underwood 1977): a pass over the matrix
    multiplies a block of k vectors, so that a stored matrix is read a handful of times, and no copy
    of a repeated eigenvalue is missed.

    Args:
        product: K·V for V (n, b), for instance block by block from the store.
        n: samples.
        tolerance: accuracy, relative to the largest eigenvalue.
        seed: of the start vectors, so that equal matrices give equal digits.

    Raises:
        DataError: n or k is below 1.
    """
    if n < 1 or k < 1:
        raise DataError(f"{k} leading eigenvalues of {n} samples", "ask for at least 1 of 1")
    k = min(k, n)
    if n <= 3 * k:
        return eigenvalues(product(np.eye(n)))[:k]
    block = np.random.default_rng(seed).standard_normal((n, k))
    bases: list[Matrix] = []
    ritz, found = np.empty((0, 0)), np.full(k, np.inf)
    while True:
        block = _orthonormal(block, bases)
        if not block.shape[1]:  # the basis is invariant: nothing new can come
            return found
        bases.append(block)
        block = product(block)
        ritz = _bordered(ritz, np.vstack([basis.T @ block for basis in bases]))
        values = np.linalg.eigvalsh(ritz)[::-1]
        last, found = found, np.pad(values, (0, max(0, k - len(values))))[:k]
        if len(ritz) >= n or np.max(np.abs(found - last)) <= tolerance * abs(found[0]):
            return found


def _orthonormal(block: Matrix, bases: list[Matrix]) -> Matrix:
    """Directions of the block that the bases do not have; twice, since once leaves rounding."""
    scale = np.linalg.norm(block, axis=0).max(initial=0.0)
    room = len(block) - sum(basis.shape[1] for basis in bases)
    for _ in range(2):
        for basis in bases:
            block = block - basis @ (basis.T @ block)
        block, weights = np.linalg.qr(block)
        kept = np.abs(np.diag(weights)) > _DEPENDENT * scale
        block, scale = block[:, kept], 1.0
    return block[:, :room]


def _bordered(ritz: Matrix, column: Matrix) -> Matrix:
    """The projected matrix with a further block column, and its mirror image as a block row."""
    old, size = len(ritz), len(column)
    grown = np.empty((size, size))
    grown[:old, :old] = ritz
    grown[:, old:] = column
    grown[old:, :old] = column[:old].T
    grown[old:, old:] = symmetrised(column[old:])
    return grown


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
