"""A fitted preprocessing: plain arrays, a few NumPy lines, and an exact JSON document."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from qml_core.errors import CorruptArtifact
from qml_core.evaluation.preprocessing.numbers import Array, finite, matrix, refuse_missing
from qml_core.keys import canonical_json
from qml_core.specs import Spec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class FittedPreprocessing:
    """Impute, standardise where `components` follow, reduce, scale.

    Attributes:
        columns: the D feature columns of the fit, in order.
        fill: (D,) values for missing ones; none where missing values are refused.
        mean, deviation: (D,) of the imputed training rows; the deviation of a constant column is 1.
        components: (d, D) directions the standardised features are projected on; else none.
        selected: (d,) indices of the kept columns where nothing is projected.
        shift, divisor, offset: (d,) of the last step (z - shift) / divisor + offset.
    """

    columns: tuple[str, ...]
    fill: Array | None
    mean: Array
    deviation: Array
    components: Array | None
    selected: NDArray[np.int64]
    shift: Array
    divisor: Array
    offset: Array

    @property
    def n_features(self) -> int:
        """Features after the transformation, d."""
        return len(self.shift)

    def transform(self, features: "pd.DataFrame") -> Array:
        """What the encoding sees, (n, d); the columns of the fit in any order.

        With scale=minmax, rows outside the range of the training rows leave the angle range.

        Raises:
            DataError: missing or additional columns, features that are no finite numbers, or
                missing values where they are refused.
        """
        reduced = self.reduce(self.impute(matrix(features, self.columns)))
        with np.errstate(over="ignore"):
            return finite((reduced - self.shift) / self.divisor + self.offset)

    def raw(self, features: "pd.DataFrame") -> Array:
        """Imputed and standardised features (n, D) for classical models; raises as transform."""
        return self.standardise(self.impute(matrix(features, self.columns)))

    def impute(self, values: Array) -> Array:
        """Missing values of (n, D) replaced by `fill`; raises DataError where they are refused."""
        if self.fill is None:
            refuse_missing(values, self.columns)
            return values
        return np.where(np.isnan(values), self.fill, values)

    def standardise(self, imputed: Array) -> Array:
        """Zero mean and unit variance over the training rows, (n, D)."""
        with np.errstate(over="ignore"):
            return finite((imputed - self.mean) / self.deviation)

    def reduce(self, imputed: Array) -> Array:
        """Features before the last step, (n, d), of imputed ones (n, D)."""
        if self.components is None:
            return imputed[:, self.selected]
        projected: Array = self.standardise(imputed) @ self.components.T
        return projected

    def to_json(self) -> str:
        """A document that `from_json` turns into the same transformation, bit for bit."""
        arrays = {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in vars(self).items()
        }
        return canonical_json({"version": 1, **arrays}).decode("ascii")

    @classmethod
    def from_json(cls, text: str) -> "FittedPreprocessing":
        """Raises CorruptArtifact where the text is no document of this version."""
        try:
            document = _Document.model_validate(json.loads(text))
            fitted = cls._of(document)
            fitted._check_shapes()
        except (ValidationError, ValueError) as error:
            raise CorruptArtifact(
                f"the stored preprocessing cannot be read: {str(error).splitlines()[0]}",
                "train the model again",
            ) from error
        return fitted

    @classmethod
    def _of(cls, document: "_Document") -> "FittedPreprocessing":
        return cls(
            columns=document.columns,
            fill=None if document.fill is None else _array(document.fill),
            mean=_array(document.mean),
            deviation=_array(document.deviation),
            components=None if document.components is None else np.array(document.components),
            selected=np.array(document.selected, dtype=np.int64),
            shift=_array(document.shift),
            divisor=_array(document.divisor),
            offset=_array(document.offset),
        )

    def _check_shapes(self) -> None:
        before, after = len(self.columns), len(self.shift)
        wanted: list[tuple[Array, tuple[int, ...]]]
        wanted = [(self.mean, (before,)), (self.deviation, (before,))]
        wanted += [(self.divisor, (after,)), (self.offset, (after,))]
        if self.fill is not None:
            wanted.append((self.fill, (before,)))
        if self.components is not None:
            wanted.append((self.components, (after, before)))
        elif len(self.selected) != after or not np.isin(self.selected, np.arange(before)).all():
            raise ValueError(f"selected columns {self.selected.tolist()} of {before}")
        for array, shape in wanted:
            if array.shape != shape:
                raise ValueError(f"an array has shape {array.shape}, not {shape}")


class _Document(Spec):
    version: Literal[1]
    columns: tuple[str, ...]
    fill: tuple[float, ...] | None
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    components: tuple[tuple[float, ...], ...] | None
    selected: tuple[int, ...]
    shift: tuple[float, ...]
    divisor: tuple[float, ...]
    offset: tuple[float, ...]


def _array(values: Sequence[float]) -> Array:
    return np.array(values, dtype=np.float64)
