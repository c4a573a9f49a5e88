"""Extended matrices in a store: blocks of the base referenced, found, kept, and trusted by key."""

import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
import pytest

from qml_core.errors import ArtifactConflict, CorruptArtifact, SpecError
from qml_core.kernels.blocks import block_slices, cover, inherited
from qml_core.keys import digest
from qml_core.specs import BackendSpec, DatasetSpec, EncodingSpec, KernelSpec
from qml_core.storage.bases import check_blocks, check_same, find_base, inherited_receipts
from qml_core.storage.blocks import put_block
from qml_core.storage.export import export_matrix
from qml_core.storage.gc import collect_garbage
from qml_core.storage.inventory import verify
from qml_core.storage.manifest import manifest_path
from qml_core.storage.matrices import commit_matrix, iterate_blocks, load_manifest, load_matrix

NEXT_YEAR = datetime.now(timezone.utc) + timedelta(days=365)
DATASET = DatasetSpec(name="moons")


@pytest.fixture
def grow(make_plan):
    """grow(plan, rows): the plan of an extension of it, in blocks of 4."""

    def plan(base, rows):
        prefixes = (*base.prefixes, base.shape[0])
        blocks = cover((rows, rows), 4, symmetric=True, prefixes=prefixes)
        new = tuple(b for b in blocks if not inherited(b, 4, prefixes))
        changes = {
            "key": digest(f"{base.key} {rows}".encode()),
            "extends": base.key,
            "prefixes": prefixes,
            "shards": (new,),
        }
        return make_plan((rows, rows)).model_copy(update=changes)

    return plan


@pytest.fixture
def put_matrix():
    """Store a plan's own blocks and commit it, with its data in the document as a run does."""

    def put(store, plan, matrix):
        receipts = inherited_receipts(store, plan)
        for block in plan.blocks:
            place = block_slices(block, plan.shape, plan.edge, plan.prefixes)
            receipts.append(put_block(store, plan.key, block, matrix[place], 0.1))
        data = plan.data.model_dump(
            mode="json", exclude={"store": True, "preprocessing": {"store"}}
        )
        return commit_matrix(store, plan, receipts, {"data": data})

    return put


@pytest.fixture
def chain(local_store, make_plan, make_matrix, grow, put_matrix):
    """10 rows in blocks of 4, extended to 13 and then to 22: plans, references, the matrix."""
    first = make_plan((10, 10))
    second = grow(first, 13)
    third = grow(second, 22)
    matrix = make_matrix(third)
    plans = (first, second, third)
    sizes = [plan.shape[0] for plan in plans]
    pairs = zip(plans, sizes, strict=True)
    refs = [put_matrix(local_store, plan, matrix[:n, :n]) for plan, n in pairs]
    return plans, refs, matrix


def test_an_extension_of_an_extension_comes_back_whole_and_in_parts(chain) -> None:
    _, refs, matrix = chain
    for ref, n in zip(refs, (10, 13, 22), strict=True):
        np.testing.assert_array_equal(load_matrix(ref), matrix[:n, :n])
    rows, columns = [21, 0, 9, 10, 12, 13, -3], slice(8, 15)
    np.testing.assert_array_equal(load_matrix(refs[2], rows, columns), matrix[rows][:, columns])
    for down, across, values in iterate_blocks(refs[2]):
        np.testing.assert_array_equal(values, matrix[down, across])


def test_blocks_of_the_base_are_the_same_objects_and_none_is_written_again(
    chain, local_store
) -> None:
    plans, _, _ = chain
    manifests = [load_manifest(local_store, plan.key) for plan in plans]
    for smaller, larger in pairwise(manifests):
        paths = {b.block: b.path for b in larger.blocks}
        assert {b.block: b.path for b in smaller.blocks}.items() <= paths.items()
    origins = {b.block: b.plan_key for b in manifests[2].blocks}
    assert origins[0, 0] == plans[0].key
    assert origins[0, 3] == plans[1].key
    assert origins[0, 4] is None
    written = [o for o in local_store.list("blocks") if o.path.endswith(".parquet")]
    assert len(written) == sum(len(plan.blocks) for plan in plans)


def test_exported_rows_do_not_end_where_the_base_did(chain, tmp_path) -> None:
    _, refs, matrix = chain
    export_matrix(refs[2], tmp_path / "K.npy", "npy")
    np.testing.assert_array_equal(np.load(tmp_path / "K.npy"), matrix)


def test_blocks_that_only_an_extension_refers_to_are_no_garbage(chain, local_store) -> None:
    plans, refs, matrix = chain
    assert collect_garbage(local_store, NEXT_YEAR, timedelta(0), dry_run=False).removed == []
    for plan in plans[:2]:
        local_store.delete(manifest_path(plan.key))
    collect_garbage(local_store, NEXT_YEAR, timedelta(0), dry_run=False)
    assert not any(plans[0].key in entry.path for entry in local_store.list("matrices"))
    np.testing.assert_array_equal(load_matrix(refs[2]), matrix)
    assert verify(local_store).damaged == []


def test_verify_finds_a_damaged_block_of_the_base_in_the_extension(
    chain, local_store, flip_bit
) -> None:
    plans, _, _ = chain
    flip_bit(local_store, load_manifest(local_store, plans[0].key).blocks[0].path, 9000)
    damaged = [d.path for d in verify(local_store, plans[2].key).damaged]
    assert damaged == [manifest_path(plans[2].key)]


def test_a_damaged_block_of_the_base_is_named(chain, local_store, flip_bit) -> None:
    plans, _, _ = chain
    base = find_base(local_store, plans[1].key)
    check_blocks(local_store, base)
    flip_bit(local_store, base.manifest.blocks[2].path, 9000)
    with pytest.raises(CorruptArtifact, match=r"block \(0, 2\).*run the command that made"):
        check_blocks(local_store, base)


def test_an_inherited_block_must_be_said_to_be_one(chain, local_store) -> None:
    plans, _, _ = chain
    path = manifest_path(plans[1].key)
    document = json.loads(local_store.get(path))
    document["blocks"][0]["plan_key"] = None
    local_store.put(path, json.dumps(document).encode())
    with pytest.raises(CorruptArtifact, match="do not make a matrix"):
        load_manifest(local_store, plans[1].key)


@pytest.mark.parametrize("prefixes", [[13], [0], [-1], [10, 5], [99]])
def test_prefixes_that_do_not_grow_are_refused(chain, local_store, prefixes) -> None:
    plans, _, _ = chain
    path = manifest_path(plans[1].key)
    document = json.loads(local_store.get(path))
    document["prefixes"] = prefixes
    local_store.put(path, json.dumps(document).encode())
    with pytest.raises(CorruptArtifact, match="do not make a matrix"):
        load_manifest(local_store, plans[1].key)


def test_an_extension_is_not_committed_with_its_own_blocks_in_place_of_the_bases(
    local_store, chain, grow
) -> None:
    plans, _, matrix = chain
    plan = grow(plans[0], 12)
    receipts = [
        put_block(local_store, plan.key, b, matrix[block_slices(b, (12, 12), 4, (10,))], 0.1)
        for b in cover((12, 12), 4, symmetric=True, prefixes=(10,))
    ]
    with pytest.raises(ArtifactConflict, match="plan"):
        commit_matrix(local_store, plan, receipts, {})


def test_a_base_is_found_by_its_key_or_the_first_digits(chain, local_store) -> None:
    plans, _, _ = chain
    base = find_base(local_store, plans[1].key[:9])
    assert (base.key, base.prefixes, base.n_qubits) == (plans[1].key, (10, 13), 2)
    here, ref = {"store": local_store.url}, plans[1].data.preprocessing
    here["preprocessing"] = ref.model_copy(update={"store": local_store.url})
    assert base.data == plans[1].data.model_copy(update=here)


def test_an_unknown_key_and_an_empty_store_are_told(chain, local_store) -> None:
    with pytest.raises(SpecError, match=r"run\.extend=000000 .*artifacts list"):
        find_base(local_store, "000000")


def test_a_prefix_that_fits_several_is_ambiguous(
    local_store, make_plan, make_matrix, put_matrix
) -> None:
    for last in "ab":
        plan = make_plan().model_copy(update={"key": "123456" + last * 58})
        put_matrix(local_store, plan, make_matrix(plan))
    with pytest.raises(SpecError, match="ambiguous, 2 fit: 123456aaaaaa, 123456bbbbbb"):
        find_base(local_store, "123456")
    assert find_base(local_store, "123456a").key.endswith("a")


@pytest.mark.parametrize(
    ("sides", "columns"), [(("test", "train"), 6), (("train", "train"), 10), (("all", "all"), 6)]
)
def test_a_matrix_that_is_not_the_symmetric_one_of_all_rows_is_no_base(
    local_store, make_plan, make_matrix, put_matrix, sides, columns
) -> None:
    plan = make_plan((10, columns), symmetric=columns == 10)
    plan = plan.model_copy(update=dict(zip(("rows", "columns"), sides, strict=True)))
    put_matrix(local_store, plan, make_matrix(plan))
    with pytest.raises(SpecError, match=rf"K\({sides[0]}, {sides[1]}\) of shape \(10, {columns}\)"):
        find_base(local_store, plan.key)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"kernel": KernelSpec(encoding=EncodingSpec(reps=3))},
            "kernel.encoding.reps asked 3, stored 2",
        ),
        (
            {"kernel": KernelSpec(encoding=EncodingSpec(n_qubits=7))},
            "kernel.encoding.n_qubits asked 7, stored 2",
        ),
        (
            {"backend": BackendSpec(precision="single", storage="float32")},
            "backend.precision asked single, stored double; "
            "backend.storage asked float32, stored float64",
        ),
        (
            {"dataset": DATASET.model_copy(update={"split": DATASET.split.__class__(seed=4)})},
            "dataset.split.seed asked 4, stored 0",
        ),
    ],
)
def test_other_settings_are_refused_with_what_was_asked_and_found(
    chain, local_store, changes, told
) -> None:
    base = find_base(local_store, chain[0][0].key)
    same = {"dataset": DATASET, "kernel": KernelSpec(), "backend": BackendSpec()}
    check_same(base, **same)
    with pytest.raises(SpecError) as refused:
        check_same(base, **{**same, **changes})
    assert told in refused.value.message


def test_an_approximate_matrix_is_not_extended(chain, local_store) -> None:
    base = find_base(local_store, chain[0][0].key)
    with pytest.raises(SpecError, match=r"kernel\.landmarks=5"):
        check_same(base, DATASET, KernelSpec(landmarks=5), BackendSpec())


def test_qubits_asked_for_or_left_out_are_the_same_kernel(chain, local_store) -> None:
    base = find_base(local_store, chain[0][0].key)
    check_same(base, DATASET, KernelSpec(encoding=EncodingSpec(n_qubits=2)), BackendSpec())
