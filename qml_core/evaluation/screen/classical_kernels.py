"""The classical kernels that a quantum one is held against, each decomposed once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform

Array = NDArray[np.float64]

WIDTHS = tuple(2.0**k for k in range(-4, 8))
"""γ of the RBF kernels, over the median squared distance of two rows."""
DEGREES = (1, 2, 3)
"""Of the polynomial kernels (1 + x·x'/d)^p; 1 is the linear one."""


@dataclass(frozen=True)
class Decomposed:
    """A kernel of N rows scaled to trace N: its matrix (N, N), eigenvalues ≥ 0, eigenvectors."""

    matrix: Array
    values: Array
    vectors: Array


@dataclass(frozen=True)
class ClassicalKernel:
    """A kernel that costs no circuit.

    Args:
        name: in words, with its hyper-parameters.
        family: the classical model of a benchmark that has it.
    """

    name: str
    family: str
    kernel: Decomposed


def decomposed(K: Array) -> Decomposed:
    """The kernel K (N, N) of positive trace, with what rounding made negative set to zero."""
    matrix = 0.5 * (K + K.T) * (len(K) / np.trace(K))
    values, vectors = np.linalg.eigh(matrix)
    return Decomposed(matrix, np.maximum(values, 0.0), vectors)


def classical_kernels(raw: Array, X: Array) -> tuple[ClassicalKernel, ...]:
    """RBF kernels of all widths, linear and polynomial ones, of all features and of those in X.

    Args:
        raw: (n, D), what classical models learn from.
        X: (n, d), what the circuit sees; left out where it is the same.
    """
    of_all, of_seen = standardised(raw), standardised(X)
    found = tuple(_kernels(of_all, ""))
    if of_all.shape == of_seen.shape and np.allclose(of_all, of_seen):
        return found
    return (*found, *_kernels(of_seen, " on the features of the circuit"))


def standardised(X: Array) -> Array:
    """Zero mean and unit variance (n, d); a constant column becomes 0."""
    deviation = X.std(axis=0)
    scaled: Array = (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return scaled


def _kernels(Z: Array, where: str) -> Iterator[ClassicalKernel]:
    squared = squareform(pdist(Z, "sqeuclidean"))
    median = float(np.median(squared[~np.eye(len(Z), dtype=bool)])) or 1.0
    for width in WIDTHS:
        kernel = decomposed(np.exp(-(width / median) * squared))
        yield ClassicalKernel(f"RBF, γ = {width / median:.2g}{where}", "rbf_svm", kernel)
    products = 1.0 + Z @ Z.T / Z.shape[1]
    for degree in DEGREES:
        name = "linear" if degree == 1 else f"polynomial of degree {degree}"
        family = "linear" if degree == 1 else "poly_svm"
        yield ClassicalKernel(f"{name}{where}", family, decomposed(products**degree))
