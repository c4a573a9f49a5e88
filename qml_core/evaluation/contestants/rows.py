"""The rows of one outer fold, and what a contestant says of its held-out ones."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.evaluation.objectives.scores import Predicted
from qml_core.references import Task
from qml_core.specs.space import Value

Array = NDArray[np.float64]
_LEAST = {"classification": 2, "regression": 4}
"""Rows, of each class or in all, below which there is no inner cross-validation."""


@dataclass(frozen=True, eq=False)
class FoldRows:
    """Training and held-out rows: `x` (·, d) as circuits see them, `raw` (·, D) standardised."""

    x_train: Array
    raw_train: Array
    y_train: Array
    """(n,) labels 0 … C−1, or values."""
    x_test: Array
    raw_test: Array


@dataclass(frozen=True, eq=False)
class Tested:
    """What a tuned contestant says of the held-out rows, and how it was tuned."""

    predicted: Predicted
    configuration: dict[str, Value]
    """What was chosen."""
    inner_score: float
    """Mean of its inner folds, in the metric's own sign."""
    configurations: int
    """How many were tried."""
    inner_scores: Array
    """(configurations,) means of the inner folds; NaN: a training that diverged."""


def part_of(y: Array, task: Task, share: float, seed: int) -> NDArray[np.intp]:
    """Row numbers, ascending, of a share of the rows y (n,); a smaller share is within a larger.

    Every class keeps its share, and at least two rows where it has them.
    """
    generator = np.random.default_rng(seed)
    groups = (
        [np.flatnonzero(y == label) for label in np.unique(y)]
        if task == "classification"
        else [np.arange(len(y))]
    )
    kept = []
    for group in groups:
        count = min(len(group), max(round(share * len(group)), _LEAST[task]))
        kept.append(generator.permutation(group)[:count])
    return np.sort(np.concatenate(kept))


def with_share(rows: FoldRows, task: Task, share: float, seed: int) -> FoldRows:
    """The fold with a share of its training rows, and all of its held-out ones."""
    if share >= 1:
        return rows
    kept = part_of(rows.y_train, task, share, seed)
    return replace(
        rows,
        x_train=rows.x_train[kept],
        raw_train=rows.raw_train[kept],
        y_train=rows.y_train[kept],
    )


@dataclass(frozen=True, eq=False)
class Target:
    """Labels numbered by the classes that the training rows have, or values."""

    task: Task
    y: NDArray[Any]
    """(n,) 0 … c−1 of the classes that occur, or values."""
    classes: NDArray[np.int64]
    """(c,) numbers of the classes that occur among all; empty in regression."""
    n_classes: int
    """Of all classes, 0 in regression."""

    def restored(self, predicted: Predicted) -> Predicted:
        """With the numbers of all classes; those that no training row has get probability 0."""
        if self.task == "regression":
            return predicted
        found = self.classes[np.asarray(predicted.y, dtype=np.int64)]
        probabilities = predicted.probabilities
        if probabilities is not None:
            every = np.zeros((len(found), self.n_classes))
            every[:, self.classes] = probabilities
            probabilities = every
        whole = len(self.classes) == self.n_classes
        return Predicted(found, probabilities, predicted.scores if whole else None)


def target_of(y: Array, task: Task, n_classes: int) -> Target:
    """The training labels or values; raises DataError where there is one class only."""
    if task == "regression":
        return Target(task, np.asarray(y, dtype=np.float64), np.empty(0, dtype=np.int64), 0)
    classes, labels = np.unique(np.asarray(y).astype(np.int64), return_inverse=True)
    if len(classes) < 2:
        raise DataError(
            f"training rows of one class found (number {classes[0]}), at least 2 are needed",
            "use fewer folds, or give more rows of the rare class",
        )
    return Target(task, labels.astype(np.int64), classes, n_classes)
