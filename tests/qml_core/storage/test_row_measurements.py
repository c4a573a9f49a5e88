"""Counts of rows come back as they were stored, or not at all; the first to store them wins."""

import numpy as np
import pytest

from qml_core.errors import DataError
from qml_core.kernels.row_jobs import RowJob
from qml_core.storage.inventory import list_artifacts, verify
from qml_core.storage.row_measurements import (
    RowCounts,
    find_rows,
    put_rows,
    receipt_path,
    stored_rows,
)
from qml_core.storage.store import open_store

JOB = RowJob("a" * 64, "train", (4, 6), (0, 3))


@pytest.fixture
def store(tmp_path):
    return open_store((tmp_path / "store").as_uri())


def counted(seed=0, readout=True):
    rng = np.random.default_rng(seed)
    return RowCounts(
        rng.multinomial(50, [0.1, 0.2, 0.3, 0.4], (2, 3)),
        rng.uniform(0, 0.1, (2, 3, 2, 2)) if readout else None,
    )


@pytest.mark.parametrize("readout", [True, False])
def test_they_come_back_as_they_were(store, readout):
    assert find_rows(store, JOB) is None
    found = counted(readout=readout)
    receipt, _ = put_rows(store, JOB, found, job="id-1", calibration="c" * 64)
    assert (receipt.shots, receipt.n_qubits, receipt.job) == (50, 2, "id-1")
    again, read = find_rows(store, JOB)
    assert again == receipt
    np.testing.assert_array_equal(read.counts, found.counts)
    assert (read.readout is None) != readout
    if readout:
        np.testing.assert_array_equal(read.readout, found.readout)
    assert stored_rows(store, JOB.key) == {JOB.name}
    assert stored_rows(store, "b" * 64) == set()
    assert verify(store).damaged == []
    assert list_artifacts(store) == []


def test_the_first_stored_wins(store):
    first, _ = put_rows(store, JOB, counted(0))
    second, read = put_rows(store, JOB, counted(1))
    assert second == first
    np.testing.assert_array_equal(read.counts, counted(0).counts)


@pytest.mark.parametrize("damaged", ["receipt", "content", "missing"])
def test_what_is_damaged_is_seen_set_aside_and_replaced(store, damaged):
    receipt, _ = put_rows(store, JOB, counted())
    path = receipt_path(JOB) if damaged == "receipt" else receipt.path
    if damaged == "missing":
        store.delete(path)
    else:
        store.put(path, store.get(path)[:-9] + b"overwrite")
        assert verify(store).damaged
    assert find_rows(store, JOB) is None
    assert stored_rows(store, JOB.key) == set()
    put_rows(store, JOB, counted())
    assert find_rows(store, JOB) is not None


def test_the_rows_of_another_job_are_not_believed(store):
    put_rows(store, JOB, counted())
    other = RowJob("b" * 64, "train", (0, 2), (0, 3))
    store.put(receipt_path(other), store.get(receipt_path(JOB)))
    assert find_rows(store, other) is None


def test_counts_that_are_not_of_the_job_are_refused(store):
    uneven = counted()
    uneven.counts[0, 0, 0] += 1
    for wrong in (RowCounts(counted().counts[:1], None), uneven):
        with pytest.raises(DataError, match="equal shots"):
            put_rows(store, JOB, wrong)
