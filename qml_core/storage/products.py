"""A stored symmetric matrix as an operator: products and samples, read block by block."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from qml_core.references import MatrixRef
from qml_core.storage.blocks import read_block
from qml_core.storage.manifest import place_of
from qml_core.storage.matrices import iterate_blocks, load_matrix, open_matrix
from qml_core.storage.store import open_store

Array = NDArray[np.float64]
Part = tuple[slice, slice, Array]

_READERS = 4


class StoredMatrix:
    """K (n, n) in the store; blocks stay in memory where they fit, else each use reads them.

    Args:
        room_bytes: memory the blocks may take.
    """

    def __init__(self, ref: MatrixRef, room_bytes: int) -> None:
        self._ref = ref
        n = ref.shape[0]
        fits = 8 * n * (n + 1) // 2 <= room_bytes
        self._kept = _read_all(ref) if fits else None

    def product(self, V: Array) -> Array:
        """K V for V (n,) or (n, k)."""
        result = np.zeros_like(V)
        for rows, columns, values in self._parts():
            result[rows] += values @ V[columns]
            if rows != columns:
                result[columns] += values.T @ V[rows]
        return result

    def sample(self, chosen: NDArray[np.int64]) -> Array:
        """K[chosen][:, chosen] for indices in any order."""
        if self._kept is None:
            return load_matrix(self._ref, chosen, chosen)
        result = np.empty((len(chosen), len(chosen)))
        for rows, columns, values in self._kept:
            into_rows, from_rows = _overlap(chosen, rows)
            into_columns, from_columns = _overlap(chosen, columns)
            part = values[np.ix_(from_rows, from_columns)]
            result[np.ix_(into_rows, into_columns)] = part
            result[np.ix_(into_columns, into_rows)] = part.T
        return result

    def _parts(self) -> Iterator[Part]:
        return iterate_blocks(self._ref) if self._kept is None else iter(self._kept)


def _overlap(chosen: NDArray[np.int64], side: slice) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Positions of the chosen indices that lie in the slice, and where in it they lie."""
    positions = np.flatnonzero((chosen >= side.start) & (chosen < side.stop))
    return positions, chosen[positions] - side.start


def _read_all(ref: MatrixRef) -> list[Part]:
    """All blocks, verified; several at once, since hashing and decoding leave the interpreter."""
    store = open_store(ref.store)
    manifest = open_matrix(ref, store)

    def read(number: int) -> Part:
        entry = manifest.blocks[number]
        rows, columns = place_of(entry.block, manifest)
        return rows, columns, read_block(store, manifest.receipt(entry))

    with ThreadPoolExecutor(max_workers=_READERS) as readers:
        return list(readers.map(read, range(len(manifest.blocks))))
