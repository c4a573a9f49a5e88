"""Blocks in the store and their receipts: the index that a rerun resumes from."""

import numpy as np
from pydantic import ValidationError

from qml_core.errors import ArtifactConflict, ArtifactNotFound, CorruptArtifact
from qml_core.keys import digest
from qml_core.references import BlockIndex, BlockReceipt
from qml_core.storage.block_format import (
    Entries,
    Measurement,
    Values,
    decode_block,
    decode_measurement,
    encode_block,
    entry_type,
    logical_digest,
)
from qml_core.storage.content import content_path, quarantine, read_verified
from qml_core.storage.documents import SCHEMA_VERSION, decode_document, encode_document
from qml_core.storage.store import ArtifactStore

__all__ = [
    "block_of",
    "decode_block",
    "encode_block",
    "find_block",
    "parse_receipt",
    "put_block",
    "read_block",
    "receipt_path",
    "receipts",
    "receipts_folder",
]

_ATTEMPTS = 3


def receipts_folder(plan_key: str) -> str:
    return f"matrices/{plan_key}/receipts"


def receipt_path(plan_key: str, block: BlockIndex) -> str:
    return f"{receipts_folder(plan_key)}/{block[0]}-{block[1]}.json"


def put_block(
    store: ArtifactStore,
    plan_key: str,
    block: BlockIndex,
    values: Entries,
    seconds: float,
    *,
    measurement: Measurement | None = None,
    calibration: str | None = None,
    job: str | None = None,
) -> BlockReceipt:
    """Store a block, then its receipt; returns the receipt that stands.

    Whoever commits a sound block first wins: a later writer adopts it, also where its own values
    differ (two measurements of one block). What is damaged is set aside and replaced.

    Args:
        values: (rows, columns), finite; float32 is stored as such.
        seconds: wall time of computing them.

    Raises:
        ArtifactConflict: others kept replacing the receipt.
    """
    logical = logical_digest(values)
    data = encode_block(values, plan_key, block, measurement, logical=logical)
    sha256 = digest(data)
    receipt = BlockReceipt(
        plan_key=plan_key,
        block=block,
        path=content_path("blocks", sha256, ".parquet"),
        sha256=sha256,
        size=len(data),
        logical_digest=logical,
        shape=(values.shape[0], values.shape[1]),
        dtype=entry_type(values),
        seconds=seconds,
        calibration=calibration,
        job=job,
        shots=None if measurement is None else int(measurement.shots.sum()),
    )
    document = encode_document(
        {**receipt.model_dump(mode="json"), "schema_version": SCHEMA_VERSION}
    )
    for _ in range(_ATTEMPTS):
        store.put(receipt.path, data)
        if store.put_if_absent(receipt_path(plan_key, block), document):
            return receipt
        standing = find_block(store, plan_key, block)
        if standing is not None:
            return standing
    raise ArtifactConflict(
        f"block {block} of matrix {plan_key[:12]}: its receipt was replaced {_ATTEMPTS} times",
        "check that one program version writes to this store, then run the command again",
    )


def find_block(store: ArtifactStore, plan_key: str, block: BlockIndex) -> BlockReceipt | None:
    """The receipt of a stored block whose content was read and found sound, else None.

    What is damaged goes into quarantine, so that the block is computed anew.
    """
    path = receipt_path(plan_key, block)
    try:
        receipt = parse_receipt(store.get(path), path, plan_key, block)
    except ArtifactNotFound:
        return None
    except CorruptArtifact:
        quarantine(store, path)
        return None
    try:
        read_block(store, receipt)
    except (ArtifactNotFound, CorruptArtifact):
        quarantine(store, receipt.path)
        quarantine(store, path)
        return None
    return receipt


def read_block(store: ArtifactStore, receipt: BlockReceipt) -> Values:
    """The values of a stored block as float64; raises ArtifactNotFound or CorruptArtifact."""
    data = read_verified(store, receipt.path, receipt.sha256, receipt.size)
    return decode_block(data, receipt).astype(np.float64, copy=False)


def read_measurement(store: ArtifactStore, receipt: BlockReceipt) -> Measurement | None:
    """What was measured beside the values; None: they are exact. Raises as `read_block`."""
    data = read_verified(store, receipt.path, receipt.sha256, receipt.size)
    return decode_measurement(data, receipt)


def receipts(store: ArtifactStore, plan_key: str) -> dict[BlockIndex, BlockReceipt]:
    """The receipts of a matrix by block, from one listing; their blocks are not read.

    A damaged receipt is left out, as if its block had never been stored.
    """
    found = {}
    for entry in store.list(receipts_folder(plan_key)):
        block = block_of(entry.path)
        try:
            if block is not None:
                found[block] = parse_receipt(store.get(entry.path), entry.path, plan_key, block)
        except (ArtifactNotFound, CorruptArtifact):
            continue
    return found


def stored_blocks(store: ArtifactStore, plan_key: str) -> set[BlockIndex]:
    """Blocks that have a receipt, by one list and without reading any."""
    entries = store.list(receipts_folder(plan_key))
    return {block for entry in entries if (block := block_of(entry.path)) is not None}


def block_of(path: str) -> BlockIndex | None:
    """The block a receipt's path names."""
    name = path.rpartition("/")[2].removesuffix(".json")
    row, _, column = name.partition("-")
    return (int(row), int(column)) if row.isdecimal() and column.isdecimal() else None


def parse_receipt(data: bytes, path: str, plan_key: str, block: BlockIndex) -> BlockReceipt:
    """The receipt of this block of this plan; raises CorruptArtifact on anything else."""
    document = decode_document(data, path)
    document.pop("schema_version", None)
    try:
        receipt = BlockReceipt.model_validate(document)
    except ValidationError as error:
        raise CorruptArtifact(f"{path} is no receipt: {error.error_count()} fields") from error
    expected = content_path("blocks", receipt.sha256, ".parquet")
    if (receipt.plan_key, receipt.block, receipt.path) != (plan_key, block, expected):
        raise CorruptArtifact(f"{path} is the receipt of another block")
    return receipt
