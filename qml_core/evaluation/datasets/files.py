"""CSV and Parquet files as Arrow tables, from a local path or an object store."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyarrow as pa
from pyarrow import csv
from pyarrow import parquet as pq

from qml_core.errors import DataError
from qml_core.evaluation.datasets import object_store
from qml_core.evaluation.datasets.limits import MAX_BYTES, check_shape, check_size

_MISSING = ["", "NA", "N/A", "NaN", "nan", "NAN", "null", "NULL", "None", "#N/A", "<NA>"]


def read(
    path: str, storage_options: Mapping[str, Any] | None = None, max_bytes: int = MAX_BYTES
) -> tuple[pa.Table, str]:
    """The table of a .csv or .parquet file and the file's name.

    Args:
        path: local path, file:///… or s3://bucket/key.

    Raises:
        DataError: missing, empty, malformed or too large file, or another kind of file.
        StorageError: the object store does not answer, or not to us.
    """
    local = _local_path(path)
    name = path.rstrip("/").rsplit("/", 1)[-1] if local is None else local.name
    parse = _parser(name, path)
    if local is None:
        data = object_store.fetch(path, storage_options, max_bytes)
        return parse(io.BytesIO(data), path, max_bytes), name
    try:
        _check_local(local, max_bytes)
        with local.open("rb") as file:
            return parse(file, path, max_bytes), name
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def read_bytes(path: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of any file at a local path, file:///… or s3://bucket/key; raises as `read`."""
    local = _local_path(path)
    if local is None:
        return object_store.fetch(path, None, max_bytes)
    try:
        _check_local(local, max_bytes)
        return local.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def _local_path(path: str) -> Path | None:
    """The local path, or none for an object of a store."""
    if "://" not in path:
        return Path(path).expanduser()
    parts = urlsplit(path)
    if parts.scheme == "s3":
        return None
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return Path(url2pathname(parts.path))
    raise DataError(
        f"{path} cannot be opened: only local paths, file:/// and s3:// are allowed",
        "download the file first",
    )


def _check_local(path: Path, max_bytes: int) -> None:
    if not path.exists():
        remedy = "check the path" if path.is_absolute() else f"looked in {Path.cwd()}"
        raise DataError(f"file {path} does not exist", remedy)
    if not path.is_file():
        raise DataError(f"{path} is no regular file", "give the path of one file")
    check_size(str(path), path.stat().st_size, max_bytes)


_Parser = Callable[[BinaryIO, str, int], pa.Table]


def _parser(name: str, path: str) -> _Parser:
    for suffix, parser in {".csv": _csv, ".parquet": _parquet}.items():
        if name.lower().endswith(suffix):
            return parser
    raise DataError(f"{path} ends neither in .csv nor in .parquet", "convert it to one of them")


def _csv(file: BinaryIO, path: str, max_bytes: int) -> pa.Table:
    try:
        table = csv.read_csv(
            file,
            convert_options=csv.ConvertOptions(
                null_values=_MISSING, strings_can_be_null=True, quoted_strings_can_be_null=False
            ),
        )
        check_shape(path, table.num_rows, len(table.column_names), max_bytes)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} is no readable CSV file: {_first_line(error)}",
            "commas between columns, a header line, UTF-8",
        ) from error
    return table


def _parquet(file: BinaryIO, path: str, max_bytes: int) -> pa.Table:
    try:
        source = pq.ParquetFile(file)
        # a small file may unpack to a huge table
        check_shape(path, source.metadata.num_rows, source.metadata.num_columns, max_bytes)
        groups = range(source.metadata.num_row_groups)
        unpacked = sum(source.metadata.row_group(i).total_byte_size for i in groups)
        check_size(path, max(unpacked, 1), max_bytes)
        return _without_index(source.read())
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no readable Parquet file: {_first_line(error)}") from error


def _without_index(table: pa.Table) -> pa.Table:
    """Without the row labels that pandas stores as columns."""
    stored = (table.schema.pandas_metadata or {}).get("index_columns", [])
    index = [name for name in stored if isinstance(name, str)]
    return table.drop_columns(index) if index else table


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
