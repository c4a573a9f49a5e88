"""Cross-validation of one configuration, on folds that are the same for every other."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone

from qml_core.errors import DataError
from qml_core.evaluation.objectives.kernel_cache import KernelCache
from qml_core.evaluation.objectives.kernel_machines import (
    Chosen,
    Fold,
    fit_and_predict,
    matrix_of,
    score_matrices,
)
from qml_core.evaluation.objectives.networks import fit_network
from qml_core.evaluation.objectives.scores import Predicted, Scores, metric_for, score
from qml_core.kernels import kernel_matrix
from qml_core.models.selection import inner_splits
from qml_core.references import Task
from qml_core.specs import BackendSpec, ModelSpec

Array = NDArray[np.float64]
Model: TypeAlias = ModelSpec | BaseEstimator


def cross_validated(
    model: Model,
    X: ArrayLike,
    y: ArrayLike,
    *,
    task: Task,
    folds: int = 5,
    metric: str = "auto",
    seed: int = 0,
    backend: BackendSpec | None = None,
    cache: KernelCache | None = None,
) -> Scores:
    """A metric on each fold of X (n, d) and y (n,), labels or values.

    The kernel matrix of all rows is computed once, and cut into the folds. Of a model with several
    candidate bandwidths or C the best of them on these folds is scored.

    Args:
        model: of this project, or an estimator of scikit-learn, which is cloned.
        folds: at most; stratified, fewer where the smallest class has fewer rows.
        metric: auto: accuracy of classes, R² of values.
        seed: of the folds, of trainings and of the choice of landmarks.
        backend: an exact one; none: qml.batched.
        cache: kernel matrices of these rows, which grows; none: nothing is kept.

    Raises:
        DataError: too few rows, or a score that is not finite.
        SpecError: a metric that is not for the task or the model.
    """
    rows, labels, n_classes = _arrays(X, y, task)
    wanted, own = metric_for(metric, task), folds_of(labels, task, folds, seed)
    backend, cache = backend or BackendSpec(), {} if cache is None else cache
    if isinstance(model, ModelSpec) and not model.variational:
        found = choose(model, rows, labels, task, own, wanted, n_classes, seed, backend, cache)
        return finite(found.scores)
    values = np.empty(len(own))
    for k, (fit, held) in enumerate(own):
        said = _fit_predict(
            model, rows[fit], labels[fit], rows[held], task, n_classes, seed, backend
        )
        values[k] = score(wanted, labels[held], said, n_classes)
    return finite(Scores(values, float(values.mean())))


def held_out(
    model: Model,
    X: Array,
    y: Array,
    X_test: Array,
    *,
    task: Task,
    folds: int,
    metric: str,
    seed: int,
    backend: BackendSpec,
    cache: KernelCache,
) -> Predicted:
    """Fit on X (n, d), y (n,) labels 0 … C−1 or values; what it says of the rows X_test (m, d).

    Of several candidates of a kernel model the one that `cross_validated` has scored.
    """
    rows, labels, n_classes = _arrays(X, y, task)
    if not isinstance(model, ModelSpec) or model.variational:
        return _fit_predict(model, rows, labels, X_test, task, n_classes, seed, backend)
    own, wanted = folds_of(labels, task, folds, seed), metric_for(metric, task)
    chosen = choose(model, rows, labels, task, own, wanted, n_classes, seed, backend, cache)
    kernel = model.candidate_kernels()[chosen.candidate]
    K = matrix_of(kernel, rows, backend, seed, cache)
    K_test = kernel_matrix(X_test, rows, kernel, backend=backend, seed=seed)
    return fit_and_predict(K, K_test, labels, model, chosen.C, task)


def folds_of(y: NDArray[Any], task: Task, folds: int, seed: int) -> list[Fold]:
    """Rows to fit and rows to score of each fold; raises DataError where there are too few."""
    return list(inner_splits(y, task, folds, seed).split(np.zeros(len(y)), y))


def choose(
    model: ModelSpec,
    X: Array,
    y: NDArray[Any],
    task: Task,
    folds: Sequence[Fold],
    metric: str,
    n_classes: int,
    seed: int,
    backend: BackendSpec,
    cache: KernelCache,
) -> Chosen:
    """The best candidate kernel and C of a kernel model on the folds."""
    return score_matrices(
        (matrix_of(kernel, X, backend, seed, cache) for kernel in model.candidate_kernels()),
        y,
        model,
        task=task,
        folds=folds,
        metric=metric,
        n_classes=n_classes,
    )


def finite(scores: Scores) -> Scores:
    """The scores; raises DataError where one of them is NaN or infinite."""
    if np.isfinite(scores.values).all():
        return scores
    raise DataError(f"scores of the folds are not finite: {scores.values.tolist()}")


def _arrays(X: ArrayLike, y: ArrayLike, task: Task) -> tuple[Array, NDArray[Any], int]:
    """Rows, labels 0 … C−1 or values, and the number of classes, 0 of values."""
    rows = np.ascontiguousarray(X, dtype=np.float64)
    if task == "regression":
        return rows, np.asarray(y, dtype=np.float64), 0
    classes, labels = np.unique(np.asarray(y), return_inverse=True)
    if len(classes) < 2:
        raise DataError(
            f"training rows of {len(classes)} class found, at least 2 are needed",
            "give rows of other classes too",
        )
    return rows, labels.astype(np.int64), len(classes)


def _fit_predict(
    model: Model,
    X: Array,
    y: NDArray[Any],
    new: Array,
    task: Task,
    n_classes: int,
    seed: int,
    backend: BackendSpec,
) -> Predicted:
    if isinstance(model, ModelSpec):
        predict = fit_network(
            model, X, y, task=task, n_classes=n_classes, seed=seed, backend=backend
        )
        return predict(new)
    fitted = clone(model).fit(X, y)
    probabilities = fitted.predict_proba(new) if hasattr(fitted, "predict_proba") else None
    return Predicted(fitted.predict(new), probabilities, _second(probabilities))


def _second(probabilities: Array | None) -> Array | None:
    two = probabilities is not None and probabilities.shape[1] == 2
    return probabilities[:, 1] if two and probabilities is not None else None
