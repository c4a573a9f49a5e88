"""Data on which a quantum model cannot help by design, seen from their sizes and columns."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.references import Task
from qml_core.references.benchmark import Reason, ScreenRef

MOST_ROWS = 1_000_000
"""A kernel matrix of more has 10¹² entries, each a circuit of its own on a QPU."""
LEAST_PIXELS = 64
"""An image of 8 × 8."""
PLAIN_FEATURES = 20
"""Up to which regression of values on columns is low-dimensional."""

_PIXEL = re.compile(r"(pixel|pix|px)[ _\-.]?\d+([ _\-.x]\d+){0,2}", re.IGNORECASE)
_NAMED_SHARE = 0.9
_LEVELS = 3
"""Distinct values that a feature of an image has at least: two are a flag."""
_NEIGHBOURS = 1.5
"""How much more alike neighbouring pixels are than any two, at least."""


@dataclass(frozen=True)
class _Data:
    name: str
    task: Task
    rows: int
    n_features: int
    columns: Sequence[str]
    values_range: tuple[float, float] | None


def screen_data(
    name: str,
    task: Task,
    rows: int,
    n_features: int,
    columns: Sequence[str] = (),
    values_range: tuple[float, float] | None = None,
) -> ScreenRef:
    """Whether a quantum model is ruled out by what kind of data these are, whatever the circuit.

    Args:
        rows: N, of the whole data set.
        n_features: D, of the raw columns.
        columns: their names; empty: unknown.
        values_range: what `image_range` finds in the raw features.
    """
    data = _Data(name, task, rows, n_features, columns, values_range)
    found = [check(data) for check in _CHECKS]
    against = [instead for reason, instead in found if reason.against]
    return ScreenRef(
        data=name,
        model="",
        rows=rows,
        excluded=bool(against),
        worth=not against,
        reasons=tuple(reason for reason, _ in found),
        instead=against[0] if against else "",
    )


def image_range(X: NDArray[np.float64]) -> tuple[float, float] | None:
    """Least and largest value of rows X (n, D) that look like square images, else None.

    D is a square from 64 up, at least half of the columns reach the common least value, there are
    three values or more, and neighbours in the square correlate 1.5 times as much as any two
    columns do, along both sides.
    """
    side = math.isqrt(X.shape[1])
    if X.shape[1] < LEAST_PIXELS or side * side != X.shape[1] or len(X) < 2:
        return None
    low, high = float(X.min()), float(X.max())
    if np.mean(X.min(axis=0) == low) < 0.5 or len(np.unique(X[:100])) < _LEVELS:
        return None
    return (low, high) if _neighbours_are_alike(X, side) else None


def _neighbours_are_alike(X: NDArray[np.float64], side: int) -> bool:
    centred = X - X.mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    unit = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0)
    images = unit.T.reshape(side, side, len(X))
    down = np.mean(np.abs(np.sum(images[1:] * images[:-1], axis=-1)))
    across = np.mean(np.abs(np.sum(images[:, 1:] * images[:, :-1], axis=-1)))
    pairs = np.abs(unit.T @ unit)[np.triu_indices(side * side, 1)].mean()
    return bool(min(down, across) > _NEIGHBOURS * pairs)


def _too_many_rows(data: _Data) -> tuple[Reason, str]:
    against = data.rows > MOST_ROWS
    said = f"{data.rows:,} samples"
    if against:
        said += (
            f" are more than {MOST_ROWS:,}: a kernel has an entry per pair and a circuit is run per"
            " sample and step, while classical models read them in one pass"
        )
    return _reason("number of samples", data.rows, MOST_ROWS, against, said), "xgboost"


def _images(data: _Data) -> tuple[Reason, str]:
    side = math.isqrt(data.n_features)
    named = sum(bool(_PIXEL.fullmatch(str(c).strip())) for c in data.columns)
    by_name = data.n_features >= LEAST_PIXELS and named >= _NAMED_SHARE * data.n_features
    by_range = (
        data.values_range is not None
        and data.n_features >= LEAST_PIXELS
        and side * side == data.n_features
    )
    said = f"{data.n_features} features are no pixels"
    if by_name or by_range:
        size = f"{side} × {side}" if side * side == data.n_features else f"{data.n_features}"
        why = "by their names" if by_name else "of one range, alike where they are neighbours"
        said = (
            f"the features are {size} pixels, {why}: a circuit sees a few principal components "
            "of an image and none of its geometry"
        )
    reason = _reason("images", data.n_features, LEAST_PIXELS, by_name or by_range, said)
    return reason, "a convolutional network; of the models here mlp or rbf_svm"


def _plain_regression(data: _Data) -> tuple[Reason, str]:
    against = data.task == "regression" and data.n_features <= PLAIN_FEATURES
    if data.task != "regression":
        said = "no values are predicted"
    elif against:
        said = (
            f"regression on {data.n_features} features, at most {PLAIN_FEATURES}, is low-"
            "dimensional: smooth functions of few variables are what classical kernels and trees "
            "learn best"
        )
    else:
        said = f"regression on {data.n_features} features is not low-dimensional"
    reason = _reason("low-dimensional regression", data.n_features, PLAIN_FEATURES, against, said)
    return reason, "gaussian_process or xgboost"


def _reason(check: str, value: float, limit: float, against: bool, said: str) -> Reason:
    return Reason(check=check, value=value, limit=limit, against=against, said=f"{said}.")


_CHECKS: tuple[Callable[[_Data], tuple[Reason, str]], ...] = (
    _too_many_rows,
    _images,
    _plain_regression,
)
