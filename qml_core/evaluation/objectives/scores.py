"""Metrics of a trial, by name, from predictions and, for the log loss, probabilities."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from qml_core.errors import SpecError
from qml_core.references import Task

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Predicted:
    """What a model says of some rows."""

    y: NDArray[Any]
    """(m,) labels 0 … C−1, or values."""
    probabilities: Array | None = None
    """(m, C), where the model has any."""
    scores: Array | None = None
    """(m,), growing with the likelihood of the second of two classes."""


@dataclass(frozen=True)
class Scores:
    """A metric on each fold (folds,), and its mean."""

    values: Array
    mean: float


def metric_for(metric: str, task: Task) -> str:
    """The metric that `auto` stands for; raises SpecError where it is not for the task."""
    if metric == "auto":
        return "accuracy" if task == "classification" else "r2"
    own = _CLASSES if task == "classification" else _VALUES
    if metric not in own and (metric, task) != ("log_loss", "classification"):
        raise SpecError(
            f"objective.metric={metric} asked for {task}",
            f"use {', '.join(own)}" + (", log_loss" if task == "classification" else ""),
        )
    return metric


def score(metric: str, y: NDArray[Any], predicted: Predicted, n_classes: int) -> float:
    """A metric of rows (m,); log_loss in nats, rmse and mae in the units of y.

    Raises:
        SpecError: log_loss of a model without probabilities.
    """
    if metric != "log_loss":
        return float((_CLASSES | _VALUES)[metric](y, predicted.y))
    if predicted.probabilities is None:
        raise SpecError("objective.metric=log_loss needs probabilities", "use metric=accuracy")
    labels = range(n_classes)
    return float(metrics.log_loss(y, predicted.probabilities, labels=list(labels)))


def _balanced(y: NDArray[Any], found: NDArray[Any]) -> float:
    """Mean recall of the classes that occur."""
    recall = metrics.recall_score(y, found, average="macro", labels=np.unique(y), zero_division=0)
    return float(recall)


_CLASSES: dict[str, Callable[[NDArray[Any], NDArray[Any]], float]] = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": _balanced,
    "f1_macro": lambda y, found: metrics.f1_score(y, found, average="macro", zero_division=0),
}
_VALUES: dict[str, Callable[[NDArray[Any], NDArray[Any]], float]] = {
    "r2": metrics.r2_score,
    "rmse": metrics.root_mean_squared_error,
    "mae": metrics.mean_absolute_error,
}
