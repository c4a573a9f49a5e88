"""How much of a model a kernel needs for these labels, and the error that this bounds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qml_core.errors import DataError
from qml_core.evaluation.screen.classical_kernels import Array, ClassicalKernel, Decomposed
from qml_core.evaluation.screen.difference import REGULARISATIONS
from qml_core.kernels.alignment import class_target, value_target
from qml_core.references import Task


@dataclass(frozen=True)
class Complexity:
    """Kernel ridge regression at the λ where the bound of its error is least.

    Args:
        s: yᵀ(K+λ)⁻¹K(K+λ)⁻¹y of targets with ‖y‖² = N, the squared norm of the model.
        bound: √(s/N) + λ‖(K+λ)⁻¹y‖/√N, of the expected error up to a constant and log N; 1 is
            what predicting the mean is worth.
    """

    s: float
    bound: float
    reg: float


def targets(task: Task, y: Array) -> Array:
    """Centred labels (N, c), a column a class, or values (N, 1); scaled to ‖y‖² = N.

    Raises:
        DataError: all are the same.
    """
    if len(np.unique(y)) < 2:
        raise DataError(
            f"a screen of {len(y)} rows with one and the same target, at least two are needed",
            "check the target column",
        )
    columns = y[:, None] if task == "regression" else (y[:, None] == np.unique(y)).astype(float)
    centred = columns - columns.mean(axis=0)
    scaled: Array = centred * (np.sqrt(len(y)) / np.linalg.norm(centred))
    return scaled


def complexity(kernel: Decomposed, y: Array) -> Complexity:
    """Huang et al., Nat. Commun. 12 (2021) 2631, eq. 5, with its training error.

    Args:
        y: (N, c) of `targets`.
    """
    squares = np.sum(np.square(kernel.vectors.T @ y), axis=1)[:, None]  # (N, 1)
    regs = np.array(REGULARISATIONS)
    inverse = 1.0 / (kernel.values[:, None] + regs)
    s = np.sum(kernel.values[:, None] * np.square(inverse) * squares, axis=0)
    error = np.sum(np.square(regs * inverse) * squares, axis=0)
    bound = np.sqrt(s / len(y)) + np.sqrt(error / len(y))
    best = int(np.argmin(bound))
    return Complexity(float(s[best]), float(bound[best]), REGULARISATIONS[best])


def least_complexity(
    kernels: Sequence[ClassicalKernel], y: Array
) -> tuple[Complexity, ClassicalKernel]:
    """Of the classical kernel with the least bound."""
    found = [complexity(kernel.kernel, y) for kernel in kernels]
    best = int(np.argmin([c.bound for c in found]))
    return found[best], kernels[best]


def alignment(K: Array, task: Task, y: Array) -> float:
    """Centred alignment of a kernel K (N, N) with labels or values y (N,), in [−1, 1].

    Cortes, Mohri & Rostamizadeh, JMLR 13 (2012) 795, definition 4; classes weigh alike.
    """
    n = len(y)
    target = (value_target(y) if task == "regression" else class_target(y, n)).centered()
    centred = K - K.mean(axis=0)
    centred -= centred.mean(axis=1, keepdims=True)
    size = float(np.linalg.norm(centred))
    if size <= n * np.finfo(np.float64).eps * float(np.linalg.norm(K)):
        return 0.0
    return target.inner(centred) / (size * target.norm())


def best_alignment(
    kernels: Sequence[ClassicalKernel], task: Task, y: Array
) -> tuple[float, ClassicalKernel]:
    """Of the classical kernel that is aligned best."""
    found = [alignment(kernel.kernel.matrix, task, y) for kernel in kernels]
    best = int(np.argmax(found))
    return found[best], kernels[best]
