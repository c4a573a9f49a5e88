"""The geometric difference to the nearest of many classical kernels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qml_core.evaluation.screen.classical_kernels import Array, ClassicalKernel, Decomposed
from qml_core.kernels.geometry import geometric_difference_terms

REGULARISATIONS = (1e-4, 1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0)
"""λ, for kernels of trace N."""
MOST_TRAINING_ERROR = 0.1
"""Of √N: what regularisation may cost, or a large λ would make any difference vanish."""

_POWERS = 30


@dataclass(frozen=True)
class LeastDifference:
    """g(Kc‖Kq) at the kernel and λ where it is least, and its training-error term."""

    g: float
    training_error: float
    reg: float
    kernel: ClassicalKernel


def least_difference(quantum: Decomposed, kernels: Sequence[ClassicalKernel]) -> LeastDifference:
    """The least g over classical kernels and λ whose training-error term is at most 0.1·√N.

    Huang et al., Nat. Commun. 12 (2021) 2631. Candidates are compared by power iteration, the
    winner is computed exactly. Where no λ keeps the training error, the least of both terms' sum.
    """
    limit = MOST_TRAINING_ERROR * np.sqrt(len(quantum.matrix))
    terms = [_terms(quantum, kernel.kernel) for kernel in kernels]
    g, errors = (np.array([pair[i] for pair in terms]) for i in (0, 1))  # (kernels, λ)
    allowed = errors <= limit
    rated = np.where(allowed, g, np.inf) if allowed.any() else g + errors
    i, j = np.unravel_index(int(np.argmin(rated)), rated.shape)
    best, reg = kernels[int(i)], REGULARISATIONS[int(j)]
    exact = geometric_difference_terms(quantum.matrix, best.kernel.matrix, reg)
    return LeastDifference(exact.generalisation, exact.training_error, reg, best)


def _terms(quantum: Decomposed, classical: Decomposed) -> tuple[Array, Array]:
    """Both terms for every λ: (λ,) and (λ,), from below."""
    inside = classical.vectors.T @ quantum.matrix @ classical.vectors
    regs = np.array(REGULARISATIONS)
    inverse = 1.0 / (classical.values[:, None] + regs)  # (N, λ)
    scales = np.hstack([np.sqrt(classical.values)[:, None] * inverse, regs * inverse])
    norms = np.sqrt(_largest(inside, scales))
    return norms[: len(regs)], norms[len(regs) :]


def _largest(inside: Array, scales: Array) -> Array:
    """Largest eigenvalue of D A D for each diagonal D (N, m), by power iteration: (m,).

    It starts at the column with the largest diagonal entry, so that it is never below that.
    """
    diagonal = np.square(scales) * np.diag(inside)[:, None]
    vectors = np.zeros_like(scales)
    vectors[np.argmax(diagonal, axis=0), np.arange(scales.shape[1])] = 1.0
    largest = np.zeros(scales.shape[1])
    for _ in range(_POWERS):
        image = scales * (inside @ (scales * vectors))
        largest = np.linalg.norm(image, axis=0)
        vectors = image / np.where(largest > 0, largest, 1.0)
    return largest
