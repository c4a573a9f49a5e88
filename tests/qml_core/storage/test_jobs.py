"""The calibration a job was submitted under, kept beside the blocks it made."""

from datetime import datetime, timezone

import pytest

from qml_core.errors import ArtifactNotFound, CorruptArtifact
from qml_core.references import Calibration, QubitCalibration
from qml_core.storage.jobs import (
    JobDocument,
    get_calibration,
    job_calibration,
    job_documents,
    put_calibration,
    put_job,
)

PLAN, OTHER, JOB = "a" * 64, "b" * 64, "c" * 64
NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def record(p01=0.1):
    qubits = (QubitCalibration(t1=1e-4, p01=p01), QubitCalibration())
    return Calibration(provider="ionq", backend="ionq.forte-1", taken_at=NOW, qubits=qubits)


def document(calibration=None):
    return JobDocument(backend="ionq.forte-1", calibration=calibration, held_at=NOW)


def test_a_snapshot_comes_back_as_it_was(store):
    sha256 = put_calibration(store, record())
    assert sha256 == record().digest
    assert get_calibration(store, sha256) == record()
    assert put_calibration(store, record()) == sha256
    assert len(list(store.list("calibrations"))) == 1


def test_another_record_is_another_snapshot(local_store):
    assert put_calibration(local_store, record(0.1)) != put_calibration(local_store, record(0.2))
    assert len(list(local_store.list("calibrations"))) == 2


def test_a_job_leads_to_the_snapshot_it_was_submitted_under(store):
    put_job(store, PLAN, JOB, document(put_calibration(store, record())))
    assert job_calibration(store, PLAN, JOB) == record()
    assert job_calibration(store, OTHER, JOB) is None
    assert job_calibration(store, PLAN, "d" * 64) is None


def test_the_last_one_written_is_in_force(local_store):
    """Held again before it was submitted: recalibrated in between."""
    for p01 in (0.1, 0.2):
        put_job(local_store, PLAN, JOB, document(put_calibration(local_store, record(p01))))
    assert job_calibration(local_store, PLAN, JOB) == record(0.2)


def test_a_job_of_a_simulator_has_no_snapshot(local_store):
    put_job(local_store, PLAN, JOB, document())
    assert job_calibration(local_store, PLAN, JOB) is None


def test_a_snapshot_that_is_gone_is_unknown(local_store):
    put_job(local_store, PLAN, JOB, document("f" * 64))
    assert job_calibration(local_store, PLAN, JOB) is None
    with pytest.raises(ArtifactNotFound):
        get_calibration(local_store, "f" * 64)


def test_a_damaged_snapshot_is_not_believed(local_store, flip_bit):
    sha256 = put_calibration(local_store, record())
    put_job(local_store, PLAN, JOB, document(sha256))
    (entry,) = local_store.list("calibrations")
    flip_bit(local_store, entry.path, 77)
    with pytest.raises(CorruptArtifact):
        get_calibration(local_store, sha256)
    with pytest.raises(CorruptArtifact):
        job_calibration(local_store, PLAN, JOB)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"backend": "x"}'])
def test_a_damaged_document_says_nothing_of_its_job(local_store, content):
    put_job(local_store, PLAN, JOB, document(put_calibration(local_store, record())))
    put_job(local_store, PLAN, "d" * 64, document())
    path = f"matrices/{PLAN}/jobs/{JOB}.json"
    assert local_store.exists(path)
    local_store.put(path, content)
    assert job_documents(local_store, PLAN) == (document(),)
    assert job_calibration(local_store, PLAN, JOB) is None


def test_the_documents_of_a_plan_are_its_own(local_store):
    put_job(local_store, PLAN, JOB, document())
    put_job(local_store, PLAN, "d" * 64, document("e" * 64))
    put_job(local_store, OTHER, JOB, document())
    assert len(job_documents(local_store, PLAN)) == 2
    assert job_documents(local_store, "9" * 64) == ()
