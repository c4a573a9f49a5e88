"""Feature columns as a matrix of numbers, refused with their names where they are not."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

LIMIT = 1e100
"""Largest absolute feature value; squares of much larger ones overflow."""

_SHOWN = 5


def matrix(features: "pd.DataFrame", columns: Sequence[str]) -> Array:
    """The columns in this order as float64 (n, D); NaN is kept.

    Raises:
        DataError: missing, additional or duplicate columns, text, infinite or huge values.
    """
    named = features.set_axis([str(name) for name in features.columns], axis="columns")
    _check_columns(list(named.columns), columns)
    values = np.empty((len(features), len(columns)))
    for j, name in enumerate(columns):
        try:
            values[:, j] = named[name].to_numpy(dtype=np.float64, na_value=np.nan)
        except (ValueError, TypeError) as error:
            raise DataError(
                f"feature column {name!r} holds no numbers", "encode it as numbers"
            ) from error
    huge = (np.abs(values) > LIMIT).sum(axis=0)
    if huge.any():
        raise DataError(
            f"values that are infinite or above {LIMIT:g} in {counted(columns, huge)}",
            "rescale or remove them",
        )
    return values


def refuse_missing(values: Array, columns: Sequence[str]) -> None:
    """Raises DataError where values (n, D) hold NaN; names the columns and how many."""
    missing = np.isnan(values).sum(axis=0)
    if missing.any():
        raise DataError(
            f"missing values in {counted(columns, missing)}",
            "set preprocessing.missing to mean, median or most_frequent, or remove the rows",
        )


def finite(values: Array) -> Array:
    """The values (n, d); raises DataError where one overflowed."""
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise DataError(
            f"row {bad[0]} lies too far from the training rows to be scaled",
            "remove it or rescale the features",
        )
    return values


def counted(columns: Sequence[str], counts: NDArray[np.int_]) -> str:
    """`column 'a' (3), 'b' (1)` for the columns with a count."""
    found = np.flatnonzero(counts)
    text = ", ".join(f"{columns[j]!r} ({counts[j]})" for j in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more columns" if len(found) > _SHOWN else ""
    return f"column {text}{more}"


def _check_columns(found: list[str], expected: Sequence[str]) -> None:
    missing = [name for name in expected if name not in set(found)]
    additional = [name for name in found if name not in set(expected)]
    twice = sorted({name for name in found if found.count(name) > 1})
    if missing or additional or twice:
        kinds = {"missing": missing, "additional": additional, "duplicate": twice}
        problems = [_named(kind, names) for kind, names in kinds.items() if names]
        raise DataError(
            f"the features differ from the {len(expected)} columns of the fit: "
            f"{'; '.join(problems)}",
            "give exactly the columns the model was trained on",
        )


def _named(kind: str, names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{kind} {', '.join(map(repr, names[:_SHOWN]))}{more}"
