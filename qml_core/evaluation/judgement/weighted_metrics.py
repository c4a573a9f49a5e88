"""Metrics of one fold as functions of how often each of its rows is drawn."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.evaluation.judgement.fold_metrics import Array, rankings
from qml_core.evaluation.objectives.scores import Predicted
from qml_core.references import Task

Weighted = Callable[[Array], Array]
"""Weights (b, m) to metric (b,); NaN where the rows drawn do not give it."""


def weighted_metrics(
    task: Task, y_true: NDArray[Any], predicted: Predicted, n_classes: int
) -> dict[str, Weighted]:
    """Those of `fold_metrics` that the predictions allow; with weights 1 they are the same.

    In place of r2 the mean square of the errors, `squared`, and the `spread` of the truth: r2 is
    1 − squared/spread. Few rows drawn with replacement can be nearly alike, and then a ratio of
    one fold has no bounds; that of the means over folds has.
    """
    if task == "regression":
        return _of_values(np.asarray(y_true, np.float64), np.asarray(predicted.y, np.float64))
    truth = np.asarray(y_true).astype(np.int64)
    found = _of_labels(truth, np.asarray(predicted.y).astype(np.int64), n_classes)
    ranked = rankings(predicted, n_classes)
    if ranked:
        areas = [_area(truth == k, values) for k, values in ranked.items()]
        found["roc_auc"] = lambda weights: np.mean([area(weights) for area in areas], axis=0)
    if predicted.probabilities is not None:
        losses = _log_losses(truth, np.asarray(predicted.probabilities, np.float64))
        found["log_loss"] = lambda weights: _ratio(weights @ losses, weights.sum(axis=1))
    return found


def _of_labels(
    truth: NDArray[np.int64], labels: NDArray[np.int64], n_classes: int
) -> dict[str, Weighted]:
    true, said = np.eye(n_classes)[truth], np.eye(n_classes)[labels]
    hits = true * said

    def balanced(weights: Array) -> Array:
        return _mean_ratio(weights @ hits, weights @ true)

    def f1(weights: Array) -> Array:
        return _mean_ratio(2 * (weights @ hits), weights @ (true + said))

    right = hits.sum(axis=1)
    return {
        "accuracy": lambda weights: _ratio(weights @ right, weights.sum(axis=1)),
        "balanced_accuracy": balanced,
        "f1_macro": f1,
    }


def _of_values(truth: Array, values: Array) -> dict[str, Weighted]:
    errors = truth - values
    offset = truth - truth.mean()  # sums of squares of large targets would cancel

    def squared(weights: Array) -> Array:
        return _ratio(weights @ errors**2, weights.sum(axis=1))

    def spread(weights: Array) -> Array:
        n = weights.sum(axis=1)
        second = _ratio(weights @ offset**2, n)
        found = second - _ratio(weights @ offset, n) ** 2
        # One row drawn several times has a spread of rounding only.
        return np.where(found <= 1e-12 * second, 0.0, found)

    return {
        "squared": squared,
        "spread": spread,
        "rmse": lambda weights: np.sqrt(squared(weights)),
        "mae": lambda weights: _ratio(weights @ np.abs(errors), weights.sum(axis=1)),
    }


def _area(positive: NDArray[np.bool_], values: Array) -> Weighted:
    """P(value⁺ > value⁻) + P(equal)/2, the Mann-Whitney statistic."""
    order = np.argsort(values, kind="stable")
    groups = np.flatnonzero(np.r_[True, np.diff(values[order]) > 0])
    up, down = positive[order].astype(np.float64), (~positive)[order].astype(np.float64)

    def area(weights: Array) -> Array:
        ordered = weights[:, order]
        ups = np.add.reduceat(ordered * up, groups, axis=1)
        downs = np.add.reduceat(ordered * down, groups, axis=1)
        below = np.cumsum(downs, axis=1) - 0.5 * downs
        return _ratio((ups * below).sum(axis=1), ups.sum(axis=1) * downs.sum(axis=1))

    return area


def _log_losses(truth: NDArray[np.int64], probabilities: Array) -> Array:
    """−ln of the probability of each row's class (m,), kept away from 0 as scikit-learn does."""
    least = np.finfo(probabilities.dtype).eps
    own = probabilities[np.arange(len(truth)), truth]
    losses: Array = -np.log(np.clip(own, least, 1.0 - least))
    return losses


def _mean_ratio(part: Array, whole: Array) -> Array:
    """Mean over the classes whose `whole` (b, C) is not 0 of part/whole; NaN where all are."""
    ratios = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return _ratio(ratios.sum(axis=1), np.count_nonzero(whole, axis=1).astype(np.float64))


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
