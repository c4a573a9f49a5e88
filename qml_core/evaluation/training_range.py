"""Which rows of new data lie outside the range of the rows a model was trained on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.evaluation.preprocessing import FittedPreprocessing
from qml_core.evaluation.preprocessing.numbers import Array, matrix

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class TrainingRange:
    """Smallest and largest value of each column, (D,), standardised as the preprocessing does."""

    low: Array
    high: Array

    def __post_init__(self) -> None:
        if self.low.shape != self.high.shape or not np.all(self.low <= self.high):
            raise DataError("a training range has low ≤ high in each column, found another one")

    def outside(
        self, features: "pd.DataFrame", preprocessing: FittedPreprocessing
    ) -> "OutsideRange":
        """What of the rows lies outside; missing values that are imputed lie inside.

        Raises:
            DataError: missing or additional columns, text, infinite values, or missing values
                where they are refused.
        """
        values = matrix(features, preprocessing.columns)
        standardised = preprocessing.standardise(preprocessing.impute(values))
        excess = np.maximum(self.low - standardised, standardised - self.high)
        return OutsideRange(
            columns=preprocessing.columns,
            values=values,
            excess=excess,
            low=self.low * preprocessing.deviation + preprocessing.mean,
            high=self.high * preprocessing.deviation + preprocessing.mean,
        )


@dataclass(frozen=True, eq=False)
class OutsideRange:
    """Rows against the training range; a value lies outside where its excess is above 0."""

    columns: tuple[str, ...]
    values: Array
    """(n, D), in the units of the columns."""
    excess: Array
    """(n, D), beyond the nearer bound, standard deviations of the training rows."""
    low: Array
    """(D,), in the units of the columns."""
    high: Array

    @property
    def rows(self) -> NDArray[np.bool_]:
        """(n,) whether any value of the row lies outside."""
        return np.asarray((self.excess > 0).any(axis=1))

    @property
    def counts(self) -> dict[str, int]:
        """How many rows lie outside, by column; columns without one left out."""
        found = zip(self.columns, (self.excess > 0).sum(axis=0), strict=True)
        return {name: int(count) for name, count in found if count}

    @property
    def message(self) -> str:
        """For people: how many rows, and the value farthest outside; empty where all are inside."""
        if not self.rows.any():
            return ""
        row, column = np.unravel_index(np.argmax(self.excess), self.excess.shape)
        name, value = self.columns[column], self.values[row, column]
        above = self.values[row, column] > self.high[column]
        bound = f"> {self.high[column]:.6g}" if above else f"< {self.low[column]:.6g}"
        n = self.counts[name]
        return (
            f"{self.rows.sum()} of {len(self.rows)} rows lie outside the training range, worst: "
            f"column {name!r} {value:.6g} {bound} ({n} row{'s' if n > 1 else ''})"
        )


def training_range(standardised: Array) -> TrainingRange:
    """Of the training rows (n, D), imputed and standardised; raises DataError without rows."""
    if not len(standardised):
        raise DataError("a training range asked of 0 rows", "give the training rows")
    return TrainingRange(standardised.min(axis=0), standardised.max(axis=0))
