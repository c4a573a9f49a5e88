"""A kernel matrix as one file of another format, written one block row at a time."""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from qml_core.errors import SpecError, StorageError
from qml_core.kernels.blocks import side_slice
from qml_core.references import ArtifactRef
from qml_core.storage.block_format import Values
from qml_core.storage.local import os_errors
from qml_core.storage.matrices import load_matrix, open_matrix
from qml_core.storage.parquet import encode_options, field
from qml_core.storage.store import open_store

Format = Literal["csv", "npy", "parquet"]
Rows = Iterator[tuple[slice, Values]]


def export_matrix(ref: ArtifactRef, path: Path, format: Format) -> None:
    """Write the whole matrix to `path`, replacing it; in memory is one block row.

    csv: one line per row, 17 significant digits, no header. npy: float64 (rows, columns).
    parquet: columns `row` (int32) and `values` (fixed-size list of float64).

    Raises:
        SpecError: unknown format, or the folder is missing.
        StorageError: the disk is full or denies; no partial file is left.
    """
    if format not in _WRITERS:
        raise SpecError(f"export format {format!r} asked for, known: {', '.join(_WRITERS)}")
    if not path.parent.is_dir():
        raise SpecError(f"export to {path} asked for, but {path.parent} is no folder")
    shape = open_matrix(ref).shape
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os_errors(str(path)):
        try:
            _WRITERS[format](temporary, shape, _block_rows(ref))
            os.replace(temporary, path)
        except pa.ArrowException as error:
            raise StorageError(f"{path}: Parquet could not be written") from error
        finally:
            temporary.unlink(missing_ok=True)


def _block_rows(ref: ArtifactRef) -> Rows:
    store = open_store(ref.store)
    manifest = open_matrix(ref, store)
    for index in range(-(-manifest.shape[0] // manifest.edge)):
        rows = side_slice(index, manifest.shape[0], manifest.edge)
        yield rows, load_matrix(ref, rows=rows, store=store)


def _write_csv(path: Path, shape: tuple[int, int], block_rows: Rows) -> None:
    with path.open("w", encoding="ascii") as file:
        for _, values in block_rows:
            np.savetxt(file, values, fmt="%.17g", delimiter=",")


def _write_npy(path: Path, shape: tuple[int, int], block_rows: Rows) -> None:
    target = np.lib.format.open_memmap(path, mode="w+", dtype="<f8", shape=shape)
    # A memory map on a full disk ends the process instead of raising: take the space first.
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    for rows, values in block_rows:
        target[rows] = values
    target.flush()


def _write_parquet(path: Path, shape: tuple[int, int], block_rows: Rows) -> None:
    fields = [field("row", "int32"), field("values", "float64", shape[1])]
    schema = pa.schema(fields)
    with pq.ParquetWriter(path, schema, **encode_options(fields)) as writer:
        for rows, values in block_rows:
            number = pa.array(np.arange(rows.start, rows.stop, dtype=np.int32))
            flat = pa.array(values.reshape(-1))
            column = pa.FixedSizeListArray.from_arrays(flat, type=fields[1].type)
            writer.write_table(pa.Table.from_arrays([number, column], schema=schema))


_WRITERS: dict[str, Callable[[Path, tuple[int, int], Rows], None]] = {
    "csv": _write_csv,
    "npy": _write_npy,
    "parquet": _write_parquet,
}
