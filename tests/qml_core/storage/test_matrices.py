"""Matrices: committed as a whole, read in parts, never mixed."""

import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qml_core.errors import ArtifactConflict, ArtifactNotFound, CorruptArtifact, SpecError
from qml_core.kernels.blocks import block_slices
from qml_core.storage.blocks import put_block
from qml_core.storage.manifest import manifest_path
from qml_core.storage.matrices import commit_matrix, iterate_blocks, load_manifest, load_matrix

ROLES = {"roles": {"train": [0, 1], "test": [2]}}


@pytest.fixture
def committed(store, make_plan, make_matrix, put_blocks):
    """A plan, its matrix, and the reference it was committed as."""
    plan = make_plan()
    matrix = make_matrix(plan)
    return plan, matrix, commit_matrix(store, plan, put_blocks(store, plan, matrix), ROLES)


def test_a_committed_matrix_comes_back_whole(store, committed) -> None:
    plan, matrix, ref = committed
    np.testing.assert_array_equal(load_matrix(ref), matrix)
    manifest = load_manifest(store, plan.key)
    assert (manifest.shape, manifest.symmetric, manifest.edge) == ((10, 10), True, 4)
    assert manifest.document == ROLES
    assert len(manifest.blocks) == 6, "the upper blocks of 3 x 3"


@pytest.mark.parametrize(
    "shape", [(10, 10), (1, 1), (4, 4), (5, 5), (38, 38)], ids=lambda s: f"{s[0]}x{s[1]}"
)
@pytest.mark.parametrize("symmetric", [True, False])
def test_any_grid_round_trips(
    local_store, make_plan, make_matrix, put_blocks, shape, symmetric
) -> None:
    plan = make_plan(shape, 4, symmetric)
    matrix = make_matrix(plan)
    ref = commit_matrix(local_store, plan, put_blocks(local_store, plan, matrix), {})
    np.testing.assert_array_equal(load_matrix(ref), matrix)


selections = st.one_of(
    st.none(),
    st.slices(11),
    st.lists(st.integers(-11, 10), max_size=15),
    st.lists(st.booleans(), min_size=11, max_size=11).map(np.array),
)


@given(rows=selections, cols=selections, symmetric=st.booleans())
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_selection_is_numpys(
    local_store, make_plan, make_matrix, put_blocks, rows, cols, symmetric
) -> None:
    plan = make_plan((11, 11), 4, symmetric)
    matrix = make_matrix(plan)
    ref = commit_matrix(local_store, plan, put_blocks(local_store, plan, matrix), {})
    chosen = [np.arange(11)[slice(None) if s is None or len_0(s) else s] for s in (rows, cols)]
    chosen = [c[:0] if len_0(s) else c for c, s in zip(chosen, (rows, cols), strict=True)]
    np.testing.assert_array_equal(load_matrix(ref, rows, cols), matrix[np.ix_(*chosen)])


def len_0(selection: object) -> bool:
    return isinstance(selection, list) and not selection


def test_only_the_blocks_that_are_needed_are_read(committed, store, monkeypatch) -> None:
    _, matrix, ref = committed
    read, get = [], type(store).get
    monkeypatch.setattr(type(store), "get", lambda self, p: read.append(p) or get(self, p))
    np.testing.assert_array_equal(load_matrix(ref, slice(0, 2), [9]), matrix[:2, [9]])
    assert len([path for path in read if path.startswith("blocks/")]) == 1
    read.clear()
    np.testing.assert_array_equal(load_matrix(ref, [9, 8], [0]), matrix[[9, 8]][:, [0]])
    assert len([path for path in read if path.startswith("blocks/")]) == 1, "mirrored"


def test_an_index_out_of_range_is_bad_input(committed) -> None:
    for rows in ([10], [-11], np.ones(3, bool), ["a"]):
        with pytest.raises(SpecError):
            load_matrix(committed[2], rows)


def test_blocks_are_yielded_with_their_places(committed) -> None:
    _, matrix, ref = committed
    whole = np.zeros((10, 10))
    for rows, columns, values in iterate_blocks(ref):
        whole[rows, columns] = values
    np.testing.assert_array_equal(np.triu(whole), np.triu(matrix))


def test_a_matrix_whose_blocks_do_not_cover_it_once_is_not_committed(
    local_store, make_plan, make_matrix, put_blocks
) -> None:
    plan = make_plan()
    receipts = put_blocks(local_store, plan, make_matrix(plan))
    other = put_block(local_store, make_plan(name="b").key, (0, 0), np.ones((4, 4)), 1.0)
    small = put_block(local_store, "c" * 64, (0, 0), np.ones((3, 4)), 1.0)
    small = small.model_copy(update={"plan_key": plan.key})
    stray = receipts[0].model_copy(update={"block": (1, 0)})
    for wrong in (
        receipts[1:],
        [*receipts, receipts[0]],
        [*receipts, stray],
        [other, *receipts[1:]],
        [small, *receipts[1:]],
        [],
    ):
        with pytest.raises(ArtifactConflict, match="blocks once"):
            commit_matrix(local_store, plan, wrong, {})
    assert not local_store.exists(manifest_path(plan.key))


def test_the_same_matrix_again_is_the_same_reference(
    committed, store, make_matrix, put_blocks
) -> None:
    plan, matrix, ref = committed
    receipts = {r.block: r for r in put_blocks(store, plan, matrix)}
    assert commit_matrix(store, plan, receipts, ROLES) == ref


def own_receipts(store, plan, matrix):
    """Receipts of a writer whose blocks lost: stored under another key, claimed for this plan."""
    receipts = []
    for block in plan.blocks:
        values = matrix[block_slices(block, plan.shape, plan.edge)]
        receipt = put_block(store, "e" * 64, block, values, 1.0)
        receipts.append(receipt.model_copy(update={"plan_key": plan.key}))
    return receipts


def test_of_two_contents_the_first_committed_stands(committed, store, make_matrix) -> None:
    plan, matrix, ref = committed
    theirs = own_receipts(store, plan, make_matrix(plan, seed=1))
    assert commit_matrix(store, plan, theirs, ROLES) == ref
    np.testing.assert_array_equal(load_matrix(ref), matrix)


def test_a_manifest_whose_blocks_are_damaged_is_replaced(
    committed, store, make_matrix, put_blocks, flip_bit
) -> None:
    plan, _, ref = committed
    for entry in load_manifest(store, plan.key).blocks:
        store.delete(entry.path)
    for entry in store.list(f"matrices/{plan.key}/receipts"):
        store.delete(entry.path)
    other = make_matrix(plan, seed=1)
    again = commit_matrix(store, plan, put_blocks(store, plan, other), ROLES)
    assert again.sha256 != ref.sha256
    np.testing.assert_array_equal(load_matrix(again), other)
    with pytest.raises(CorruptArtifact):
        load_matrix(ref)


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"blocks": []}', b"\x00" * 50])
def test_a_damaged_manifest_is_replaced(committed, store, put_blocks, damage: bytes) -> None:
    plan, matrix, ref = committed
    store.put(ref.path, damage)
    with pytest.raises(CorruptArtifact):
        load_matrix(ref)
    with pytest.raises(CorruptArtifact):
        load_manifest(store, plan.key)
    assert commit_matrix(store, plan, put_blocks(store, plan, matrix), ROLES) == ref
    np.testing.assert_array_equal(load_matrix(ref), matrix)


def test_the_manifest_of_another_matrix_is_refused(
    local_store, make_plan, make_matrix, put_blocks
) -> None:
    a, b = make_plan(name="a"), make_plan(name="b")
    for plan in (a, b):
        commit_matrix(local_store, plan, put_blocks(local_store, plan, make_matrix(plan)), {})
    local_store.put(manifest_path(a.key), local_store.get(manifest_path(b.key)))
    with pytest.raises(CorruptArtifact, match=b.key[:12]):
        load_manifest(local_store, a.key)


def test_a_missing_damaged_or_swapped_block_is_never_a_number(committed, store, flip_bit) -> None:
    plan, _, ref = committed
    first, second = load_manifest(store, plan.key).blocks[:2]
    sound = store.get(first.path)
    flip_bit(store, first.path, 4321)
    with pytest.raises(CorruptArtifact):
        load_matrix(ref)
    store.put(first.path, store.get(second.path))
    with pytest.raises(CorruptArtifact):
        load_matrix(ref)
    store.delete(first.path)
    with pytest.raises(ArtifactNotFound):
        load_matrix(ref)
    store.put(first.path, sound)
    load_matrix(ref)


def test_an_uncommitted_matrix_is_not_found(local_store, make_plan) -> None:
    with pytest.raises(ArtifactNotFound):
        load_manifest(local_store, make_plan().key)


def test_a_manifest_says_nothing_of_one_run(committed, store) -> None:
    text = store.get(committed[2].path).decode()
    assert "seconds" not in text
    assert store.url not in text


def test_writers_with_different_content_leave_one_matrix_and_no_mixture(
    store, make_plan, make_matrix, put_blocks
) -> None:
    plan = make_plan((6, 6), 2)
    contents = [make_matrix(plan, seed) for seed in range(3)]
    refs, barrier = [], threading.Barrier(3)

    def write(matrix) -> None:
        barrier.wait()
        refs.append(commit_matrix(store, plan, put_blocks(store, plan, matrix), {}))

    threads = [threading.Thread(target=write, args=(m,)) for m in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refs) == 3
    assert len(set(refs)) == 1
    found = load_matrix(refs[0])
    for block in plan.blocks:
        place = block_slices(block, plan.shape, plan.edge)
        assert any(np.array_equal(found[place], m[place]) for m in contents)
    np.testing.assert_array_equal(found, found.T)
