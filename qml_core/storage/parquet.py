"""The Parquet codec of all arrays: bit-exact, with page checksums, safe to open.

A column of an array (n,) is a plain column, of an array (n, k) a fixed-size list of k values.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qml_core.errors import CorruptArtifact

Columns = Mapping[str, NDArray[Any]]

MAX_BYTES = 8 * 2**30
"""Largest table that is opened, decompressed; a hostile file of 500 kB can announce more."""

_TYPES = {
    "float64": pa.float64(),
    "float32": pa.float32(),
    "int64": pa.int64(),
    "int32": pa.int32(),
    "bool": pa.bool_(),
}


def encode_table(columns: Columns, metadata: Mapping[str, str]) -> bytes:
    """Parquet of equally long columns: floats, int64, int32, bool or text.

    Zstandard level 1; floats with BYTE_STREAM_SPLIT; no dictionary, no statistics. The same input
    gives the same bytes with the same pyarrow.
    """
    arrays = [_to_arrow(values) for values in columns.values()]
    fields = [
        pa.field(name, array.type, nullable=False)
        for name, array in zip(columns, arrays, strict=True)
    ]
    schema = pa.schema(fields, metadata=dict(metadata))
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), sink, **encode_options(fields))
    data: bytes = sink.getvalue().to_pybytes()
    return data


def encode_options(fields: Sequence[pa.Field]) -> dict[str, Any]:
    """Options of pyarrow's writers for these columns."""
    split = {_leaf(f): "BYTE_STREAM_SPLIT" for f in fields if _is_float(f.type)}
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": False,
        "write_statistics": False,
        "column_encoding": split or None,
        "write_page_checksum": True,
    }


def open_table(data: bytes, what: str) -> pq.ParquetFile:
    """The file with its footer read and no data yet; raises CorruptArtifact."""
    try:
        file = pq.ParquetFile(
            pa.BufferReader(data),
            page_checksum_verification=True,
            thrift_string_size_limit=2**26,
            thrift_container_size_limit=2**20,
        )
        _ = file.schema_arrow  # parsed on first use
        return file
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CorruptArtifact(f"{what} is no readable Parquet file") from error


def metadata_of(file: pq.ParquetFile) -> dict[str, str]:
    """Key-value metadata as written by `encode_table`."""
    stored = file.schema_arrow.metadata or {}
    return {k.decode(errors="replace"): v.decode(errors="replace") for k, v in stored.items()}


def decode_table(file: pq.ParquetFile, what: str) -> dict[str, NDArray[Any]]:
    """The columns as arrays (n,) or (n, k); raises CorruptArtifact on any damage.

    Size and types are checked in the footer before a page is read.
    """
    _check_bounds(file, what)
    try:
        table = file.read(use_threads=False)
        table.validate(full=True)
        return {name: _to_numpy(table.column(name), what) for name in table.column_names}
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CorruptArtifact(f"{what} holds damaged Parquet pages") from error


def field(name: str, dtype: str, width: int | None = None) -> pa.Field:
    """The Arrow field of a column (n,) or, with a width, (n, width)."""
    kind = _TYPES[dtype]
    return pa.field(name, kind if width is None else _list_of(kind, width), nullable=False)


def _list_of(kind: pa.DataType, width: int) -> pa.DataType:
    return pa.list_(pa.field("element", kind, nullable=False), width)


def _to_arrow(values: NDArray[Any]) -> pa.Array:
    if values.ndim == 1 and values.dtype.kind == "U":
        return pa.array(values.tolist(), type=pa.string())
    if values.ndim not in (1, 2) or values.dtype.name not in _TYPES:
        raise ValueError(f"no column for an array of shape {values.shape}, type {values.dtype}")
    kind = _TYPES[values.dtype.name]
    if values.ndim == 1:
        return pa.array(np.ascontiguousarray(values), type=kind)
    flat = pa.array(np.ascontiguousarray(values).reshape(-1), type=kind)
    return pa.FixedSizeListArray.from_arrays(flat, type=_list_of(kind, values.shape[1]))


def _to_numpy(column: pa.ChunkedArray, what: str) -> NDArray[Any]:
    chunks = column.combine_chunks()
    array = chunks if isinstance(chunks, pa.Array) else pa.concat_arrays(chunks.chunks)
    if array.null_count:
        raise CorruptArtifact(f"{what} holds missing values")
    if pa.types.is_string(array.type):
        return np.array(array.to_pylist(), dtype=np.str_)
    if not pa.types.is_fixed_size_list(array.type):
        return np.array(array.to_numpy(zero_copy_only=False))
    width = array.type.list_size
    flat = array.flatten().to_numpy(zero_copy_only=False)
    return np.array(flat.reshape(len(array), width))


def _check_bounds(file: pq.ParquetFile, what: str) -> None:
    width = sum(_width(f.type, what) for f in file.schema_arrow)
    groups = [file.metadata.row_group(k) for k in range(file.metadata.num_row_groups)]
    announced = max(width * file.metadata.num_rows, sum(g.total_byte_size for g in groups))
    if announced > MAX_BYTES:
        raise CorruptArtifact(f"{what} announces {announced} bytes, the limit is {MAX_BYTES}")


def _width(kind: pa.DataType, what: str) -> int:
    """Bytes of one value; text counts as little, its own bound is the row group's size."""
    if pa.types.is_string(kind):
        return 1
    if pa.types.is_fixed_size_list(kind):
        return int(kind.list_size) * _width(kind.value_type, what)
    if kind in _TYPES.values():
        return 8
    raise CorruptArtifact(f"{what} has a column of type {kind}, which is never written")


def _is_float(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(getattr(kind, "value_type", kind)))


def _leaf(column: pa.Field) -> str:
    """The column's name inside Parquet, where lists are nested groups."""
    nested = pa.types.is_fixed_size_list(column.type)
    return f"{column.name}.list.element" if nested else str(column.name)
