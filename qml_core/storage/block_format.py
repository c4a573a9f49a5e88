"""Kernel blocks as Parquet: one row per matrix row, checked on every read before it is believed."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qml_core.errors import CorruptArtifact, DataError
from qml_core.references import BlockIndex, BlockReceipt, EntryType
from qml_core.storage.documents import SCHEMA_VERSION
from qml_core.storage.parquet import (
    decode_table,
    encode_table,
    field,
    metadata_of,
    open_table,
)

Values = NDArray[np.float64]
Entries = NDArray[np.float64] | NDArray[np.float32]
"""Values as they are stored."""

_MEASURED: dict[str, str] = {
    "counts": "int64",
    "shots": "int64",
    "corrected": "float64",
    "errors": "float64",
}


NOT_COUNTED = -1


@dataclass(frozen=True)
class Measurement:
    """What stands beside values that were measured; each (rows, columns)."""

    counts: NDArray[np.int64]
    """Shots that read only zeros; NOT_COUNTED where rows were measured, and not pairs of them."""
    shots: NDArray[np.int64]
    """Of each entry; those of a measured row stand at one of its entries, once in the matrix."""
    corrected: NDArray[np.float64]
    """The values after the correction of readout errors, or after all corrections."""
    errors: NDArray[np.float64]
    """Standard errors of `corrected`."""

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        return {n: np.asarray(getattr(self, n), dtype=t) for n, t in _MEASURED.items()}


def entry_type(values: Entries) -> EntryType:
    """The type a matrix is stored with: float32 stays so, all else becomes float64."""
    return "float32" if values.dtype == np.float32 else "float64"


def logical_digest(values: Entries) -> str:
    """SHA-256 of type, shape and little-endian bytes in C order, whatever the file looks like."""
    kind = entry_type(values)
    content = np.ascontiguousarray(values, dtype=np.dtype(kind).newbyteorder("<"))
    header = f"{kind} {content.shape[0]} {content.shape[1]}\n".encode()
    hashed = hashlib.sha256(header)
    hashed.update(content.data.cast("B"))
    return hashed.hexdigest()


def encode_block(
    values: Entries,
    plan_key: str,
    block: BlockIndex,
    measurement: Measurement | None = None,
    *,
    logical: str | None = None,
) -> bytes:
    """One Parquet file of a block (rows, columns), with its measurement where there were shots.

    Column `row` counts the block's own rows from 0. float32 values are stored as such, all others
    as float64. The file says what it is: plan key, block, shape, type, logical digest and schema
    version are in its metadata.

    Args:
        logical: the logical digest of the values, where the caller has it.

    Raises:
        DataError: not a matrix, empty, or with values that are not finite.
    """
    _check_values(values, block)
    columns: dict[str, NDArray[Any]] = {
        "row": np.arange(values.shape[0], dtype=np.int32),
        "values": np.asarray(values, dtype=entry_type(values)),
    }
    for name, measured in (measurement.columns if measurement else {}).items():
        if measured.shape != values.shape or not np.isfinite(measured).all():
            raise DataError(f"block {block}: {name} {measured.shape}, values {values.shape}")
        columns[name] = measured
    logical = logical or logical_digest(values)
    about = _metadata(plan_key, block, values.shape, entry_type(values), logical)
    return encode_table(columns, about)


def decode_block(data: bytes, receipt: BlockReceipt) -> Entries:
    """The block's values (rows, columns) in the receipt's type, bit by bit what was written.

    Checked in this order: size, SHA-256, metadata, row count and schema (equalities from the
    receipt, so that no bomb is opened), page checksums, shape, logical digest, finiteness.

    Raises:
        CorruptArtifact: any of them differs.
    """
    values: Entries = _decode(data, receipt)["values"]
    if values.shape != receipt.shape or logical_digest(values) != receipt.logical_digest:
        raise _corrupt(receipt, "its values differ from their digest")
    if not np.isfinite(values).all():
        raise _corrupt(receipt, "it holds values that are not finite")
    return values


def decode_measurement(data: bytes, receipt: BlockReceipt) -> Measurement | None:
    """What was measured, of a block with shots, else None."""
    columns = _decode(data, receipt)
    if "counts" not in columns:
        return None
    return Measurement(**{name: columns[name] for name in _MEASURED})


def _decode(data: bytes, receipt: BlockReceipt) -> dict[str, NDArray[Any]]:
    if len(data) != receipt.size or hashlib.sha256(data).hexdigest() != receipt.sha256:
        raise _corrupt(receipt, f"{len(data)} bytes with another SHA-256 than {receipt.size} bytes")
    file = open_table(data, receipt.path)
    _check_footer(file, receipt)
    columns = decode_table(file, receipt.path)
    if not np.array_equal(columns["row"], np.arange(receipt.shape[0])):
        raise _corrupt(receipt, "its rows are not in order")
    return columns


def _check_footer(file: pq.ParquetFile, receipt: BlockReceipt) -> None:
    rows, columns = receipt.shape
    expected = _metadata(
        receipt.plan_key, receipt.block, receipt.shape, receipt.dtype, receipt.logical_digest
    )
    if metadata_of(file) != expected:
        raise _corrupt(receipt, "it is another block")
    if file.metadata.num_rows != rows or file.metadata.num_row_groups != 1:
        raise _corrupt(receipt, f"{file.metadata.num_rows} rows instead of {rows}")
    fields = [field("row", "int32"), field("values", receipt.dtype, columns)]
    shot_based = pa.schema([*fields, *(field(n, t, columns) for n, t in _MEASURED.items())])
    if not any(file.schema_arrow.equals(known) for known in (pa.schema(fields), shot_based)):
        raise _corrupt(receipt, "its columns are not those of a block")


def _metadata(
    plan_key: str, block: BlockIndex, shape: tuple[int, ...], dtype: EntryType, logical: str
) -> dict[str, str]:
    return {
        "qml.schema_version": str(SCHEMA_VERSION),
        "qml.plan_key": plan_key,
        "qml.block": f"{block[0]},{block[1]}",
        "qml.shape": f"{shape[0]},{shape[1]}",
        "qml.dtype": dtype,
        "qml.logical_digest": logical,
    }


def _check_values(values: Entries, block: BlockIndex) -> None:
    if values.ndim != 2 or values.size == 0:
        raise DataError(f"block {block} of shape {values.shape}; a block is a matrix, not empty")
    if not np.isfinite(values).all():
        bad = int(np.count_nonzero(~np.isfinite(values)))
        raise DataError(f"block {block} has {bad} values that are not finite and is not stored")


def _corrupt(receipt: BlockReceipt, why: str) -> CorruptArtifact:
    return CorruptArtifact(
        f"block {receipt.block} of matrix {receipt.plan_key[:12]} at {receipt.path}: {why}",
        "run the command that made it again: the block is set aside and recomputed",
    )
