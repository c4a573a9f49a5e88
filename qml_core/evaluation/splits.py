"""Which rows are held out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.references import Task

TRAIN, TEST = 0, 1

_SHOWN = 5


def split_roles(
    y: NDArray[np.generic],
    task: Task,
    test_size: float,
    seed: int,
    *,
    names: Sequence[str] = (),
) -> NDArray[np.int8]:
    """Role of every row (n,): 0 = train, 1 = test; stratified by class in classification.

    Args:
        y: target (n,).
        test_size: share of the rows held out, between 0 and 1; rounded up to whole rows.
        names: of the classes by label, for the error messages.

    Raises:
        DataError: fewer than 2 training rows, or a class that is missing on one side.
    """
    n = len(y)
    n_test = int(np.ceil(test_size * n))
    if n - n_test < 2 or n_test < 1:
        raise DataError(
            f"test_size={test_size} leaves {n - n_test} of {n} rows to train on, at least 2 "
            "are needed",
            "lower split.test_size or give more rows",
        )
    if task == "regression" and n_test < 2:
        raise DataError(
            f"test_size={test_size} holds out {n_test} of {n} rows, R² needs at least 2",
            "raise split.test_size or give more rows",
        )
    if task == "classification":
        test = _stratified(y, n_test, test_size, seed, names)
    else:
        test = np.random.RandomState(seed).permutation(n)[:n_test]
    roles = np.full(n, TRAIN, dtype=np.int8)
    roles[test] = TEST
    if task == "classification":
        _check_sides(y, roles, names)
    return roles


def fold_roles(
    y: NDArray[np.generic], task: Task, folds: int, seed: int, *, names: Sequence[str] = ()
) -> list[NDArray[np.int8]]:
    """Roles (n,) of every row for each fold of a shuffled cross-validation, stratified by class.

    Args:
        y: target (n,).
        seed: of the shuffle; another one for each repeat.
        names: of the classes by label, for the error messages.

    Raises:
        DataError: fewer rows than folds need, or a class that some fold would not hold out.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    n = len(y)
    least = 2 * folds if task == "regression" else max(folds, 4)
    if n < least:
        raise DataError(
            f"{folds} folds asked of {n} rows, at least {least} are needed",
            "lower benchmark.folds or give more rows",
        )
    if task == "classification":
        _check_folds(y, folds, names)
        splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    else:
        splitter = KFold(folds, shuffle=True, random_state=seed)
    found = []
    for _, test in splitter.split(np.zeros(n), y):
        roles = np.full(n, TRAIN, dtype=np.int8)
        roles[test] = TEST
        found.append(roles)
    return found


def _check_folds(y: NDArray[np.generic], folds: int, names: Sequence[str]) -> None:
    """Each fold holds out a row of each class, and leaves two of it to tune with."""
    classes, counts = np.unique(y, return_counts=True)
    if len(classes) < 2:
        raise DataError(
            f"all {len(y)} rows are of class {_named(classes, names)[0]}",
            "give rows of at least two classes",
        )
    few = (counts < folds) | (counts - np.ceil(counts / folds) < 2)
    if few.any():
        raise DataError(
            f"{_listed(_named(classes, names), counts, few)}; with {folds} folds every class needs "
            "a row to test on in each, and two beside it to tune with",
            f"use benchmark.folds={counts.min()}"
            if counts.min() > 2
            else "remove these classes, or store a quantity as floats to do regression",
        )


def _named(classes: NDArray[np.generic], names: Sequence[str]) -> NDArray[np.generic]:
    return np.asarray(names)[classes.astype(np.int64)] if names else classes


def _stratified(
    y: NDArray[np.generic], n_test: int, test_size: float, seed: int, names: Sequence[str]
) -> NDArray[np.intp]:
    from sklearn.model_selection import StratifiedShuffleSplit

    classes, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:
        raise DataError(
            f"{_listed(_named(classes, names), counts, counts < 2)}; every class needs a row to "
            "train and a row to test on",
            "remove these classes, or store a quantity as floats to do regression",
        )
    if min(n_test, len(y) - n_test) < len(classes):
        raise DataError(
            f"test_size={test_size} makes {len(y) - n_test} training and {n_test} test rows for "
            f"{len(classes)} classes; every class needs a row on both sides",
            "change split.test_size or give more rows",
        )
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=n_test, random_state=seed)
    _, test = next(splitter.split(np.zeros(len(y)), y))
    result: NDArray[np.intp] = test
    return result


def _check_sides(y: NDArray[np.generic], roles: NDArray[np.int8], names: Sequence[str]) -> None:
    classes, label = np.unique(y, return_inverse=True)
    classes = _named(classes, names)
    sides = [np.bincount(label[roles == side], minlength=len(classes)) for side in (TRAIN, TEST)]
    missing = np.minimum(*sides) == 0
    if missing.any():
        found = ", ".join(
            f"class {classes[c]}: {sides[0][c]} train, {sides[1][c]} test"
            for c in np.flatnonzero(missing)[:_SHOWN]
        )
        raise DataError(
            f"{found}; every class needs a row on both sides",
            "raise split.test_size or give more rows of these classes",
        )


def _listed(
    classes: NDArray[np.generic], counts: NDArray[np.intp], chosen: NDArray[np.bool_]
) -> str:
    found = np.flatnonzero(chosen)
    text = ", ".join(f"class {classes[c]} has {counts[c]} row(s)" for c in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more such classes" if len(found) > _SHOWN else ""
    return text + more
