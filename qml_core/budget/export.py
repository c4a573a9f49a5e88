"""The entries of the ledger as a file: CSV, JSON or Parquet, amounts as the integers they are."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Literal

from qml_core.budget.entries import Entry

Format = Literal["csv", "json", "parquet"]

COLUMNS = tuple(field.name for field in fields(Entry))


def encode_entries(entries: Sequence[Entry], form: Format) -> bytes:
    """The file's bytes; instants are ISO 8601 in UTC, in Parquet timestamps."""
    return {"csv": _csv, "json": _json, "parquet": _parquet}[form](entries)


def plain(entry: Entry) -> dict[str, Any]:
    """Column names and values that JSON knows."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(entry).items()
    }


def _csv(entries: Sequence[Entry]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(plain(entry) for entry in entries)
    return text.getvalue().encode()


def _json(entries: Sequence[Entry]) -> bytes:
    return (json.dumps([plain(entry) for entry in entries], indent=2) + "\n").encode()


def _parquet(entries: Sequence[Entry]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"at": pa.timestamp("us", "UTC")}
    kinds |= {name: pa.string() for name in ("project", "kind", "job_key", "note")}
    schema = pa.schema([(name, kinds.get(name, pa.int64())) for name in COLUMNS])
    table = pa.Table.from_pylist([asdict(entry) for entry in entries], schema)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    return bytes(sink.getvalue())
