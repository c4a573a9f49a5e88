"""Intervals of the mean over folds, by resampling the samples of the data set, not fold rows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.evaluation.intervals import percentile, resampled_rows
from qml_core.evaluation.judgement.fold_metrics import Array, fold_metrics
from qml_core.evaluation.judgement.weighted_metrics import weighted_metrics
from qml_core.evaluation.objectives.scores import Predicted
from qml_core.references import Task
from qml_core.references.artifacts import Interval
from qml_core.specs.benchmark import METRICS_OF, MetricName

_LIMITS: dict[str, tuple[float, float]] = {
    "log_loss": (0.0, math.inf),
    "r2": (-math.inf, 1.0),
    "rmse": (0.0, math.inf),
    "mae": (0.0, math.inf),
}


@dataclass(frozen=True)
class FoldPredictions:
    """What a model says of the held-out rows of one fold of one repeat."""

    repeat: int
    rows: NDArray[np.int64]
    """(m,) row numbers of the data set."""
    y_true: NDArray[Any]
    """(m,) labels 0 … C−1, or values."""
    predicted: Predicted


def sample_intervals(
    task: Task,
    folds: Sequence[FoldPredictions],
    n_classes: int,
    *,
    generator: np.random.Generator,
    draws: int = 1000,
) -> dict[MetricName, Interval]:
    """Mean over folds of each metric, with a 95 % interval over the samples.

    The repeats of a sample are no independent observations: each draw takes samples of the data
    set with replacement, and a sample brings its predictions in all repeats along (the cluster
    bootstrap, Field & Welsh, J. R. Stat. Soc. B 69 (2007) 369). Fitted models stay as they are:
    the interval says nothing of other training rows. A metric is averaged over the folds that
    give it. Fewer different rows in a draw bias what is not linear in them (r2, f1_macro), which
    the mean itself is not: the draws are moved so that their mean is the mean over folds.

    Args:
        folds: those that did not fail.
        n_classes: C; ignored in regression.
        generator: draws the samples; the same one gives the same intervals.
        draws: bootstrap samples.

    Raises:
        DataError: no fold, shapes that differ, NaN among predictions, or a row twice in a repeat.
    """
    _check(folds)
    whole = [fold_metrics(task, f.y_true, f.predicted, n_classes) for f in folds]
    resampled = _resampled(task, folds, n_classes, generator, draws)
    return {
        name: _interval(name, float(np.mean([m[name] for m in whole if name in m])), resampled)
        for name in METRICS_OF[task]
        if any(name in found for found in whole)
    }


def _resampled(
    task: Task,
    folds: Sequence[FoldPredictions],
    n_classes: int,
    generator: np.random.Generator,
    draws: int,
) -> dict[str, Array]:
    """Mean over folds of every metric in each draw, (draws,); NaN where no fold gives it."""
    samples, at = np.unique(np.concatenate([fold.rows for fold in folds]), return_inverse=True)
    columns = np.split(at, np.cumsum([len(fold.rows) for fold in folds])[:-1])
    metrics = [weighted_metrics(task, f.y_true, f.predicted, n_classes) for f in folds]
    names = dict.fromkeys(name for metric in metrics for name in metric)
    pieces: dict[str, list[Array]] = {name: [] for name in names}
    for weights in resampled_rows(len(samples), draws, generator):
        of_folds = [weights[:, rows] for rows in columns]
        for name in names:
            pairs = zip(metrics, of_folds, strict=True)
            values = [metric[name](drawn) for metric, drawn in pairs if name in metric]
            pieces[name].append(_mean_of_given(np.stack(values)))
    found = {name: np.concatenate(parts) for name, parts in pieces.items()}
    if task == "regression":
        known = np.where(found["spread"] > 0, found["spread"], np.nan)
        found["r2"] = 1.0 - found["squared"] / known
    return found


def _mean_of_given(values: Array) -> Array:
    """(folds, b) -> (b,): mean of what is not NaN."""
    there = ~np.isnan(values)
    total = np.where(there, values, 0.0).sum(axis=0)
    counts = there.sum(axis=0)
    mean: Array = np.full(len(total), np.nan)
    np.divide(total, counts, out=mean, where=counts > 0)
    return mean


def _interval(name: MetricName, value: float, resampled: Mapping[str, Array]) -> Interval:
    drawn = resampled[name]
    if np.isnan(drawn).all():
        return Interval(value=value)
    found = percentile(value, drawn + (value - np.nanmean(drawn)))
    if found.low is None or found.high is None:
        return Interval(value=value)
    least, most = _LIMITS.get(name, (0.0, 1.0))
    return Interval(value=value, low=max(least, found.low), high=min(most, found.high))


def _check(folds: Sequence[FoldPredictions]) -> None:
    if not folds:
        raise DataError("intervals of no fold asked", "pass one fold that did not fail")
    for fold in folds:
        if fold.rows.shape != fold.y_true.shape:
            raise DataError(
                f"{fold.rows.shape} row numbers for truth of shape {fold.y_true.shape}",
                "pass one row number of the data set per held-out row",
            )
    for repeat in {fold.repeat for fold in folds}:
        rows = np.concatenate([fold.rows for fold in folds if fold.repeat == repeat])
        if len(np.unique(rows)) < len(rows):
            raise DataError(
                f"a row is held out twice in repeat {repeat}", "pass each fold of a repeat once"
            )
