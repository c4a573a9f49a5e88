"""Records of folds: bit by bit what was put, or quarantined."""

import io
from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stored_benchmarks import fold_record, held_out

from qml_core.errors import ArtifactNotFound, CorruptArtifact
from qml_core.storage.content import QUARANTINE
from qml_core.storage.folds import HeldOut, find_fold, fold_path, get_held_out, put_fold, read_fold
from qml_core.storage.gc import collect_garbage
from qml_core.storage.inventory import list_artifacts, verify

KEY = fold_record().key


def same(first: HeldOut, second: HeldOut) -> bool:
    pairs = [(getattr(first, n), getattr(second, n)) for n in HeldOut.__dataclass_fields__]
    return all(
        (a is None and b is None) or (a.dtype == b.dtype and np.array_equal(a, b)) for a, b in pairs
    )


@pytest.mark.parametrize(
    "said",
    [
        held_out(range(0, 40, 2)),
        held_out([3], probabilities=None, scores=None),
        held_out([5, 6], probabilities=np.full((2, 3), 1 / 3), scores=None),
        HeldOut(np.arange(2), np.array([0.1 + 0.2, -1e300]), np.array([np.inf, np.nan])),
    ],
)
def test_a_record_and_its_predictions_come_back_bit_by_bit(local_store, said):
    put, ref = put_fold(local_store, fold_record(), said)
    found, there = find_fold(local_store, KEY)
    assert put == found == fold_record()
    assert ref == there
    assert ref.path == fold_path(KEY) == f"folds/{KEY[:2]}/{KEY}.parquet"
    assert [type(v) for v in found.configuration.values()] == [float, str, bool, int]
    read = get_held_out(local_store, ref)
    for name in ("rows", "y_true", "y_pred"):
        np.testing.assert_array_equal(getattr(read, name), getattr(said, name))
    assert (read.probabilities is None) == (said.probabilities is None)
    if said.probabilities is not None:
        np.testing.assert_array_equal(read.probabilities, said.probabilities)


def test_a_failed_fold_is_kept_with_its_reason_and_no_row(local_store):
    failed = fold_record(status="failed", metrics={}, inner_score=None, error="ValueError: ∞")
    _, ref = put_fold(local_store, failed, HeldOut.nothing())
    assert find_fold(local_store, KEY)[0] == failed
    assert same(get_held_out(local_store, ref), HeldOut.nothing())


@pytest.mark.s3
def test_an_s3_store_gives_back_what_it_got(s3_url):
    from qml_core.storage.store import open_store

    store = open_store(s3_url)
    put_fold(store, fold_record(), held_out(range(9)))
    found, ref = find_fold(store, KEY)
    assert found == fold_record()
    assert same(get_held_out(store, ref), held_out(range(9)))


def test_the_first_record_of_a_key_stays(local_store):
    first = put_fold(local_store, fold_record(), held_out([1, 2]))
    other = put_fold(local_store, fold_record(seconds=9.0), held_out([3]))
    assert first == other
    assert len(get_held_out(local_store, other[1]).rows) == 2


def test_pandas_reads_the_predictions_of_a_record(local_store):
    said = held_out([4, 7, 9])
    put_fold(local_store, fold_record(), said)
    table = pd.read_parquet(io.BytesIO(local_store.get(fold_path(KEY))))
    assert table["row"].tolist() == [4, 7, 9]
    assert table["score"].tolist() == said.scores.tolist()
    assert np.stack(table["probabilities"]).tolist() == said.probabilities.tolist()


def test_no_record_is_none_and_no_error(local_store):
    assert find_fold(local_store, KEY) is None


@pytest.mark.parametrize("place", range(0, 1000, 37))
def test_a_damaged_record_is_set_aside_or_read_as_it_was(local_store, place):
    said = held_out(range(20))
    put_fold(local_store, fold_record(), said)
    path = fold_path(KEY)
    data = bytearray(local_store.get(path))
    data[place * len(data) // 1000] ^= 0x55
    local_store.put(path, bytes(data))
    found = find_fold(local_store, KEY)
    if found is not None:  # a byte that nothing depends on
        assert found[0] == fold_record()
        assert same(get_held_out(local_store, found[1]), said)
        return
    assert not local_store.exists(path)
    assert [entry.path for entry in local_store.list(QUARANTINE)]
    put_fold(local_store, fold_record(), said)
    assert find_fold(local_store, KEY) is not None


@pytest.mark.parametrize("text", [b"", b"PAR1", b"no parquet at all"])
def test_what_is_no_parquet_is_set_aside(local_store, text):
    local_store.put(fold_path(KEY), text)
    assert find_fold(local_store, KEY) is None
    assert not local_store.exists(fold_path(KEY))


def test_a_record_in_the_place_of_another_key_is_set_aside(local_store):
    put_fold(local_store, fold_record(), held_out([1]))
    other = fold_record("b").key
    local_store.put(fold_path(other), local_store.get(fold_path(KEY)))
    assert find_fold(local_store, other) is None


@pytest.mark.parametrize("column", ["row", "y_true", "y_pred", "score"])
def test_predictions_that_were_edited_are_noticed(local_store, column):
    _, ref = put_fold(local_store, fold_record(), held_out(range(6)))
    table = pq.read_table(io.BytesIO(local_store.get(ref.path)))
    place = table.column_names.index(column)
    kept = table.schema.field(place)
    edited = table.set_column(place, kept, pa.array([9] * 6).cast(kept.type))
    sink = io.BytesIO()
    pq.write_table(edited.replace_schema_metadata(table.schema.metadata), sink)
    with pytest.raises(CorruptArtifact, match="not the record that was stored"):
        read_fold(sink.getvalue(), ref.path)


def test_a_record_of_another_version_is_refused_and_not_guessed_at(local_store):
    _, ref = put_fold(local_store, fold_record(), held_out([1]))
    table = pq.read_table(io.BytesIO(local_store.get(ref.path)))
    metadata = {**table.schema.metadata, b"qml.schema_version": b"99"}
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), sink)
    with pytest.raises(CorruptArtifact, match="schema version 99, expected 1"):
        read_fold(sink.getvalue(), ref.path)


def test_verification_reads_records_and_collection_keeps_them(local_store):
    _, ref = put_fold(local_store, fold_record(), held_out([1, 2]))
    tuning, screen = f"folds/tunings/{'ab' * 32}.json", f"screens/by-key/{'cd' * 32}.json"
    for path in (tuning, screen):
        local_store.put(path, b"{}")
    assert verify(local_store).damaged == []
    assert {a.kind for a in list_artifacts(local_store)} == {"fold", "tuning", "screen"}
    assert verify(local_store, KEY[:8]).damaged == []
    future = datetime.now(timezone.utc) + timedelta(days=400)
    report = collect_garbage(local_store, future, timedelta(days=1), dry_run=False)
    assert report.removed == []
    for path in (ref.path, tuning, screen):
        local_store.put(path, b"damaged")
    damaged = [damage.path for damage in verify(local_store).damaged]
    assert damaged == sorted([ref.path, tuning, screen])


def test_predictions_of_a_record_that_is_gone_are_an_error(local_store):
    _, ref = put_fold(local_store, fold_record(), held_out([1]))
    local_store.delete(ref.path)
    with pytest.raises(ArtifactNotFound):
        get_held_out(local_store, ref)
