"""Rows appended to stored ones: the old are proved unchanged, the new are prepared alike."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.evaluation.datasets.table import Table
from qml_core.evaluation.preprocessing import FittedPreprocessing
from qml_core.evaluation.splits import TEST

Columns = Mapping[str, NDArray[Any]]

_ROUNDING = 1e-12
"""Relative difference of reduced features that another processor's sums may make."""


def append_rows(
    stored: Columns, fitted: FittedPreprocessing, table: Table
) -> dict[str, NDArray[Any]]:
    """Columns of the old and the new rows: `x` (N+m, d), `raw` (N+m, D), `y` and `role` (N+m,).

    The old rows keep their stored features and roles, bit by bit. The new ones have the role of
    held-out rows: the preprocessing was fitted without them. Targets are those of the table, also
    of the old rows, since no kernel entry depends on them.

    Args:
        stored: columns of the N old rows.
        fitted: the preprocessing that made them.
        table: all N + m rows, the old ones first.

    Raises:
        DataError: no new rows, or an old one that differs; other feature columns.
    """
    n, found = len(stored["x"]), len(table.y)
    if found < n:
        raise DataError(
            f"{table.name} has {found:,} rows, the stored matrix has {n:,}; the old rows come "
            "first and new ones after them",
            "give all rows of the stored matrix, or leave run.extend out",
        )
    _check_unchanged(stored, fitted, table)
    if found == n:
        raise DataError(
            f"{table.name} has the {n:,} rows of the stored matrix and no new one: nothing to do",
            "append rows, or leave run.extend out",
        )
    new = table.features.iloc[n:]
    return {
        "x": np.vstack([stored["x"], fitted.transform(new)]),
        "raw": np.vstack([stored["raw"], fitted.raw(new)]),
        "y": table.y,
        "role": np.concatenate([stored["role"], np.full(found - n, TEST)]).astype(np.int8),
    }


def _check_unchanged(stored: Columns, fitted: FittedPreprocessing, table: Table) -> None:
    """Standardised features must agree bit by bit, reduced ones up to rounding.

    The first are computed entry by entry and the same everywhere, the second by sums.
    """
    old = table.features.iloc[: len(stored["x"])]
    x, raw = fitted.transform(old), fitted.raw(old)
    close = np.isclose(x, stored["x"], rtol=_ROUNDING, atol=_ROUNDING)
    changed = np.flatnonzero(~close.all(axis=1) | (raw != stored["raw"]).any(axis=1))
    if len(changed):
        more = "" if len(changed) == 1 else f", and {len(changed) - 1:,} more do"
        raise DataError(
            f"row {changed[0]} of {table.name} (counted from 0) differs from the stored one{more}",
            "extend with the very rows of the stored matrix first, in their order, or leave "
            "run.extend out",
        )
