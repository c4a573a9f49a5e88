"""Choosing bandwidth and penalty by inner cross-validation on the training rows only."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score

from qml_core.errors import DataError
from qml_core.models.linear import LinearClassifier, LinearRegressor
from qml_core.models.qsvm import QSVC, QSVR
from qml_core.references import Task

Array = NDArray[np.float64]
SCORING = {"classification": "accuracy", "regression": "r2"}


@dataclass(frozen=True)
class Choice:
    """The best configuration and the scores of all: (candidates, penalties)."""

    candidate: int
    C: float
    score: float
    scores: Array
    folds: int


Machine = Callable[[Task, float, float], BaseEstimator]
"""From task, C and epsilon to a machine that learns from what stands for the rows."""


def linear_estimator(task: Task, C: float, epsilon: float) -> LinearClassifier | LinearRegressor:
    """A machine on the features of a Nyström approximation."""
    if task == "classification":
        return LinearClassifier(C=C)
    return LinearRegressor(C=C, epsilon=epsilon)


def estimator(task: Task, C: float, epsilon: float) -> QSVC | QSVR:
    """A machine on a precomputed kernel."""
    if task == "classification":
        return QSVC("precomputed", C=C)
    return QSVR("precomputed", C=C, epsilon=epsilon)


def inner_splits(y: Array, task: Task, folds: int, seed: int) -> StratifiedKFold | KFold:
    """At most `folds` folds; fewer where the smallest class has fewer rows, at least two."""
    if task == "regression":
        if len(y) < 4:
            raise DataError(f"inner cross-validation needs 4 training rows, found {len(y)}")
        return KFold(min(folds, len(y) // 2), shuffle=True, random_state=seed)
    smallest = int(np.unique(y, return_counts=True)[1].min())
    if smallest < 2:
        raise DataError(
            f"inner cross-validation needs 2 training rows of each class, found {smallest}",
            "give more rows of the rare class",
        )
    return StratifiedKFold(min(folds, smallest), shuffle=True, random_state=seed)


def choose(
    kernels: Iterable[Array],  # each (n, n), or features (n, r); held one at a time
    y: Array,  # (n,)
    *,
    task: Task,
    penalties: Sequence[float],
    epsilon: float,
    folds: int,
    seed: int,
    machine: Machine = estimator,
) -> Choice:
    """The (kernel, C) with the best mean inner score; a tie goes to the earlier kernel, smaller C.

    Args:
        machine: `linear_estimator` where features are given.

    Raises:
        DataError: a class has fewer than two rows.
    """
    splits = inner_splits(y, task, folds, seed)
    scores = np.array(
        [
            [
                cross_val_score(
                    machine(task, C, epsilon), K, y, cv=splits, scoring=SCORING[task]
                ).mean()
                for C in sorted(penalties)
            ]
            for K in kernels
        ]
    )
    candidate, penalty = np.unravel_index(int(np.argmax(scores)), scores.shape)
    return Choice(
        int(candidate),
        sorted(penalties)[int(penalty)],
        float(scores.max()),
        scores,
        splits.n_splits,
    )
