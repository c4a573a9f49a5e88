"""Held-out metrics with 95 % intervals, for one split and over all of them."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import DataError
from qml_core.evaluation.intervals import (
    Array,
    Metric,
    corrected_t,
    percentile,
    resampled_rows,
    wilson,
)
from qml_core.references import Task

__all__ = ["Metric", "confusion", "evaluate", "over_splits"]


def evaluate(
    task: Task,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    scores: ArrayLike | None = None,
    classes: Sequence[object] | None = None,
    *,
    generator: np.random.Generator,
    draws: int = 1000,
) -> dict[str, Metric]:
    """Metrics of predictions y_pred (n,) for the held-out truth y_true (n,).

    Classification: accuracy (Wilson), balanced_accuracy, f1_macro, and roc_auc where there are two
    classes and scores; regression: r2, rmse, mae. All but accuracy with percentile bootstrap
    intervals over the rows. Definitions as in scikit-learn: r2 of a truth without spread is 1
    where every prediction is exact, else 0; classes without a true row do not count in
    balanced_accuracy, classes that occur nowhere not in f1_macro.

    Args:
        scores: (n,) of the second class, growing with its likelihood; another shape is ignored.
        classes: labels in order; None: those that occur, sorted.
        generator: draws the resamples.
        draws: bootstrap resamples.

    Raises:
        DataError: lengths differ, no row, a value that is not finite, or a label not in `classes`.
    """
    truth, predicted = _pair(y_true, y_pred)
    if task == "regression":
        return _regression(truth, predicted, generator, draws)
    labels = np.unique(np.concatenate([truth, predicted])) if classes is None else classes
    true_codes, codes = _codes(truth, labels), _codes(predicted, labels)
    counts = confusion(true_codes, codes, len(labels))
    found = {
        "accuracy": wilson(int(np.trace(counts)), len(truth)),
        **_of_counts(counts, generator, draws),
    }
    ranked = None if scores is None else np.asarray(scores)
    two = len(labels) == 2 and len(np.unique(true_codes)) == 2
    if two and ranked is not None and ranked.shape == truth.shape:
        found["roc_auc"] = _roc_auc(true_codes == 1, _finite(ranked, "scores"), generator, draws)
    return found


def confusion(y_true: ArrayLike, y_pred: ArrayLike, n_classes: int) -> NDArray[np.int64]:
    """Counts (C, C) of class indices 0 … C−1: true classes in rows, predicted in columns.

    Raises:
        DataError: lengths differ, no row, or an index outside 0 … C−1.
    """
    truth, predicted = _pair(y_true, y_pred)
    for side in (truth, predicted):
        if not np.isin(side, np.arange(n_classes)).all():
            raise DataError(
                f"class indices {np.unique(side)[:5].tolist()} with {n_classes} classes",
                f"pass whole numbers from 0 to {n_classes - 1}",
            )
    flat = truth.astype(np.int64) * n_classes + predicted.astype(np.int64)
    return np.bincount(flat, minlength=n_classes**2).reshape(n_classes, n_classes)


def over_splits(
    values: Sequence[float],
    n_train: int,
    n_test: int,
    *,
    limits: tuple[float, float] = (-math.inf, math.inf),
) -> Metric:
    """Mean over splits with the corrected resampled t interval; see `intervals.corrected_t`.

    One split, or splits that all agree, have no spread to judge by: low and high are None.
    """
    return corrected_t(values, n_train, n_test, limits=limits).mean


def _of_counts(
    counts: NDArray[np.int64], generator: np.random.Generator, draws: int
) -> dict[str, Metric]:
    """Resampling rows is resampling the cells of the confusion matrix: multinomial, and quick."""
    n = int(counts.sum())
    drawn = generator.multinomial(n, counts.ravel() / n, size=draws).reshape(-1, *counts.shape)
    whole = counts[np.newaxis]
    return {
        name: percentile(float(statistic(whole)[0]), statistic(drawn))
        for name, statistic in (("balanced_accuracy", _balanced), ("f1_macro", _f1_macro))
    }


def _balanced(counts: NDArray[np.int64]) -> Array:  # (b, C, C) -> (b,)
    hits = np.diagonal(counts, axis1=1, axis2=2)
    return _mean_ratio(hits, counts.sum(axis=2))


def _f1_macro(counts: NDArray[np.int64]) -> Array:  # (b, C, C) -> (b,)
    hits = np.diagonal(counts, axis1=1, axis2=2)
    return _mean_ratio(2 * hits, counts.sum(axis=1) + counts.sum(axis=2))


def _mean_ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Array:
    """Mean over the classes whose `whole` (b, C) is not 0 of part/whole."""
    ratios = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
    mean: Array = ratios.sum(axis=1) / np.count_nonzero(whole, axis=1)
    return mean


def _roc_auc(
    positive: NDArray[np.bool_], scores: Array, generator: np.random.Generator, draws: int
) -> Metric:
    """P(score⁺ > score⁻) + P(equal)/2, the Mann–Whitney statistic of each resample."""
    order = np.argsort(scores, kind="stable")
    positive, ranked = positive[order], scores[order]
    groups = np.flatnonzero(np.r_[True, np.diff(ranked) > 0])

    def statistic(weights: Array) -> Array:  # (b, n) -> (b,)
        ups = np.add.reduceat(weights[:, order] * positive, groups, axis=1)
        downs = np.add.reduceat(weights[:, order] * ~positive, groups, axis=1)
        below = np.cumsum(downs, axis=1) - 0.5 * downs
        pairs = ups.sum(axis=1) * downs.sum(axis=1)
        area: Array = np.full(len(weights), np.nan)
        np.divide((ups * below).sum(axis=1), pairs, out=area, where=pairs > 0)
        return area

    n = len(scores)
    resampled = [statistic(weights) for weights in resampled_rows(n, draws, generator)]
    return percentile(float(statistic(np.ones((1, n)))[0]), np.concatenate(resampled))


def _regression(
    truth: NDArray[np.generic],
    predicted: NDArray[np.generic],
    generator: np.random.Generator,
    draws: int,
) -> dict[str, Metric]:
    y = _finite(truth, "y_true")
    errors = y - _finite(predicted, "y_pred")
    n = len(y)
    offset = y - y.mean()  # sums of squares of large targets would cancel
    sums = np.column_stack([errors**2, np.abs(errors), offset, offset**2])

    def statistics(weights: Array) -> Array:  # (b, n) -> (b, 3): r2, rmse, mae
        squared, absolute, first, second = (weights @ sums).T
        spread = second - first**2 / n
        # A resample of one row drawn n times has a spread of rounding only.
        known = spread > 1e-12 * second
        missed = np.divide(squared, spread, out=np.full(len(weights), np.nan), where=known)
        found: Array = np.column_stack([1.0 - missed, np.sqrt(squared / n), absolute / n])
        return found

    point = statistics(np.ones((1, n)))[0]
    resampled = np.concatenate([statistics(w) for w in resampled_rows(n, draws, generator)])
    names = ("r2", "rmse", "mae")
    point[0] = float(not errors.any()) if np.isnan(point[0]) else point[0]
    return {name: percentile(float(point[k]), resampled[:, k]) for k, name in enumerate(names)}


def _pair(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    truth, predicted = np.asarray(y_true), np.asarray(y_pred)
    if truth.ndim != 1 or truth.shape != predicted.shape or truth.size == 0:
        raise DataError(
            f"truth of shape {truth.shape} and predictions of shape {predicted.shape}",
            "pass two arrays of the same length n ≥ 1",
        )
    return truth, predicted


def _finite(values: NDArray[np.generic], what: str) -> Array:
    found = values.astype(np.float64)
    if not np.isfinite(found).all():
        raise DataError(f"{what} with NaN or infinite values", "check the model's predictions")
    return found


def _codes(
    labels: NDArray[np.generic], classes: Sequence[object] | NDArray[np.generic]
) -> NDArray[np.int64]:
    index = {label: code for code, label in enumerate(np.asarray(classes).tolist())}
    unknown = sorted({str(label) for label in labels.tolist() if label not in index})
    if unknown:
        raise DataError(f"label {unknown[0]!r}, known: {list(index)[:10]}", "pass all classes")
    return np.array([index[label] for label in labels.tolist()], dtype=np.int64)
