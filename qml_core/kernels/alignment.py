"""How well a kernel matrix agrees with the labels, before any model is trained."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import DataError
from qml_core.kernels.psd import square

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """T = W S Wᵀ without its N² entries: W (N, C) weighted class indicators, S (C, C) the target
    of two classes, 1 on the diagonal and −1/(C−1) off it (for C = 2: y yᵀ with y = ±1)."""

    indicators: Matrix
    between: Matrix

    def inner(self, K: Matrix) -> float:
        return float(np.sum(self.between * (self.indicators.T @ K @ self.indicators)))

    def norm(self) -> float:
        overlap = self.indicators.T @ self.indicators @ self.between
        return float(np.sqrt(max(np.trace(overlap @ overlap), 0.0)))

    def centered(self) -> "Target":
        """HTH with H = 1 − 11ᵀ/N."""
        return Target(self.indicators - self.indicators.mean(axis=0), self.between)


def target_alignment(
    K: ArrayLike, y: ArrayLike, *, centered: bool = False, rescale: bool = True
) -> float:
    """Kernel-target alignment ⟨K, T⟩ / (‖K‖ ‖T‖) of K (N, N) with the labels y (N,), in [−1, 1].

    Two classes: T = y yᵀ with y = ±1 whatever the two label values are, as
    `pennylane.kernels.target_alignment` (Cristianini et al., NIPS 14 (2001)); C classes: T_ij = 1
    within and −1/(C−1) between classes, the Gram matrix of a simplex with a vertex per class. A
    kernel with nothing left to align (zero, or constant and centred) gives 0.

    Args:
        centered: centre both matrices in feature space (Cortes, Mohri & Rostamizadeh, JMLR 13
            (2012) 795, definition 4): K → HKH with H = 1 − 11ᵀ/N.
        rescale: divide each label by the size of its class, so that no class outweighs another.

    Raises:
        DataError: K is no kernel matrix, y does not fit it or holds one class only.
    """
    matrix = square(K)
    target = class_target(y, len(matrix), rescale)
    size = float(np.linalg.norm(matrix))
    if centered:
        matrix, target = _centered(matrix), target.centered()
    left = float(np.linalg.norm(matrix))
    if left <= len(matrix) * np.finfo(np.float64).eps * size:
        return 0.0
    return target.inner(matrix) / (left * target.norm())


def polarity(K: ArrayLike, y: ArrayLike, *, centered: bool = False, rescale: bool = True) -> float:
    """Kernel polarity ⟨K, T⟩ (Baram 2005), the numerator of `target_alignment`; same arguments."""
    matrix = square(K)
    target = class_target(y, len(matrix), rescale)
    return target.centered().inner(matrix) if centered else target.inner(matrix)


def class_target(y: ArrayLike, n: int, rescale: bool = True) -> Target:
    """T of `target_alignment`; raises DataError where y is not (n,) or holds one class only."""
    labels = np.asarray(y)
    if labels.shape != (n,):
        raise DataError(
            f"labels of shape {labels.shape} for a kernel of {n} samples", "pass one label per row"
        )
    classes, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if len(classes) < 2:
        raise DataError(f"alignment needs two classes, found only {classes[0]}", "check the target")
    between = np.full((len(classes), len(classes)), -1.0 / (len(classes) - 1))
    np.fill_diagonal(between, 1.0)
    indicators = np.eye(len(classes))[codes]
    return Target(indicators / sizes if rescale else indicators, between)


def value_target(y: NDArray[np.float64]) -> Target:
    """T = y yᵀ of centred values y (n,), for regression."""
    return Target(np.asarray(y - np.mean(y), dtype=np.float64)[:, None], np.ones((1, 1)))


def _centered(K: Matrix) -> Matrix:
    centered: Matrix = K - K.mean(axis=0)
    centered -= centered.mean(axis=1, keepdims=True)
    return centered
