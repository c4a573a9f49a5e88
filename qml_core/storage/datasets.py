"""Named arrays as one Parquet object: data sets, and the arrays of models."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import CorruptArtifact, DataError
from qml_core.references import ArtifactRef
from qml_core.storage.content import get_verified, put_content
from qml_core.storage.documents import SCHEMA_VERSION
from qml_core.storage.parquet import (
    Columns,
    decode_table,
    encode_table,
    metadata_of,
    open_table,
)
from qml_core.storage.store import ArtifactStore

_VERSION, _PREFIX = "qml.schema_version", "qml.user."


def put_arrays(
    store: ArtifactStore, folder: str, columns: Columns, metadata: Mapping[str, str]
) -> ArtifactRef:
    """Store equally long arrays (n,) or (n, k): float64, int64, int32, bool or text (n,).

    Raises:
        DataError: lengths differ, none given, or an array of another kind.
    """
    lengths = {name: values.shape[:1] for name, values in columns.items()}
    if len(set(lengths.values())) != 1:
        raise DataError(f"arrays of different lengths cannot be stored together: {lengths}")
    prefixed = {_PREFIX + key: value for key, value in metadata.items()}
    try:
        data = encode_table(
            {name: _plain(values) for name, values in columns.items()},
            {_VERSION: str(SCHEMA_VERSION), **prefixed},
        )
    except ValueError as error:
        raise DataError(f"arrays {', '.join(columns)} cannot be stored: {error}") from error
    return put_content(store, folder, data, ".parquet")


def get_arrays(ref: ArtifactRef, store: ArtifactStore | None = None) -> dict[str, NDArray[Any]]:
    """The arrays, bit by bit what was stored; raises ArtifactNotFound or CorruptArtifact."""
    return get_table(ref, store)[0]


def get_table(
    ref: ArtifactRef, store: ArtifactStore | None = None
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The arrays and the metadata stored with them."""
    file = open_table(get_verified(ref, store), ref.path)
    metadata = metadata_of(file)
    if metadata.get(_VERSION) != str(SCHEMA_VERSION):
        raise CorruptArtifact(
            f"{ref.path} has schema version {metadata.get(_VERSION)}, expected {SCHEMA_VERSION}"
        )
    own = {k.removeprefix(_PREFIX): v for k, v in metadata.items() if k.startswith(_PREFIX)}
    return decode_table(file, ref.path), own


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Little-endian, C order; integers as int64 but for int32, other floats as float64."""
    if values.dtype.kind in "iu" and values.dtype.name != "int32":
        return np.ascontiguousarray(values, dtype=np.int64)
    if values.dtype.kind == "f":
        return np.ascontiguousarray(values, dtype=np.float64)
    return np.ascontiguousarray(values)
