"""Choosing among the configurations of one contestant on the inner folds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from qml_core.errors import DataError
from qml_core.evaluation.contestants.outputs import Outputs
from qml_core.evaluation.contestants.platt import Platt, fit_platt
from qml_core.evaluation.contestants.rows import Target
from qml_core.evaluation.objectives.kernel_machines import Fold
from qml_core.evaluation.objectives.scores import Predicted, score
from qml_core.specs.benchmark import MetricName
from qml_core.specs.search import LOWER_IS_BETTER
from qml_core.specs.space import Value

Array = NDArray[np.float64]
Configuration = dict[str, Value]
Held = list[Outputs]
"""Of the rows that are held out in each inner fold, by the machine fitted on the others."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Learner:
    """One contestant on the rows of one outer fold."""

    count: int
    """Of its configurations."""
    trials: Callable[[Sequence[Fold]], Iterator[tuple[Configuration, Held | None]]]
    """Each configuration on all inner folds; none: its training has diverged."""
    tested: Callable[[Configuration], Outputs]
    """Of the held-out rows of the outer fold, fitted on all training rows."""


@dataclass(frozen=True, eq=False)
class Tuning:
    """The best configuration, a tie to the earlier, and the scores of all."""

    configuration: Configuration
    score: float
    scores: Array
    """(configurations,) means of the inner folds; NaN: diverged."""
    platt: Platt | None
    """Of the chosen configuration's decision values of held-out rows; none: no need."""


def tune(
    learner: Learner,
    target: Target,
    folds: Sequence[Fold],
    metric: MetricName,
    progress: Progress | None = None,
) -> Tuning:
    """Score all configurations on the inner folds.

    Args:
        progress: called with (configurations done, configurations in all).

    Raises:
        DataError: no configuration has a score.
    """
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    best: tuple[float, Configuration, Held] | None = None
    scores: list[float] = []
    for configuration, held in learner.trials(folds):
        scores.append(float("nan") if held is None else mean_score(held, target, folds, metric))
        better = best is None or sign * scores[-1] > sign * best[0]
        if held is not None and better and np.isfinite(scores[-1]):
            best = scores[-1], configuration, held
        if progress:
            progress(len(scores), learner.count)
    if best is None:
        raise DataError(
            f"none of {len(scores)} configurations has a finite {metric} on the inner folds",
            "use another metric, or look at the model and its data",
        )
    found, configuration, held = best
    return Tuning(configuration, found, np.array(scores), platt_of(held, target, folds))


def platt_of(held: Held, target: Target, folds: Sequence[Fold]) -> Platt | None:
    """Probabilities of the decision values of held-out rows; none where none are needed."""
    if target.task == "regression" or held[0].decision is None:
        return None
    return _platt_on(held, target, folds, range(len(folds)))


def mean_score(held: Held, target: Target, folds: Sequence[Fold], metric: MetricName) -> float:
    """Mean over the inner folds; NaN where one of them cannot give the metric.

    Where the metric asks for probabilities and there are decision values only, those of a fold
    come from a logistic fit to the other folds.
    """
    n_classes = len(target.classes)
    values = np.empty(len(folds))
    for k, (_, rows) in enumerate(folds):
        platt = None
        if held[k].decision is not None and _needs_probabilities(metric, n_classes):
            platt = _platt_on(held, target, folds, [j for j in range(len(folds)) if j != k])
        values[k] = _score(metric, target.y[rows], held[k].predicted(platt), n_classes)
    return float(values.mean())


def _needs_probabilities(metric: MetricName, n_classes: int) -> bool:
    return metric == "log_loss" or (metric == "roc_auc" and n_classes > 2)


def _platt_on(held: Held, target: Target, folds: Sequence[Fold], chosen: Sequence[int]) -> Platt:
    decisions = [held[k].decision for k in chosen]
    rows = np.concatenate([folds[k][1] for k in chosen])
    return fit_platt(np.concatenate([d for d in decisions if d is not None]), target.y[rows])


def _score(metric: MetricName, y: Array, predicted: Predicted, n_classes: int) -> float:
    if metric != "roc_auc":
        return score(metric, y, predicted, n_classes)
    if len(np.unique(y)) < n_classes:
        return float("nan")
    if n_classes == 2:
        return float(roc_auc_score(y, predicted.scores))
    return float(roc_auc_score(y, predicted.probabilities, multi_class="ovr", average="macro"))
