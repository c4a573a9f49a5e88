"""A data set in memory: named float64 features, a target, and a digest of both."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.keys import canonical_json
from qml_core.references import Task

if TYPE_CHECKING:
    import pandas as pd

MAX_INTEGER_CLASSES = 50
MAX_FLOAT_CLASSES = 20

_FIRST = 5


@dataclass(frozen=True, eq=False)
class Raw:
    """What a source gives: X (n, D), its own labels y (n,), and names."""

    X: NDArray[np.float64]
    y: NDArray[Any]
    columns: tuple[str, ...]
    target: str = "label"
    classes: tuple[str, ...] = ()
    """Class names by label where y already counts the classes from 0."""


@dataclass(frozen=True, eq=False)
class Table:
    """A checked data set of n >= 2 rows and D >= 1 features; features may hold NaN, y may not.

    Attributes:
        features: (n, D) float64 with string column names.
        y: (n,) int64 labels 0..C-1 in classification, float64 in regression; read-only.
        classes: class names by label; empty in regression.
        target: name of the target column.
        digest: SHA-256 over task, column and class names and the bytes of features and y.
    """

    name: str
    features: "pd.DataFrame"
    y: NDArray[Any]
    task: Task
    classes: tuple[str, ...]
    target: str
    digest: str


def task_of(y: NDArray[Any]) -> Task:
    """Classification or regression, from the target (n,) alone.

    Text and booleans are classes; integers with at most 50 distinct values and floats that are all
    whole numbers with at most 20 distinct values are classes; any other target is a quantity.
    """
    if y.dtype.kind not in "iuf":
        return "classification"
    distinct = len(np.unique(y))
    if y.dtype.kind in "iu":
        return "classification" if distinct <= MAX_INTEGER_CLASSES else "regression"
    whole = bool(np.all(y == np.floor(y)))
    return "classification" if whole and distinct <= MAX_FLOAT_CLASSES else "regression"


def make_table(name: str, raw: Raw, task: Task) -> Table:
    """Check, label and digest a raw data set.

    Raises:
        DataError: fewer than 2 rows, no feature, infinite values, a missing target, or a target
            with one value only.
    """
    import pandas as pd

    _check_features(name, raw)
    _check_target(name, raw)
    if task == "classification":
        y, classes = _labels(raw)
    else:
        y, classes = np.array(raw.y, dtype=np.float64), ()
    X = np.array(raw.X, dtype=np.float64, order="C")
    y.setflags(write=False)
    features = pd.DataFrame(X, columns=list(raw.columns), copy=False)
    digest = _digest(X, y, raw.columns, classes, task)
    return Table(name, features, y, task, classes, raw.target, digest)


def _check_features(name: str, raw: Raw) -> None:
    rows, columns = raw.X.shape
    if rows < 2:
        raise DataError(f"{name} has {rows} row(s), at least 2 are needed", "give more rows")
    if columns < 1:
        raise DataError(
            f"{name} has no feature column, only the target {raw.target!r}", "add features"
        )
    infinite = np.isinf(raw.X).sum(axis=0)
    if infinite.any():
        found = ", ".join(
            f"{raw.columns[j]!r} ({infinite[j]})" for j in np.flatnonzero(infinite)[:_FIRST]
        )
        raise DataError(
            f"{name} has infinite values in column(s) {found}",
            "remove these rows, or leave the values empty and set preprocessing.missing",
        )


def _check_target(name: str, raw: Raw) -> None:
    if raw.y.dtype.kind == "f" and not np.isfinite(raw.y).all():
        count = int((~np.isfinite(raw.y)).sum())
        raise DataError(
            f"target {raw.target!r} of {name} is missing or infinite in {count} row(s)",
            "remove these rows",
        )
    if len(np.unique(raw.y)) < 2:
        raise DataError(
            f"target {raw.target!r} of {name} has one value only ({raw.y[0]}), at least 2 are "
            "needed",
            "name another column with --target, or add rows of another class",
        )


def _labels(raw: Raw) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Labels 0..C-1 in sorted order of the classes, and their names."""
    if raw.classes:
        return raw.y.astype(np.int64), raw.classes
    values, y = np.unique(raw.y, return_inverse=True)
    whole = values.astype(np.int64) if values.dtype.kind == "f" else values
    return y.astype(np.int64), tuple(str(value) for value in whole)


def _digest(
    X: NDArray[np.float64],
    y: NDArray[Any],
    columns: tuple[str, ...],
    classes: tuple[str, ...],
    task: Task,
) -> str:
    head = {"task": task, "columns": list(columns), "classes": list(classes), "shape": X.shape}
    hashed = hashlib.sha256(canonical_json(head))
    # one NaN, whatever its payload was in the file
    hashed.update(np.where(np.isnan(X), np.nan, X).astype("<f8").tobytes())
    hashed.update(y.astype("<i8" if task == "classification" else "<f8").tobytes())
    return hashed.hexdigest()
