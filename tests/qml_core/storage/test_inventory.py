"""What `qml artifacts` needs: list, find, verify, collect, export."""

import os
from datetime import datetime, timedelta, timezone

import numpy as np
import pyarrow.parquet as pq
import pytest

from qml_core.errors import ArtifactNotFound, CorruptArtifact, SpecError
from qml_core.storage import export
from qml_core.storage.content import put_content, quarantine
from qml_core.storage.datasets import put_arrays
from qml_core.storage.export import export_matrix
from qml_core.storage.gc import collect_garbage
from qml_core.storage.inventory import describe, list_artifacts, resolve, verify
from qml_core.storage.matrices import commit_matrix, load_manifest, load_matrix
from qml_core.storage.runs import put_run, set_ref

NOW = datetime.now(timezone.utc)
SOON, NEXT_YEAR = NOW + timedelta(minutes=5), NOW + timedelta(days=365)
WEEK = timedelta(days=7)


@pytest.fixture
def filled(store, make_plan, make_matrix, put_blocks):
    """A store with a run, its data, its matrix and its report."""
    plan = make_plan()
    matrix = commit_matrix(store, plan, put_blocks(store, plan, make_matrix(plan)), {})
    data = put_arrays(store, "datasets", {"X": np.ones((4, 2))}, {})
    report = put_content(store, "reports", b"<html>", ".html")
    refs = {"matrix": matrix, "data": data, "report": report}
    document = {name: ref.model_dump(mode="json") for name, ref in refs.items()}
    put_run(store, "happy-run", document)
    set_ref(store, "latest", {"run_id": "happy-run"})
    return store, plan, refs


def test_the_list_shows_artifacts_but_no_blocks(filled) -> None:
    kinds = [artifact.kind for artifact in list_artifacts(filled[0])]
    assert sorted(kinds) == ["dataset", "matrix", "ref", "report", "run"]


def test_artifacts_are_found_by_run_id_prefix_path_and_uri(filled) -> None:
    store, plan, refs = filled
    matrix = resolve(store, plan.key[:6])
    assert (matrix.kind, matrix.name) == ("matrix", plan.key)
    assert resolve(store, plan.key) == matrix
    assert resolve(store, matrix.path) == matrix
    assert resolve(store, refs["matrix"].uri) == matrix
    assert resolve(store, refs["data"].sha256[:10]).kind == "dataset"
    assert resolve(store, "happy-run").kind == "run"
    assert describe(store, matrix)["shape"] == [10, 10]
    assert describe(store, resolve(store, refs["report"].uri))["size"] == 6


def test_names_that_fit_nothing_or_too_much_are_errors(filled) -> None:
    store, plan, _ = filled
    for name in ("sad-run", plan.key[:5], "0" * 12, "runs/nothing.json"):
        with pytest.raises(ArtifactNotFound):
            resolve(store, name)
    for name in ("../runs/x", "s3://elsewhere/runs/x", "file:///etc/passwd"):
        with pytest.raises(SpecError):
            resolve(store, name)


def test_an_ambiguous_prefix_names_the_candidates(local_store) -> None:
    for ending in ("1", "2"):
        sha256 = "abcdef" + "0" * 57 + ending
        local_store.put(f"models/ab/{sha256}.json", b"{}")
    with pytest.raises(SpecError, match="2 fit: model abcdef000000, model abcdef000000"):
        resolve(local_store, "abcdef")


def test_a_sound_store_verifies(filled) -> None:
    store, plan, _ = filled
    report = verify(store)
    assert report.damaged == []
    assert report.checked == len(store.list())
    assert verify(store, plan.key[:8]).checked == 1
    assert verify(store, "happy-run").checked == 4


@pytest.mark.parametrize("name", ["matrix", "data", "report"])
def test_damage_is_found_and_named(filled, flip_bit, name: str) -> None:
    store, _, refs = filled
    flip_bit(store, refs[name].path, 13)
    for asked in (None, "happy-run"):
        assert refs[name].path in [damage.path for damage in verify(store, asked).damaged]


def test_a_damaged_or_missing_block_damages_its_matrix(filled, flip_bit) -> None:
    store, plan, refs = filled
    block = load_manifest(store, plan.key).blocks[0]
    flip_bit(store, block.path, 2222)
    damaged = {damage.path for damage in verify(store).damaged}
    assert {block.path, refs["matrix"].path, f"matrices/{plan.key}/receipts/0-0.json"} <= damaged
    store.delete(block.path)
    assert refs["matrix"].path in {damage.path for damage in verify(store, plan.key).damaged}


def test_nothing_that_is_used_is_garbage(filled) -> None:
    store, _, refs = filled
    before = store.list()
    assert collect_garbage(store, NEXT_YEAR, WEEK, dry_run=False).removed == []
    assert store.list() == before
    assert load_matrix(refs["matrix"]).shape == (10, 10)


def test_orphans_are_garbage_when_they_are_old(filled) -> None:
    store, _, _ = filled
    orphan = put_content(store, "blocks", b"orphan", ".parquet").path
    bad = quarantine(store, put_content(store, "reports", b"{bad", ".json").path)
    assert collect_garbage(store, SOON, WEEK, dry_run=False).removed == []
    report = collect_garbage(store, NEXT_YEAR, WEEK)
    assert sorted(report.removed) == sorted([orphan, bad])
    assert (report.dry_run, report.bytes) == (True, 10)
    assert store.exists(orphan), "a dry run removes nothing"
    collect_garbage(store, NEXT_YEAR, WEEK, dry_run=False)
    assert not store.exists(orphan)
    assert verify(store).damaged == []


def test_blocks_of_an_interrupted_run_are_kept_until_they_are_old(
    store, make_plan, make_matrix, put_blocks
) -> None:
    plan = make_plan()
    put_blocks(store, plan, make_matrix(plan))
    assert collect_garbage(store, SOON, WEEK).removed == []
    assert len(collect_garbage(store, NEXT_YEAR, WEEK, dry_run=False).removed) == 12
    assert store.list() == []


def test_arrays_named_by_a_model_document_are_kept(store) -> None:
    arrays = put_arrays(store, "models", {"a": np.ones(3)}, {})
    document = b'{"arrays": {"path": "%s", "sha256": "%s"}}'
    data = document % (arrays.path.encode(), arrays.sha256.encode())
    model = put_content(store, "models", data, ".json")
    put_run(store, "run", {"models": [model.model_dump(mode="json")]})
    assert collect_garbage(store, NEXT_YEAR, WEEK).removed == []
    store.delete(arrays.path)
    assert [damage.path for damage in verify(store, "run").damaged] == [arrays.path]


def test_an_object_written_again_meanwhile_is_not_removed(local_store, monkeypatch) -> None:
    orphan = put_content(local_store, "blocks", b"orphan", ".parquet").path
    os.utime(local_store._root / orphan, (1e6, 1e6))
    listing = type(local_store).list

    def list_then_write(self, prefix=""):
        found = listing(self, prefix)
        self.put(orphan, b"orphan")
        return found

    monkeypatch.setattr(type(local_store), "list", list_then_write)
    report = collect_garbage(local_store, SOON, WEEK, dry_run=False)
    assert report.removed == []
    assert local_store.exists(orphan)


def test_an_unreadable_document_stops_the_collection(local_store) -> None:
    orphan = put_content(local_store, "blocks", b"orphan", ".parquet").path
    local_store.put("runs/broken.json", b"{")
    with pytest.raises(CorruptArtifact, match=r"nothing was removed: runs/broken\.json"):
        collect_garbage(local_store, NEXT_YEAR, WEEK, dry_run=False)
    assert local_store.exists(orphan)


def test_a_killed_writers_file_is_collected(local_store) -> None:
    local_store.put("a/b.bin", b"x")
    left = local_store._root / "a" / ".tmp-123"
    left.write_bytes(b"half")
    assert collect_garbage(local_store, SOON, WEEK, dry_run=False).unfinished == []
    assert collect_garbage(local_store, NEXT_YEAR, WEEK).unfinished == ["a/.tmp-123"]
    assert left.exists()
    collect_garbage(local_store, NEXT_YEAR, WEEK, dry_run=False)
    assert not left.exists()


@pytest.mark.parametrize("symmetric", [True, False])
def test_a_matrix_is_exported_exactly(
    local_store, make_plan, make_matrix, put_blocks, tmp_path, symmetric
) -> None:
    plan = make_plan((9, 9) if symmetric else (9, 5), 4, symmetric)
    matrix = make_matrix(plan)
    ref = commit_matrix(local_store, plan, put_blocks(local_store, plan, matrix), {})
    for suffix in ("csv", "npy", "parquet"):
        export_matrix(ref, tmp_path / f"k.{suffix}", suffix)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "k.csv", delimiter=","), matrix)
    np.testing.assert_array_equal(np.load(tmp_path / "k.npy", allow_pickle=False), matrix)
    table = pq.read_table(tmp_path / "k.parquet")
    np.testing.assert_array_equal(np.array(table["values"].to_pylist()), matrix)
    assert table["row"].to_pylist() == list(range(9))
    assert sorted(p.name for p in tmp_path.glob("*k.*")) == ["k.csv", "k.npy", "k.parquet"]


def test_an_export_never_holds_the_whole_matrix(
    local_store, make_plan, make_matrix, put_blocks, tmp_path, monkeypatch
) -> None:
    plan = make_plan((12, 12), 4)
    ref = commit_matrix(local_store, plan, put_blocks(local_store, plan, make_matrix(plan)), {})
    rows = []

    def watched(*arguments, **options):
        part = load_matrix(*arguments, **options)
        rows.append(len(part))
        return part

    monkeypatch.setattr(export, "load_matrix", watched)
    export_matrix(ref, tmp_path / "k.npy", "npy")
    assert rows == [4, 4, 4]


def test_a_failed_export_leaves_the_old_file(
    local_store, make_plan, make_matrix, put_blocks, tmp_path
) -> None:
    plan = make_plan()
    ref = commit_matrix(local_store, plan, put_blocks(local_store, plan, make_matrix(plan)), {})
    (tmp_path / "k.npy").write_bytes(b"old")
    local_store.delete(load_manifest(local_store, plan.key).blocks[-1].path)
    for suffix in ("csv", "npy", "parquet"):
        with pytest.raises(ArtifactNotFound):
            export_matrix(ref, tmp_path / f"k.{suffix}", suffix)
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["k.npy"]
    assert (tmp_path / "k.npy").read_bytes() == b"old"
    with pytest.raises(SpecError):
        export_matrix(ref, tmp_path / "no" / "k.npy", "npy")
    with pytest.raises(SpecError):
        export_matrix(ref, tmp_path / "k.xlsx", "xlsx")


def test_a_damaged_kernel_training_is_found(store):
    path = f"trainings/by-key/{'a' * 64}.json"
    store.put_if_absent(path, b'{"kernel": 3}')
    assert [d.path for d in verify(store).damaged] == [path]
