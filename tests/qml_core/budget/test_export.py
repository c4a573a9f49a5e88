"""The exported log is the log, whatever the format."""

import csv
import io
import json
from datetime import datetime, timezone

import pyarrow.parquet as pq
import pytest

from qml_core.budget.entries import Entry
from qml_core.budget.export import COLUMNS, encode_entries, plain

NOW = datetime(2026, 11, 21, 12, 0, 1, 250, timezone.utc)
ENTRIES = (
    Entry(1, NOW, "p", "cap", None, 0, 0, 0, 0, 0, 0, 25_000_000, None, "set, by hand"),
    Entry(2, NOW, "p", "settle", "k", -3, 0, 2**53 + 1, 5, 1, 0, None, None, 'said "done"\n'),
)


def test_json_holds_every_column_and_exact_integers():
    rows = json.loads(encode_entries(ENTRIES, "json"))
    assert rows == [plain(entry) for entry in ENTRIES]
    assert rows[1]["spent_microusd"] == 2**53 + 1
    assert datetime.fromisoformat(rows[0]["at"]) == NOW


def test_csv_is_read_back_as_written():
    rows = list(csv.DictReader(io.StringIO(encode_entries(ENTRIES, "csv").decode())))
    assert tuple(rows[0]) == COLUMNS
    assert [row["note"] for row in rows] == ["set, by hand", 'said "done"\n']
    assert rows[1]["spent_microusd"] == str(2**53 + 1)
    assert rows[0]["job_key"] == ""


@pytest.mark.parametrize("entries", [ENTRIES, ()])
def test_parquet_has_the_same_columns_with_types_even_without_rows(entries):
    table = pq.read_table(io.BytesIO(encode_entries(entries, "parquet")))
    assert tuple(table.column_names) == COLUMNS
    assert str(table.schema.field("at").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("spent_microusd").type) == "int64"
    assert [row["at"] for row in table.to_pylist()] == [entry.at for entry in entries]
