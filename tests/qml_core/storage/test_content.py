"""Content-addressed objects, arrays and run records."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qml_core.errors import ArtifactNotFound, CorruptArtifact, DataError, SpecError
from qml_core.references import ArtifactRef
from qml_core.storage import parquet
from qml_core.storage.content import (
    find_or_make,
    get_verified,
    is_sound,
    put_content,
    quarantine,
)
from qml_core.storage.datasets import get_arrays, get_table, put_arrays
from qml_core.storage.documents import decode_document, encode_document
from qml_core.storage.runs import find_run, get_ref, list_runs, load_run, put_run, set_ref
from qml_core.storage.store import open_store


def test_content_lies_under_its_sha256(store) -> None:
    ref = put_content(store, "reports", b"<html>", ".html")
    expected = hashlib.sha256(b"<html>").hexdigest()
    assert ref.path == f"reports/{expected[:2]}/{expected}.html"
    assert ref.uri == f"{store.url}/{ref.path}"
    assert get_verified(ref) == b"<html>"
    assert put_content(store, "reports", b"<html>", ".html") == ref


@pytest.mark.parametrize("damaged", [b"<htmm>", b"<html", b"<html>x", b""])
def test_changed_content_is_corrupt_and_repaired_by_a_put(store, damaged: bytes) -> None:
    ref = put_content(store, "reports", b"<html>", ".html")
    store.put(ref.path, damaged)
    with pytest.raises(CorruptArtifact, match=ref.sha256[:12]):
        get_verified(ref)
    put_content(store, "reports", b"<html>", ".html")
    assert get_verified(ref) == b"<html>"


def test_a_document_is_made_once_and_again_where_what_it_refers_to_is_gone(store) -> None:
    def asked() -> tuple[ArtifactRef, bool]:
        return find_or_make(
            store,
            "by-key/a.json",
            ArtifactRef,
            lambda found: found if is_sound(found, store) else None,
            lambda: put_content(store, "reports", b"<html>", ".html"),
        )

    made, there = asked()
    assert not there
    assert asked() == (made, True)
    store.delete(made.path)
    assert asked() == (made, False)
    assert asked() == (made, True)


def test_a_read_that_fails_once_is_repeated(local_store, monkeypatch) -> None:
    ref = put_content(local_store, "reports", b"good", ".bin")
    answers = iter([b"goof", b"good"])
    monkeypatch.setattr(type(local_store), "get", lambda self, path: next(answers))
    assert get_verified(ref, local_store) == b"good"


def test_what_is_in_quarantine_is_out_of_the_way(store) -> None:
    ref = put_content(store, "blocks", b"bad", ".bin")
    target = quarantine(store, ref.path)
    assert target is not None
    assert store.get(target) == b"bad"
    assert not store.exists(ref.path)
    assert quarantine(store, ref.path) is None, "another process was faster"


def test_arrays_of_every_kind_come_back(store) -> None:
    rng = np.random.default_rng(0)
    columns = {
        "X": rng.random((7, 3)),
        "y": np.array([0, 1, 1, 0, 2, 2, 1]),
        "one": rng.random((7, 1)),
        "roles": np.array(["train", "test", "train", "ü", "", "test", "train"]),
        "mask": np.array([True, False] * 3 + [True]),
        "fold": np.arange(7, dtype=np.int32),
        "image": rng.integers(0, 255, (7, 4)),
    }
    ref = put_arrays(store, "datasets", columns, {"name": "toy"})
    back, metadata = get_table(ref)
    assert list(back) == list(columns)
    assert metadata == {"name": "toy"}
    for name, values in columns.items():
        np.testing.assert_array_equal(back[name], values)
        assert back[name].dtype.kind == values.dtype.kind
        assert back[name].flags.writeable


@given(arrays(np.float64, st.tuples(st.integers(0, 9), st.integers(1, 9))))
@settings(deadline=None, max_examples=40)
def test_any_float_comes_back_also_nan_and_no_rows(values: np.ndarray) -> None:
    data = parquet.encode_table({"X": values}, {})
    back = parquet.decode_table(parquet.open_table(data, "x"), "x")["X"]
    assert back.shape == values.shape
    assert back.tobytes() == values.tobytes()


def test_arrays_that_do_not_fit_are_refused(local_store) -> None:
    for columns in (
        {"a": np.zeros(3), "b": np.zeros(4)},
        {},
        {"a": np.zeros((2, 2, 2))},
        {"a": np.array([object()])},
        {"a": np.array([1j])},
    ):
        with pytest.raises(DataError):
            put_arrays(local_store, "datasets", columns, {})


def test_damaged_arrays_are_corrupt(local_store, flip_bit) -> None:
    ref = put_arrays(local_store, "datasets", {"X": np.ones((5, 5))}, {})
    for bit in range(0, 8000, 501):
        flip_bit(local_store, ref.path, bit)
        with pytest.raises(CorruptArtifact):
            get_arrays(ref)
        flip_bit(local_store, ref.path, bit)
    assert get_arrays(ref)["X"].shape == (5, 5)


def test_a_flipped_bit_in_a_page_is_found_by_its_checksum_alone() -> None:
    values = np.random.default_rng(1).random((64, 4))
    data = parquet.encode_table({"X": values}, {})
    assert len(data) > 2000, "the footer is the last 600 bytes"
    for bit in np.random.default_rng(2).integers(8 * 64, 8 * 1400, 100):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CorruptArtifact):
            parquet.decode_table(parquet.open_table(bytes(damaged), "x"), "x")


def test_a_table_that_announces_too_much_is_not_opened(monkeypatch) -> None:
    data = parquet.encode_table({"X": np.zeros((1000, 50))}, {})
    monkeypatch.setattr(parquet, "MAX_BYTES", 8 * 1000 * 50 - 1)
    with pytest.raises(CorruptArtifact, match="announces"):
        parquet.decode_table(parquet.open_table(data, "x"), "x")


def test_runs_are_listed_newest_first_and_found_by_their_beginning(local_store) -> None:
    import os

    for age, run_id in enumerate(["brave-fox", "brave-owl", "calm-cat"]):
        put_run(local_store, run_id, {"cost": 1.5, "age": age})
        file = local_store._root / "runs" / f"{run_id}.json"
        os.utime(file, (1_000_000 - age, 1_000_000 - age))
    assert list_runs(local_store) == ["brave-fox", "brave-owl", "calm-cat"]
    assert load_run(local_store, "calm-cat")["age"] == 2
    assert find_run(local_store, None)["run_id"] == "brave-fox"
    assert find_run(local_store, "calm")["run_id"] == "calm-cat"
    with pytest.raises(SpecError, match="ambiguous"):
        find_run(local_store, "brave")
    with pytest.raises(ArtifactNotFound):
        find_run(local_store, "dull")


def test_a_run_record_is_a_verified_artifact(store) -> None:
    ref = put_run(store, "run-1", {"asked": {"C": 1.0}})
    assert decode_document(get_verified(ref), ref.path)["asked"] == {"C": 1.0}
    assert list_runs(store) == ["run-1"]
    with pytest.raises(SpecError):
        put_run(store, "../run", {})


def test_a_name_points_at_what_was_set_last(store) -> None:
    set_ref(store, "latest", {"run_id": "a"})
    set_ref(store, "latest", {"run_id": "b"})
    assert get_ref(store, "latest") == {"run_id": "b"}
    with pytest.raises(ArtifactNotFound):
        get_ref(store, "newest")


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"schema_version": 2}']
)
def test_what_is_no_document_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptArtifact):
        decode_document(data, "x.json")


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(DataError):
        encode_document({"a": value})


def test_an_empty_store_holds_no_runs(tmp_path) -> None:
    store = open_store((tmp_path / "none").as_uri())
    assert list_runs(store) == []
    with pytest.raises(ArtifactNotFound):
        find_run(store, None)
