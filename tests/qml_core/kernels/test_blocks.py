"""Blocks cover every entry exactly once; shards hold every block exactly once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qml_core.kernels.blocks import (
    EDGE,
    MAX_SHARDS,
    block_slices,
    cover,
    inherited,
    make_shards,
    sample_rows,
)

sides = st.integers(1, 70)


@given(n=sides, m=sides, edge=st.integers(1, 20))
def test_a_rectangle_is_covered_exactly_once(n, m, edge):
    hits = np.zeros((n, m), dtype=int)
    for block in cover((n, m), edge, symmetric=False):
        hits[block_slices(block, (n, m), edge)] += 1
    assert (hits == 1).all()


@given(n=sides, edge=st.integers(1, 20))
def test_a_symmetric_matrix_is_covered_once_by_blocks_and_their_mirrors(n, edge):
    hits = np.zeros((n, n), dtype=int)
    for i, j in cover((n, n), edge, symmetric=True):
        rows, columns = block_slices((i, j), (n, n), edge)
        hits[rows, columns] += 1
        if i != j:
            hits[columns, rows] += 1
    assert (hits == 1).all()


@given(sizes=st.sets(sides, min_size=2, max_size=4).map(sorted), edge=st.integers(1, 20))
def test_an_extension_keeps_all_blocks_of_its_base_and_adds_every_new_pair_once(sizes, edge):
    *prefixes, n = sizes
    shape, old = (n, n), prefixes[-1]
    blocks = cover(shape, edge, symmetric=True, prefixes=tuple(prefixes))
    slices = {block: block_slices(block, shape, edge, tuple(prefixes)) for block in blocks}
    base = {
        block: block_slices(block, (old, old), edge, tuple(prefixes[:-1]))
        for block in cover((old, old), edge, symmetric=True, prefixes=tuple(prefixes[:-1]))
    }
    kept = [block for block in blocks if inherited(block, edge, tuple(prefixes))]
    assert {block: slices[block] for block in kept} == base

    hits = np.zeros(shape, dtype=int)
    for block in set(blocks) - set(kept):
        hits[slices[block]] += 1
    m = n - old
    assert (hits[:old, :old] == 0).all()
    assert hits[np.triu_indices(n, 1)].sum() == m * old + m * (m - 1) // 2
    assert (np.diag(hits)[old:] == 1).all()


@given(n=sides, edge=st.integers(1, 20))
def test_a_matrix_that_extends_none_inherits_no_block(n, edge):
    blocks = cover((n, n), edge, symmetric=True)
    assert not any(inherited(block, edge, ()) for block in blocks)


@given(count=st.integers(1, 3000), seconds=st.floats(1e-9, 1e3))
def test_shards_hold_every_block_once_in_order_and_are_bounded_in_number(count, seconds):
    blocks = [(0, k) for k in range(count)]
    shards = make_shards(blocks, seconds)
    assert [b for shard in shards for b in shard] == blocks
    assert len(shards) <= MAX_SHARDS


@given(n=st.integers(1, 9000), count=st.integers(1, 2000))
def test_sampled_rows_are_distinct_and_lie_in_few_block_rows(n, count):
    rows = sample_rows(n, count)
    assert len(rows) <= count
    assert (np.diff(rows) > 0).all()
    assert rows[0] >= 0
    assert rows[-1] < n
    assert len(set(rows // EDGE)) <= 4
    assert len(rows) == min(count, n) or len(rows) >= min(count, EDGE)
