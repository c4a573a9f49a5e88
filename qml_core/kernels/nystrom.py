"""The Nyström approximation of a kernel matrix, K ≈ C W⁺ Cᵀ, and the error it makes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError, SpecError
from qml_core.kernels.landmarks import Columns, Indices, choose_landmarks
from qml_core.specs import BackendSpec, KernelSpec

Array = NDArray[np.float64]
Kernel = Callable[[Array, Array], Array]
"""Exact kernel of rows (n, d) with rows (m, d): (n, m)."""


@dataclass(frozen=True)
class NystromMap:
    """From the kernel with m landmarks to r features: Φ = C W^(−1/2).

    Williams & Seeger, NIPS 13 (2001), eq. 9-11; W⁺ leaves out the eigenvalues up to m·ε·λ_max.

    Args:
        normaliser: W^(−1/2) on the eigenvectors that are kept, (m, r).
        eigenvalues: of W, those that are kept, (r,), descending.
    """

    normaliser: Array
    eigenvalues: Array

    @property
    def landmarks(self) -> int:
        return len(self.normaliser)

    @property
    def rank(self) -> int:
        return len(self.eigenvalues)

    def features(self, C: Array) -> Array:
        """Φ (n, r) of the kernel C (n, m) of rows with the landmarks: Φ Φᵀ = C W⁺ Cᵀ."""
        features: Array = C @ self.normaliser
        return features


def nystrom_map(W: Array, epsilon: float = float(np.finfo(np.float64).eps)) -> NystromMap:
    """The map of landmarks whose kernel with one another is W (m, m).

    Args:
        epsilon: relative error of the entries: that of float32 where states have single precision.

    Raises:
        DataError: W is not square, not finite, or has no positive eigenvalue.
    """
    if W.ndim != 2 or W.shape[0] != W.shape[1] or not np.isfinite(W).all():
        raise DataError(f"kernel of the landmarks must be finite and square, found {W.shape}")
    values, vectors = np.linalg.eigh(0.5 * (W + W.T))
    kept = values > len(W) * epsilon * values[-1]
    if not kept.any():
        raise DataError(f"kernel of {len(W)} landmarks has no positive eigenvalue")
    values, vectors = values[kept][::-1], vectors[:, kept][:, ::-1]
    return NystromMap(vectors / np.sqrt(values), values)


def approximate(C: Array, W: Array) -> Array:
    """C W⁺ Cᵀ (n, n) of C (n, m) and W (m, m), exactly symmetric."""
    features = nystrom_map(W).features(C)
    return features @ features.T


def approximate_matrix(
    X: Array,  # (n, d)
    Y: Array | None,  # (k, d)
    kernel: KernelSpec,
    rng: np.random.Generator,
    exact: Kernel,
    epsilon: float,
) -> Array:
    """C W⁺ Cᵀ with landmarks: (n, n) of X, or (n, k) of X with Y and landmarks from Y's rows.

    So the matrix of new rows with the training rows has the landmarks of the training matrix.
    """
    rows = X if Y is None else Y
    landmarks, C = expand(rows, kernel, rng, exact)
    nystrom = nystrom_map(C[landmarks], epsilon)
    features = nystrom.features(C)
    if Y is None:
        return features @ features.T
    return nystrom.features(exact(X, rows[landmarks])) @ features.T


def expand(
    X: Array, kernel: KernelSpec, rng: np.random.Generator, exact: Kernel
) -> tuple[Indices, Array]:
    """Landmarks (m,) of X (n, d) as the kernel asks for them, and C (n, m)."""
    if kernel.landmarks is None:
        raise SpecError(f"landmarks of a {kernel.kind} kernel without any", "set landmarks")
    columns = columns_of(X, exact)
    landmarks = choose_landmarks(X, kernel.landmarks, kernel.landmark_choice, rng, columns)
    return landmarks, columns(landmarks)


def exact_kernel(kernel: KernelSpec) -> KernelSpec:
    """The kernel that landmarks approximate."""
    return kernel.model_copy(update={"landmarks": None, "landmark_choice": "kmeans"})


def entry_error(backend: BackendSpec) -> float:
    """Relative error of the entries of a matrix: of rounding, or of the shots."""
    if backend.shots is not None:
        averaged = backend.shots
        if backend.estimator == "randomised":  # bases differ more than shots
            averaged = min(averaged, backend.bases)
        return float(0.5 / np.sqrt(averaged))
    single = backend.precision == "single" or backend.storage == "float32"
    return float(np.finfo(np.float32 if single else np.float64).eps)


def columns_of(X: Array, kernel: Kernel) -> Columns:
    """K(X, X[indices]) as a function of the indices."""
    return lambda indices: kernel(X, X[indices])
