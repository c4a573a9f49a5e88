"""Kernel machines on the folds of one matrix: rows and columns are cut out, nothing is computed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.evaluation.objectives.kernel_cache import KernelCache
from qml_core.evaluation.objectives.scores import Predicted, Scores, score
from qml_core.kernels import kernel_matrix
from qml_core.kernels.psd import repair_test_rows, repair_within_reach
from qml_core.models.selection import estimator, linear_estimator
from qml_core.references import Task
from qml_core.specs import BackendSpec, KernelSpec, ModelSpec
from qml_core.specs.search import LOWER_IS_BETTER

Array = NDArray[np.float64]
Fold = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows to fit, rows to score."""

Sides = Callable[[Array, Fold, str], tuple[Array, Array]]
"""From what stands for all rows, what a machine is fitted on and what it predicts, of a fold."""


@dataclass(frozen=True)
class Chosen:
    """The best of a model's candidate kernels and penalties C, most often the only one."""

    candidate: int
    C: float
    scores: Scores


def score_matrices(
    matrices: Iterable[Array],
    y: NDArray[Any],
    model: ModelSpec,
    *,
    task: Task,
    folds: Sequence[Fold],
    metric: str,
    n_classes: int,
    features: bool = False,
) -> Chosen:
    """Cross-validation of every (matrix, C) of a model; the best mean, a tie to the earlier.

    Args:
        matrices: K (n, n) of each candidate kernel, which is repaired within each fold; held one
            at a time.
        features: they are features (n, r) of Nyström approximations instead.
    """
    machine, sides = (linear_estimator, _features) if features else (estimator, cut)
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    best: Chosen | None = None
    for candidate, whole in enumerate(matrices):
        cuts = [sides(whole, fold, model.psd) for fold in folds]
        for C in sorted(model.C):
            values = np.empty(len(folds))
            for k, ((fit, held), (own, cross)) in enumerate(zip(folds, cuts, strict=True)):
                fitted = machine(task, C, model.epsilon).fit(own, y[fit])
                found = Predicted(fitted.predict(cross))
                values[k] = score(metric, y[held], found, n_classes)
            scores = Scores(values, float(values.mean()))
            if best is None or sign * scores.mean > sign * best.scores.mean:
                best = Chosen(candidate, C, scores)
    assert best is not None
    return best


def matrix_of(
    kernel: KernelSpec, X: Array, backend: BackendSpec, seed: int, cache: KernelCache
) -> Array:
    """K (n, n) of rows X (n, d): found in the cache, or computed and put there."""
    if kernel not in cache:
        cache[kernel] = kernel_matrix(X, kernel=kernel, backend=backend, seed=seed)
    return cache[kernel]


def fit_and_predict(
    K: Array, K_test: Array, y: NDArray[Any], model: ModelSpec, C: float, task: Task
) -> Predicted:
    """Fit on K (n, n), repaired, and predict the rows of K_test (m, n)."""
    repaired = repair_within_reach(K, model.psd)
    fitted = estimator(task, C, model.epsilon).fit(repaired.matrix, y)
    cross = repair_test_rows(repaired, K_test)
    decided = fitted.decision_.scores(cross) if task == "classification" else None
    return Predicted(fitted.predict(cross), scores=decided)


def cut(K: Array, fold: Fold, psd: str) -> tuple[Array, Array]:
    """K(fit, fit), repaired, and K(held, fit) of a matrix (n, n)."""
    fit, held = fold
    repaired = repair_within_reach(K[np.ix_(fit, fit)], psd)
    return repaired.matrix, repair_test_rows(repaired, K[np.ix_(held, fit)])


def _features(F: Array, fold: Fold, psd: str) -> tuple[Array, Array]:
    fit, held = fold
    return F[fit], F[held]
