"""Which columns of a table are features, which is the target, and whether they can be used."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.evaluation.datasets.table import Raw
from qml_core.near_names import near_names

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 5


def select(table: pa.Table, target: str, source: str) -> Raw:
    """All columns but the target as float64 features; missing values become NaN.

    Args:
        source: name of the file, for the messages.

    Raises:
        DataError: duplicate or empty column names, no such target, features that are no numbers,
            or a target that is missing in a row or of a type that is neither class nor number.
    """
    _check_names(table.column_names, source)
    if target not in table.column_names:
        raise DataError(
            f"{source} has no target column {target!r}; {near_names(target, table.column_names)}",
            "name one of its columns with --target",
        )
    features = [name for name in table.column_names if name != target]
    _check_numeric(table, features, source)
    X = np.empty((table.num_rows, len(features)))
    for j, name in enumerate(features):
        X[:, j] = _floats(table.column(name))
    return Raw(X, _target(table.column(target), target, source), tuple(features), target)


def frame(table: pa.Table, source: str) -> "pd.DataFrame":
    """All columns: numbers as float64 with NaN for missing ones, any other column as it is.

    Raises:
        DataError: duplicate or empty column names.
    """
    import pandas as pd

    _check_names(table.column_names, source)
    columns = {}
    for name in table.column_names:
        column = table.column(name)
        columns[name] = _floats(column) if _is_number(column.type) else column.to_pandas()
    return pd.DataFrame(columns)


def _check_names(names: list[str], source: str) -> None:
    twice = [repr(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{source} has more than one column named {', '.join(twice[:_SHOWN])}", "rename them"
        )
    if "" in names:
        raise DataError(
            f"column {names.index('') + 1} of {source} has no name (often the row numbers of a "
            "table written by pandas)",
            "remove it or name it; pandas: to_csv(..., index=False)",
        )


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, types.is_null)
    return any(test(kind) for test in tests)


def _check_numeric(table: pa.Table, features: list[str], source: str) -> None:
    bad = [name for name in features if not _is_number(table.schema.field(name).type)]
    if not bad:
        return
    found = ", ".join(f"{name!r} ({table.schema.field(name).type})" for name in bad[:_SHOWN])
    more = f" and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
    raise DataError(
        f"feature column(s) {found}{more} of {source} hold no numbers",
        "encode them as numbers or leave them out",
    )


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    numbers = column.cast(pa.float64(), safe=False)
    return np.asarray(numbers.to_numpy(), dtype=np.float64)


def _target(column: pa.ChunkedArray, target: str, source: str) -> NDArray[Any]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    _check_complete(column, target, source)
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array(column.to_pylist(), dtype=np.str_)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return np.asarray(column.to_numpy())
    if _is_number(kind):
        return _floats(column)
    raise DataError(
        f"target {target!r} of {source} has type {kind}", "store it as numbers or as text"
    )


def _check_complete(column: pa.ChunkedArray, target: str, source: str) -> None:
    missing = np.flatnonzero(column.is_null(nan_is_null=True).to_numpy())
    if len(missing):
        first = ", ".join(str(row + 1) for row in missing[:_SHOWN])
        raise DataError(
            f"target {target!r} of {source} is missing in {len(missing)} row(s), first in data "
            f"row(s) {first}",
            "remove these rows",
        )
