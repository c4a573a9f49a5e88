"""From a spec to data: named sets and files by the same door."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.evaluation.datasets import registry
from qml_core.evaluation.datasets.table import Raw, Table, make_table, task_of
from qml_core.specs import DatasetSpec

if TYPE_CHECKING:
    import pandas as pd


def load_table(spec: DatasetSpec, *, storage_options: Mapping[str, Any] | None = None) -> Table:
    """The data set a spec names, checked; preprocessing and split are left to others.

    Args:
        storage_options: for s3://, arguments of s3fs; none: the endpoint of the settings, and
            credentials from the environment.

    Raises:
        SpecError: unknown data set or parameter, or one out of bounds.
        DataError: missing, unreadable or unfit file or column; fewer than 2 rows or classes.
        StorageError: the object store does not answer, or not to us.
    """
    if spec.name is not None:
        raw = registry.make(spec.name, spec.parameters)
        return make_table(spec.name, raw, registry.find(spec.name).task)
    raw, name = _from_file(spec, storage_options)
    return make_table(name, raw, task_of(raw.y))


def load(spec: DatasetSpec) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """X (n, D) and the data set's own labels y (n,); raises as `load_table`."""
    raw = registry.make(spec.name, spec.parameters) if spec.name else _from_file(spec, None)[0]
    return raw.X, raw.y


def read_features(path: str, *, storage_options: Mapping[str, Any] | None = None) -> "pd.DataFrame":
    """All columns of a file to predict on, with or without a target; numbers as float64.

    Columns of text are kept: the preprocessing refuses what it was not fitted on.

    Raises:
        DataError: missing, unreadable or empty file, duplicate or empty column names.
        StorageError: the object store does not answer, or not to us.
    """
    from qml_core.evaluation.datasets.columns import frame
    from qml_core.evaluation.datasets.files import read

    table, name = read(path, storage_options)
    if table.num_rows == 0:
        raise DataError(f"{name} has 0 rows, at least 1 is needed", "give rows to predict on")
    return frame(table, name)


def _from_file(spec: DatasetSpec, options: Mapping[str, Any] | None) -> tuple[Raw, str]:
    from qml_core.evaluation.datasets.columns import select
    from qml_core.evaluation.datasets.files import read

    assert spec.path is not None  # the spec guarantees both
    assert spec.target is not None
    table, name = read(spec.path, options)
    return select(table, spec.target, name), name
