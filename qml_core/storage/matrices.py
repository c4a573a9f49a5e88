"""Kernel matrices: committed once all blocks are there, read in the parts one asks for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import ArtifactConflict, ArtifactNotFound, CorruptArtifact, SpecError
from qml_core.keys import digest
from qml_core.references import ArtifactRef, BlockIndex, BlockReceipt, KernelPlan
from qml_core.storage.block_format import Measurement, Values
from qml_core.storage.blocks import read_block, read_measurement
from qml_core.storage.content import get_verified, quarantine
from qml_core.storage.manifest import (
    Manifest,
    decode_manifest,
    encode_manifest,
    make_manifest,
    manifest_path,
    place_of,
)
from qml_core.storage.store import ArtifactStore, open_store

Selection = slice | Sequence[int] | NDArray[Any] | None
"""Rows or columns: all of them (None), a slice, indices in any order, or a mask."""

_ATTEMPTS = 3


def commit_matrix(
    store: ArtifactStore,
    plan: KernelPlan,
    receipts: Iterable[BlockReceipt] | Mapping[BlockIndex, BlockReceipt],
    document: Mapping[str, Any],
) -> ArtifactRef:
    """Write the manifest, the last object of a matrix; returns the one that stands.

    A manifest that is there already is adopted: with equal logical digests it is the same matrix,
    with others the first committed wins. One whose blocks are damaged is set aside and replaced.

    Args:
        receipts: of blocks that were stored or found sound.
        document: the rows' roles and the like; JSON, and nothing of this run.

    Raises:
        ArtifactConflict: the blocks do not cover the matrix exactly once.
    """
    entries = receipts.values() if isinstance(receipts, Mapping) else receipts
    manifest = make_manifest(plan, entries, document)
    data, path = encode_manifest(manifest), manifest_path(plan.key)
    for _ in range(_ATTEMPTS):
        if store.put_if_absent(path, data) and _is_there(store, path, data):
            return ArtifactRef(store=store.url, path=path, sha256=digest(data))
        standing = _standing(store, path)
        if standing is not None:
            return standing
    raise ArtifactConflict(
        f"matrix {plan.key[:12]}: its manifest was replaced {_ATTEMPTS} times",
        "check that one program version writes to this store, then run the command again",
    )


def _is_there(store: ArtifactStore, path: str, data: bytes) -> bool:
    try:
        return store.get(path) == data
    except ArtifactNotFound:  # another process set it aside meanwhile
        return False


def _standing(store: ArtifactStore, path: str) -> ArtifactRef | None:
    """The manifest that is there, where it and all its blocks are sound; else it is set aside."""
    try:
        data = store.get(path)
        manifest = decode_manifest(data, path)
        for entry in manifest.blocks:
            read_block(store, manifest.receipt(entry))
    except (ArtifactNotFound, CorruptArtifact):
        quarantine(store, path)
        return None
    return ArtifactRef(store=store.url, path=path, sha256=digest(data))


def load_manifest(store: ArtifactStore, key: str) -> Manifest:
    """The manifest of a committed matrix by its plan key.

    Raises:
        ArtifactNotFound: not committed (yet).
        CorruptArtifact: damaged, or the manifest of another matrix.
    """
    path = manifest_path(key)
    manifest = decode_manifest(store.get(path), path)
    if manifest.key != key:
        raise CorruptArtifact(f"{path} is the manifest of matrix {manifest.key[:12]}")
    return manifest


def open_matrix(ref: ArtifactRef, store: ArtifactStore | None = None) -> Manifest:
    """The manifest a reference points at, checked against the reference's SHA-256."""
    return decode_manifest(get_verified(ref, store), ref.path)


def load_matrix(
    ref: ArtifactRef,
    rows: Selection = None,
    cols: Selection = None,
    *,
    store: ArtifactStore | None = None,
) -> Values:
    """The selected rows and columns as one array; only blocks that meet them are read.

    The lower half of a symmetric matrix is mirrored from the upper one.

    Returns:
        (selected rows, selected columns), float64 whatever is stored.

    Raises:
        SpecError: an index out of range.
        ArtifactNotFound, CorruptArtifact: a block is missing or damaged.
    """
    store = store or open_store(ref.store)
    manifest = open_matrix(ref, store)
    chosen = _indices(rows, manifest.shape[0]), _indices(cols, manifest.shape[1])
    result = np.empty((len(chosen[0]), len(chosen[1])))
    for entry in manifest.blocks:
        parts = _parts(entry.block, manifest, chosen)
        if not any(a.size and b.size for (a, _), (b, _), _ in parts):
            continue
        values = read_block(store, manifest.receipt(entry))
        for (into_rows, from_rows), (into_cols, from_cols), mirrored in parts:
            source = values.T if mirrored else values
            result[np.ix_(into_rows, into_cols)] = source[np.ix_(from_rows, from_cols)]
    return result


def iterate_blocks(
    ref: ArtifactRef, *, store: ArtifactStore | None = None
) -> Iterator[tuple[slice, slice, Values]]:
    """The stored blocks one by one: their rows, columns and values.

    Of a symmetric matrix those on and above the diagonal only; the others are their transposes.
    """
    store = store or open_store(ref.store)
    manifest = open_matrix(ref, store)
    for entry in manifest.blocks:
        rows, columns = place_of(entry.block, manifest)
        yield rows, columns, read_block(store, manifest.receipt(entry))


def load_measurement(
    ref: ArtifactRef, *, store: ArtifactStore | None = None
) -> tuple[Values, Measurement]:
    """All measured values (n, m) of a matrix and what stands beside them.

    Of a symmetric matrix the lower half is mirrored, with 0 shots.

    Raises:
        SpecError: its values are exact.
        ArtifactNotFound, CorruptArtifact: a block is missing or damaged.
    """
    store = store or open_store(ref.store)
    manifest = open_matrix(ref, store)
    names = ("counts", "shots", "corrected", "errors")
    found: dict[str, NDArray[Any]] = {
        name: np.zeros(manifest.shape, np.int64 if name in names[:2] else np.float64)
        for name in ("values", *names)
    }
    for entry in manifest.blocks:
        receipt = manifest.receipt(entry)
        measurement = read_measurement(store, receipt)
        if measurement is None:
            raise SpecError(f"matrix {manifest.key[:12]} was computed exactly, it has no shots")
        rows, columns = place_of(entry.block, manifest)
        parts = {"values": read_block(store, receipt), **measurement.columns}
        for name, part in parts.items():
            found[name][rows, columns] = part
            if manifest.symmetric and rows != columns and name != "shots":
                found[name][columns, rows] = part.T
    values = found.pop("values")
    return values, Measurement(**found)


Indices = NDArray[np.intp]
_Side = tuple[Indices, Indices]


def _parts(
    block: BlockIndex, manifest: Manifest, chosen: tuple[Indices, Indices]
) -> list[tuple[_Side, _Side, bool]]:
    """Where the block goes in the result, and where its mirror image goes."""
    rows, columns = place_of(block, manifest)
    places = [(rows, columns, False)]
    if manifest.symmetric and block[0] != block[1]:
        places.append((columns, rows, True))
    return [
        (_overlap(chosen[0], down), _overlap(chosen[1], across), mirrored)
        for down, across, mirrored in places
    ]


def _overlap(chosen: Indices, side: slice) -> _Side:
    """Positions in the selection that lie in the rows of a block, and which of its rows."""
    positions = np.flatnonzero((chosen >= side.start) & (chosen < side.stop))
    return positions, chosen[positions] - side.start


def _indices(selection: Selection, length: int) -> Indices:
    """The selection as indices from 0; negative ones count from the end."""
    every = np.arange(length)
    if selection is None:
        return every
    wanted = selection if isinstance(selection, slice) else np.asarray(selection)
    if isinstance(wanted, np.ndarray) and wanted.size == 0:
        return every[:0]
    try:
        return np.atleast_1d(every[wanted]).ravel()
    except IndexError as error:
        raise SpecError(f"rows or columns of a side of {length} asked for: {error}") from error
