"""Which training rows are kept aside to choose the best epoch."""

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[np.int64]
Task = Literal["classification", "regression"]


def validation_split(y: ArrayLike, task: Task, share: float, seed: int) -> tuple[Rows, Rows]:
    """Rows to train on (n − m,) and rows to validate on (m,), each ascending.

    Stratified in classification: every class keeps at least one row to train on, and gives
    validation rows in proportion to its size. There is at least one validation row where
    `share` > 0 and a row can be spared, and none where `share` is 0.

    Args:
        y: labels (n,), or values (n,) or (n, t).
        share: of the rows that validate, 0 to below 1; rounded up to whole rows.
    """
    labels = np.asarray(y)
    n, rng = len(labels), np.random.default_rng(seed)
    groups = _classes(labels) if task == "classification" else [np.arange(n)]
    wanted = math.ceil(share * n - 1e-9)
    counts = _allotted(np.array([len(group) for group in groups]), wanted)
    chosen = [rng.permutation(group)[:count] for group, count in zip(groups, counts, strict=True)]
    validation = np.sort(np.concatenate(chosen)).astype(np.int64)
    return np.setdiff1d(np.arange(n), validation).astype(np.int64), validation


def _classes(labels: NDArray[np.generic]) -> list[NDArray[np.intp]]:
    """Rows of each class."""
    classes, label = np.unique(labels, return_inverse=True)
    return [np.flatnonzero(label.ravel() == c) for c in range(len(classes))]


def _allotted(sizes: Rows, wanted: int) -> Rows:
    """Of each class how many, by largest remainders, so that one row of each stays."""
    spare = sizes - 1
    share = wanted * sizes / sizes.sum()
    counts: Rows = np.minimum(np.floor(share).astype(np.int64), spare)
    while counts.sum() < min(wanted, int(spare.sum())):
        behind = np.where(counts < spare, share - counts, -np.inf)
        counts[int(np.argmax(behind))] += 1
    return counts
