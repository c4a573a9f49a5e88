"""Blocks: a matrix as tiles that cover it exactly once, and shards of blocks worth one task."""

from collections.abc import Sequence

from qml_core.references import BlockIndex

EDGE = 512
"""Rows and columns of a full block in exact simulation: 2 MiB of float64."""

TILE = 8
"""Blocks along the side of a tile, all of whose state vectors are wanted in memory at once."""

SHARD_SECONDS = 10.0
"""Computation a task should hold, so that its overhead is small and little is lost with it."""

MAX_SHARDS = 200
"""Tasks of a run that a Prefect server keeps up with."""


def side_slice(index: int, length: int, edge: int) -> slice:
    """Rows (or columns) of block row (column) `index`; the last one may be shorter."""
    return slice(index * edge, min((index + 1) * edge, length))


def block_slices(block: BlockIndex, shape: tuple[int, int], edge: int) -> tuple[slice, slice]:
    """Rows and columns of a block."""
    return side_slice(block[0], shape[0], edge), side_slice(block[1], shape[1], edge)


def cover(shape: tuple[int, int], edge: int, *, symmetric: bool) -> tuple[BlockIndex, ...]:
    """Blocks whose union is every entry exactly once; of a symmetric matrix those with I ≤ J.

    They come tile by tile, so that blocks in a row share the state vectors of few rows.
    """
    rows, columns = (-(-side // edge) for side in shape)
    blocks = ((i, j) for i in range(rows) for j in range(i if symmetric else 0, columns))
    return tuple(sorted(blocks, key=lambda b: (b[0] // TILE, b[1] // TILE, b)))


def make_shards(
    blocks: Sequence[BlockIndex], seconds_per_block: float
) -> tuple[tuple[BlockIndex, ...], ...]:
    """Consecutive blocks into shards of about SHARD_SECONDS, at most MAX_SHARDS of them."""
    by_time = max(1, int(SHARD_SECONDS / max(seconds_per_block, 1e-9)))
    size = max(by_time, -(-len(blocks) // MAX_SHARDS))
    return tuple(tuple(blocks[k : k + size]) for k in range(0, len(blocks), size))
