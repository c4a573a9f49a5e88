"""Records of trials: bit by bit what was put, or quarantined; and the table of a search."""

import io
from datetime import datetime, timedelta, timezone

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qml_core.errors import ArtifactNotFound, CorruptArtifact
from qml_core.references import Trial
from qml_core.storage.content import QUARANTINE
from qml_core.storage.datasets import get_arrays
from qml_core.storage.gc import collect_garbage
from qml_core.storage.inventory import list_artifacts, verify
from qml_core.storage.store import open_store
from qml_core.storage.trials import (
    TrialRecord,
    find_trial,
    parameters_of,
    put_trial,
    record_path,
    trials_table,
)

KEY = "ab" * 32
CONFIGURATION = {"kernel.encoding.reps": 2, "C": 0.1, "flag": True, "encoding": "zz"}


def record(**more) -> TrialRecord:
    return TrialRecord(
        **{
            "key": KEY,
            "objective": "qsvc",
            "metric": "accuracy",
            "configuration": CONFIGURATION,
            "status": "done",
            "value": 0.1 + 0.2,
            "scores": (0.25, 1 / 3),
            "seed": 3,
            "seconds": 1.5,
            "versions": {"scikit-learn": "1.9"},
            **more,
        }
    )


@pytest.fixture
def store(tmp_path):
    return open_store(tmp_path.as_uri())


@pytest.mark.parametrize(
    "made",
    [
        record(),
        record(status="failed", value=None, scores=(), error="ValueError: ∞ is no number"),
        record(configuration={"x": 2.0}, data="cd" * 32, backend="qml.batched", usd=0.25, shots=7),
    ],
)
def test_a_record_comes_back_with_the_types_it_had(store, made):
    put, ref = put_trial(store, made)
    found, there = find_trial(store, KEY)
    assert put == found == made
    assert ref == there
    assert ref.path == record_path(KEY) == f"trials/ab/{KEY}.parquet"
    kinds = {name: type(value) for name, value in made.configuration.items()}
    assert {name: type(value) for name, value in found.configuration.items()} == kinds


def test_the_first_record_of_a_key_stays(store):
    first, ref = put_trial(store, record())
    second, again = put_trial(store, record(value=0.9))
    assert (second, again) == (first, ref)


def test_pandas_reads_a_record(store):
    put_trial(store, record())
    table = pd.read_parquet(io.BytesIO(store.get(record_path(KEY))))
    assert len(table) == 1
    assert table["param.kernel.encoding.reps"].dtype == "int64"
    assert table["param.flag"].dtype == "bool"
    assert table["value"][0] == 0.1 + 0.2
    assert list(table["scores"][0]) == [0.25, 1 / 3]


def test_no_record_is_none_and_no_error(store):
    assert find_trial(store, KEY) is None


@pytest.mark.parametrize("place", range(0, 1000, 37))
def test_a_damaged_record_is_set_aside_or_read_as_it_was(store, place):
    put_trial(store, record())
    path = record_path(KEY)
    data = bytearray(store.get(path))
    data[place * len(data) // 1000] ^= 0x55
    store.put(path, bytes(data))
    found = find_trial(store, KEY)
    if found is not None:  # a byte that nothing depends on
        assert found[0] == record()
        return
    assert not store.exists(path)
    assert [entry.path for entry in store.list(QUARANTINE)]
    put_trial(store, record(value=0.5))
    assert find_trial(store, KEY)[0].value == 0.5


@pytest.mark.parametrize("text", [b"", b"PAR1", b"no parquet at all"])
def test_what_is_no_parquet_is_set_aside(store, text):
    store.put(record_path(KEY), text)
    assert find_trial(store, KEY) is None
    assert not store.exists(record_path(KEY))


def test_a_record_in_the_place_of_another_key_is_set_aside(store):
    put_trial(store, record())
    other = "cd" * 32
    store.put(record_path(other), store.get(record_path(KEY)))
    assert find_trial(store, other) is None


def test_a_record_whose_value_was_edited_is_set_aside(store):
    put_trial(store, record())
    table = pq.read_table(io.BytesIO(store.get(record_path(KEY))))
    place = table.column_names.index("value")
    edited = table.set_column(place, table.schema.field(place), pa.array([0.9]))
    sink = io.BytesIO()
    pq.write_table(edited.replace_schema_metadata(table.schema.metadata), sink)
    store.put(record_path(KEY), sink.getvalue())
    assert find_trial(store, KEY) is None


def test_verification_reads_records_and_collection_keeps_them(store, tmp_path):

    put_trial(store, record())
    assert verify(store).damaged == []
    assert [a.kind for a in list_artifacts(store)] == ["trial"]
    future = datetime.now(timezone.utc) + timedelta(days=400)
    collect_garbage(store, future, timedelta(days=1), dry_run=False)
    assert find_trial(store, KEY) is not None
    store.put(record_path(KEY), b"damaged")
    assert [damage.path for damage in verify(store).damaged] == [record_path(KEY)]


def trial(number: int, **more) -> Trial:
    return Trial(
        **{
            "store": "file:///a",
            "path": "b",
            "sha256": "0" * 64,
            "key": KEY,
            "number": number,
            "round": 0,
            "codes": (0, 0),
            "configuration": {"C": 1, "kind": "a"},
            "status": "done",
            "value": 0.5,
            "scores": (0.4, 0.6),
            **more,
        }
    )


def test_the_table_of_a_search_keeps_types_and_marks_failures(store):
    failed = trial(1, status="failed", value=None, scores=(), error="no")
    mixed = trial(2, configuration={"C": 1.5, "kind": 3}, scores=(0.1,))
    ref = trials_table(store, [trial(0), failed, mixed])
    table = pd.read_parquet(io.BytesIO(store.get(ref.path)))
    assert list(table["param.C"]) == [1.0, 1.0, 1.5]
    assert list(table["param.kind"]) == ["a", "a", "3"]
    assert list(table["status"]) == ["done", "failed", "done"]
    assert table["value"].isna().tolist() == [False, True, False]
    assert list(parameters_of(get_arrays(ref))) == ["C", "kind"]
    assert [a.kind for a in list_artifacts(store)] == ["search"]
    assert verify(store).damaged == []


def test_whole_numbers_stay_whole_numbers_in_the_table(store):
    ref = trials_table(store, [trial(0), trial(1)])
    table = pd.read_parquet(io.BytesIO(store.get(ref.path)))
    assert table["param.C"].dtype == "int64"
    assert get_arrays(ref)["scores"].shape == (2, 2)


def test_a_search_whose_trials_all_failed_has_a_table_without_scores(store):
    ref = trials_table(store, [trial(0, status="failed", value=None, scores=())])
    assert "scores" not in get_arrays(ref)


def test_a_missing_record_is_no_damage_of_another(store):
    put_trial(store, record())
    store.delete(record_path(KEY))
    with pytest.raises((ArtifactNotFound, CorruptArtifact)):
        verify(store, record_path(KEY))
