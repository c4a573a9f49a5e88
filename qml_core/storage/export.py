"""A kernel matrix as one file of another format, written one block row at a time."""

import os
import secrets
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from qml_core.errors import SpecError, StorageError
from qml_core.kernels.blocks import cuts
from qml_core.references import ArtifactRef
from qml_core.storage.block_format import Entries
from qml_core.storage.local import os_errors
from qml_core.storage.manifest import Manifest
from qml_core.storage.matrices import load_matrix, open_matrix
from qml_core.storage.parquet import encode_options, field
from qml_core.storage.store import open_store

Format = Literal["csv", "npy", "parquet"]
Rows = Iterator[tuple[slice, Entries]]


def export_matrix(ref: ArtifactRef, path: Path, format: Format) -> None:
    """Write the whole matrix to `path`, replacing it; in memory is one block row.

    csv: one line per row, 17 significant digits (9 of float32), no header. npy: (rows, columns).
    parquet: columns `row` (int32) and `values` (fixed-size list). Entries keep their stored type.

    Raises:
        SpecError: unknown format, or the folder is missing.
        StorageError: the disk is full or denies; no partial file is left.
    """
    if format not in _WRITERS:
        raise SpecError(f"export format {format!r} asked for, known: {', '.join(_WRITERS)}")
    if not path.parent.is_dir():
        raise SpecError(f"export to {path} asked for, but {path.parent} is no folder")
    manifest = open_matrix(ref)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os_errors(str(path)):
        try:
            _WRITERS[format](temporary, manifest, _block_rows(ref))
            os.replace(temporary, path)
        except pa.ArrowException as error:
            raise StorageError(f"{path}: Parquet could not be written") from error
        finally:
            temporary.unlink(missing_ok=True)


def _block_rows(ref: ArtifactRef) -> Rows:
    store = open_store(ref.store)
    manifest = open_matrix(ref, store)
    for start, stop in pairwise(cuts(manifest.shape[0], manifest.edge, manifest.prefixes)):
        rows = slice(start, stop)
        values = load_matrix(ref, rows=rows, store=store)
        yield rows, values.astype(manifest.dtype, copy=False)


def _write_csv(path: Path, manifest: Manifest, block_rows: Rows) -> None:
    digits = {"float64": 17, "float32": 9}[manifest.dtype]
    with path.open("w", encoding="ascii") as file:
        for _, values in block_rows:
            np.savetxt(file, values, fmt=f"%.{digits}g", delimiter=",")


def _write_npy(path: Path, manifest: Manifest, block_rows: Rows) -> None:
    kind = np.dtype(manifest.dtype).newbyteorder("<")
    target = np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=manifest.shape)
    # A memory map on a full disk ends the process instead of raising: take the space first.
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    for rows, values in block_rows:
        target[rows] = values
    target.flush()


def _write_parquet(path: Path, manifest: Manifest, block_rows: Rows) -> None:
    fields = [field("row", "int32"), field("values", manifest.dtype, manifest.shape[1])]
    schema = pa.schema(fields)
    with pq.ParquetWriter(path, schema, **encode_options(fields)) as writer:
        for rows, values in block_rows:
            number = pa.array(np.arange(rows.start, rows.stop, dtype=np.int32))
            flat = pa.array(values.reshape(-1))
            column = pa.FixedSizeListArray.from_arrays(flat, type=fields[1].type)
            writer.write_table(pa.Table.from_arrays([number, column], schema=schema))


_WRITERS: dict[str, Callable[[Path, Manifest, Rows], None]] = {
    "csv": _write_csv,
    "npy": _write_npy,
    "parquet": _write_parquet,
}
