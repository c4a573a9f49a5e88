"""Counts of rows in random bases: one Parquet file and one receipt for each job that brought them.

The receipt lies below the key of the matrix of the role, the file under the digest of its content.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from qml_core.errors import ArtifactConflict, ArtifactNotFound, CorruptArtifact, DataError
from qml_core.kernels.row_jobs import RowJob
from qml_core.specs import Spec
from qml_core.storage.content import find_model, put_content, quarantine, read_verified
from qml_core.storage.documents import SCHEMA_VERSION
from qml_core.storage.parquet import decode_table, encode_table, metadata_of, open_table
from qml_core.storage.store import ArtifactStore

MEASUREMENTS = "measurements"
_ATTEMPTS = 3


@dataclass(frozen=True)
class RowCounts:
    """What one job read: its rows, in order, each in all of the job's bases."""

    counts: NDArray[np.int64]
    """(rows, bases, 2^n), wire 0 the most significant bit."""
    readout: NDArray[np.float64] | None
    """(rows, bases, n, 2) P(read 0 | prepared 1) and P(read 1 | prepared 0); None: not known."""


class RowReceipt(Spec):
    """One stored job of rows: where, what it must hash to, and how it was made."""

    path: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=1, description="Bytes of the Parquet file")
    n_qubits: int = Field(ge=1)
    shots: int = Field(ge=1, description="Of each circuit")
    job: str | None = Field(None, description="Provider's job id, QPU only")
    calibration: str | None = Field(None, description="Digest of the calibration record used")


def put_rows(
    store: ArtifactStore,
    of: RowJob,
    found: RowCounts,
    job: str | None = None,
    calibration: str | None = None,
) -> tuple[RowReceipt, RowCounts]:
    """Store the counts, then their receipt; whoever was first wins, and theirs come back.

    Raises:
        DataError: rows, bases or shots are not those of the job.
        ArtifactConflict: others kept replacing the receipt.
    """
    data = _encode(of, found)
    size = found.counts.shape[-1]
    for _ in range(_ATTEMPTS):
        ref = put_content(store, MEASUREMENTS, data, ".parquet")
        receipt = RowReceipt(
            path=ref.path,
            sha256=ref.sha256,
            size=len(data),
            n_qubits=size.bit_length() - 1,
            shots=int(found.counts[0, 0].sum()),
            job=job,
            calibration=calibration,
        )
        if store.put_if_absent(receipt_path(of), receipt.model_dump_json().encode()):
            return receipt, found
        standing = find_rows(store, of)
        if standing is not None:
            return standing
    raise ArtifactConflict(
        f"{of.name} of matrix {of.key[:12]}: its receipt was replaced {_ATTEMPTS} times",
        "check that one program version writes to this store, then run the command again",
    )


def find_rows(store: ArtifactStore, of: RowJob) -> tuple[RowReceipt, RowCounts] | None:
    """Counts whose content was read and found sound, else None; what is damaged is set aside."""
    receipt = find_model(store, receipt_path(of), RowReceipt)
    if receipt is None:
        return None
    try:
        return receipt, _read(store, of, receipt)
    except (ArtifactNotFound, CorruptArtifact):
        quarantine(store, receipt.path)
        quarantine(store, receipt_path(of))
        return None


def stored_rows(store: ArtifactStore, key: str) -> frozenset[str]:
    """Names of the jobs of a matrix that have a receipt, by one list and without reading any."""
    entries = store.list(_folder(key))
    return frozenset(e.path.rpartition("/")[2].removesuffix(".json") for e in entries)


def receipt_path(of: RowJob) -> str:
    return f"{_folder(of.key)}/{of.name}.json"


def _folder(key: str) -> str:
    return f"matrices/{key}/{MEASUREMENTS}"


def _encode(of: RowJob, found: RowCounts) -> bytes:
    rows, bases, _ = found.counts.shape
    shots = found.counts.sum(axis=-1)
    if rows * bases != of.circuits or shots.min() < 1 or shots.min() != shots.max():
        raise DataError(
            f"{of.name} asked with equal shots, found {rows} rows in {bases} bases with "
            f"{shots.min()} to {shots.max()} shots"
        )
    columns: dict[str, NDArray[Any]] = {"counts": found.counts.reshape(rows * bases, -1)}
    if found.readout is not None:
        columns["readout"] = found.readout.reshape(rows * bases, -1)
    return encode_table(columns, _about(of))


def _about(of: RowJob) -> dict[str, str]:
    return {
        "qml.schema_version": str(SCHEMA_VERSION),
        "qml.plan_key": of.key,
        "qml.rows": of.name,
    }


def _read(store: ArtifactStore, of: RowJob, receipt: RowReceipt) -> RowCounts:
    data = read_verified(store, receipt.path, receipt.sha256, receipt.size)
    file = open_table(data, receipt.path)
    rows, bases = of.rows[1] - of.rows[0], of.bases[1] - of.bases[0]
    if metadata_of(file) != _about(of) or file.metadata.num_rows != rows * bases:
        raise CorruptArtifact(f"{receipt.path} holds other rows than {of.name}")
    columns = decode_table(file, receipt.path)
    counts, readout = columns["counts"], columns.get("readout")
    if counts.shape[1] != 2**receipt.n_qubits or (counts.sum(axis=1) != receipt.shots).any():
        raise CorruptArtifact(f"{receipt.path} holds other counts than its receipt says")
    return RowCounts(
        counts=counts.reshape(rows, bases, -1),
        readout=None if readout is None else readout.reshape(rows, bases, receipt.n_qubits, 2),
    )
