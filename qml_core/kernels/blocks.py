"""Blocks: a matrix as tiles that cover it exactly once, and shards of blocks worth one task."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qml_core.references import BlockIndex

EDGE = 512
"""Rows and columns of a full block in exact simulation: 2 MiB of float64."""

TILE = 8
"""Blocks along the side of a tile, all of whose state vectors are wanted in memory at once."""

SHARD_SECONDS = 10.0
"""Computation a task should hold, so that its overhead is small and little is lost with it."""

MAX_SHARDS = 200
"""Tasks of a run that a Prefect server keeps up with."""


Prefixes = tuple[int, ...]
"""Rows of the matrices that a matrix extends, the smallest first; empty: it extends none."""


@lru_cache(maxsize=64)
def cuts(length: int, edge: int, prefixes: Prefixes = ()) -> tuple[int, ...]:
    """Where a side is cut, from 0 to its length: every `edge` rows, anew from each prefix's end.

    The cuts of a prefix are the first cuts of the whole, so its blocks keep their indices.
    """
    parts = zip((0, *prefixes), (*prefixes, length), strict=True)
    return (*(cut for start, stop in parts for cut in range(start, stop, edge)), length)


def side_slice(index: int, length: int, edge: int, prefixes: Prefixes = ()) -> slice:
    """Rows (or columns) of block row (column) `index`; the last of a part may be shorter."""
    return slice(*cuts(length, edge, prefixes)[index : index + 2])


def block_slices(
    block: BlockIndex, shape: tuple[int, int], edge: int, prefixes: Prefixes = ()
) -> tuple[slice, slice]:
    """Rows and columns of a block; prefixes are of symmetric matrices."""
    return (
        side_slice(block[0], shape[0], edge, prefixes),
        side_slice(block[1], shape[1], edge, prefixes),
    )


def cover(
    shape: tuple[int, int], edge: int, *, symmetric: bool, prefixes: Prefixes = ()
) -> tuple[BlockIndex, ...]:
    """Blocks whose union is every entry exactly once; of a symmetric matrix those with I ≤ J.

    They come tile by tile, so that blocks in a row share the state vectors of few rows.
    """
    rows, columns = (len(cuts(side, edge, prefixes)) - 1 for side in shape)
    blocks = ((i, j) for i in range(rows) for j in range(i if symmetric else 0, columns))
    return tuple(sorted(blocks, key=lambda b: (b[0] // TILE, b[1] // TILE, b)))


def inherited(block: BlockIndex, edge: int, prefixes: Prefixes) -> bool:
    """Whether a block of a symmetric matrix (I ≤ J) is one of the matrix that it extends."""
    return bool(prefixes) and block[1] < len(cuts(prefixes[-1], edge, prefixes[:-1])) - 1


def sample_rows(n: int, count: int, edge: int = EDGE, blocks: int = 4) -> NDArray[np.int64]:
    """Up to `count` evenly spaced rows from few, evenly spaced block rows: (count,), ascending.

    Their submatrix lies in blocks · (blocks + 1) / 2 blocks of a symmetric matrix of n rows, and
    that is all that has to be read of it.
    """
    rows = -(-n // edge)
    chosen = np.unique(np.linspace(0, rows - 1, min(blocks, rows)).astype(np.int64))
    sides = [side_slice(int(k), n, edge) for k in chosen]
    every = np.concatenate([np.arange(s.start, s.stop) for s in sides])
    return every[np.linspace(0, len(every) - 1, min(count, len(every))).astype(np.int64)]


def make_shards(
    blocks: Sequence[BlockIndex], seconds_per_block: float
) -> tuple[tuple[BlockIndex, ...], ...]:
    """Consecutive blocks into shards of about SHARD_SECONDS, at most MAX_SHARDS of them."""
    by_time = max(1, int(SHARD_SECONDS / max(seconds_per_block, 1e-9)))
    size = max(by_time, -(-len(blocks) // MAX_SHARDS))
    return tuple(tuple(blocks[k : k + size]) for k in range(0, len(blocks), size))
