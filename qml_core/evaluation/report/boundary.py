"""The probability of each class over a plane of two features, and the rows on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAX_CELLS = 60
"""Cells of the map along each axis."""


@dataclass(frozen=True, eq=False)
class Boundary:
    """Map of a classifier of two features.

    Args:
        x_name, y_name: the features with their units.
        x: (g,) evenly spaced, ascending values of the first feature; y: (h,) of the second.
        probabilities: (h, g, C) of each class.
        classes: C names.
        points: (n, 2) rows; `labels` (n,) their classes; `held_out` (n,) which were not seen.

    Raises:
        SpecError: arrays that do not fit together, or more than 60 cells along an axis.
    """

    x_name: str
    y_name: str
    x: FloatArray
    y: FloatArray
    probabilities: FloatArray
    classes: tuple[str, ...]
    points: FloatArray
    labels: IntArray
    held_out: NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n, expected = len(self.points), (len(self.y), len(self.x), len(self.classes))
        fits = self.probabilities.shape == expected and self.points.shape == (n, 2)
        if not fits or self.labels.shape != (n,) or self.held_out.shape != (n,):
            raise SpecError(
                f"decision boundary of shape {expected} with {n} rows asked, found probabilities "
                f"{self.probabilities.shape}, points {self.points.shape}, labels "
                f"{self.labels.shape}, held-out marks {self.held_out.shape}",
                "pass probabilities (h, g, C) and one label and mark per point (n, 2)",
            )
        if not all(2 <= cells <= MAX_CELLS for cells in expected[:2]):
            raise SpecError(
                f"decision boundary of {expected[1]} × {expected[0]} cells asked, "
                f"limit 2 to {MAX_CELLS} along each axis",
                "pass a coarser grid",
            )


def plane(points: FloatArray, cells: int = MAX_CELLS) -> tuple[FloatArray, FloatArray]:
    """Values of both features, each (cells,), that reach 8 % beyond the points (n, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.where(high > low, 0.08 * (high - low), 0.5)
    x, y = np.linspace(low - room, high + room, cells).T
    return x, y


def grid(x: FloatArray, y: FloatArray) -> FloatArray:
    """All points (h·g, 2) of the plane, rows of y after rows of y."""
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
