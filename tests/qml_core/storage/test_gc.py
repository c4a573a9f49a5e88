"""Collection: what a search or a QAOA would have to compute or buy again stays, however old."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from qml_core.storage.datasets import put_arrays
from qml_core.storage.gc import collect_garbage
from qml_core.storage.local import LocalStore

KEY, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "store")


def collected(store):
    later = datetime.now(timezone.utc) + timedelta(days=400)
    return collect_garbage(store, later, timedelta(days=1), dry_run=False).removed


@pytest.mark.parametrize(
    "path",
    [
        f"searches/{KEY}/{OTHER}-4.json",
        f"searches/{KEY}/grants/{OTHER}.json",
        f"qaoa/by-key/{KEY}.json",
        f"qaoa/{KEY}/grant.json",
        f"qaoa/{KEY}/canary.json",
        f"replays/by-key/{KEY}.json",
    ],
)
def test_what_an_interrupted_command_goes_on_from_is_kept_with_its_tables(store, path):
    table = put_arrays(store, "qaoa", {"count": np.arange(3)}, {})
    store.put(path, f'{{"samples": {{"path": "{table.path}"}}}}'.encode())
    assert collected(store) == []
    store.delete(path)
    assert collected(store) == [table.path]


def test_tables_that_no_document_names_are_removed(store):
    tables = [put_arrays(store, folder, {"a": np.arange(2)}, {}) for folder in ("searches", "qaoa")]
    assert sorted(collected(store)) == sorted(table.path for table in tables)
