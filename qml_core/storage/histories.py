"""The history of a training as Parquet, one row per epoch."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.references import ArtifactRef
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.store import ArtifactStore
from qml_core.training.state import EpochRecord

_TYPES = {int: np.int64, float: np.float64, bool: np.bool_, str: np.str_}


def put_history(store: ArtifactStore, records: Sequence[EpochRecord]) -> ArtifactRef:
    """Columns named as the fields of EpochRecord; those per layer are lists of equal length.

    An epoch with fewer layers than others has NaN there; without any layer there is no column.
    """
    columns = {f.name: _column(f.name, f.type, records) for f in fields(EpochRecord)}
    return put_arrays(
        store, "histories", {k: v for k, v in columns.items() if v.size or v.ndim == 1}, {}
    )


def get_history(ref: ArtifactRef, store: ArtifactStore | None = None) -> dict[str, NDArray[Any]]:
    """The columns: (epochs,), per layer (epochs, layers); ArtifactNotFound or CorruptArtifact."""
    return get_arrays(ref, store)


def _column(name: str, kind: Any, records: Sequence[EpochRecord]) -> NDArray[Any]:
    values = [getattr(record, name) for record in records]
    if kind in _TYPES:
        return np.array(values, dtype=_TYPES[kind])
    layers = max(map(len, values), default=0)
    return np.array(
        [[*row, *[np.nan] * (layers - len(row))] for row in values], dtype=np.float64
    ).reshape(len(values), layers)
