"""What is kept of hardware jobs beside the ledger: the calibration each was submitted under."""

from datetime import datetime

from pydantic import ValidationError

from qml_core.errors import ArtifactNotFound, CorruptArtifact
from qml_core.keys import canonical_json
from qml_core.references import Calibration
from qml_core.specs import Spec
from qml_core.storage.content import content_path, find_model, read_verified
from qml_core.storage.store import ArtifactStore

CALIBRATIONS = "calibrations"


class JobDocument(Spec):
    """Under which calibration a job was submitted."""

    backend: str
    calibration: str | None
    held_at: datetime


def put_calibration(store: ArtifactStore, calibration: Calibration) -> str:
    """Store a snapshot under its digest, which is returned; a repetition changes nothing."""
    sha256 = calibration.digest
    path = content_path(CALIBRATIONS, sha256, ".json")
    store.put_if_absent(path, canonical_json(calibration.model_dump(mode="json")))
    return sha256


def get_calibration(store: ArtifactStore, sha256: str) -> Calibration:
    """A stored snapshot; raises ArtifactNotFound or CorruptArtifact."""
    path = content_path(CALIBRATIONS, sha256, ".json")
    try:
        return Calibration.model_validate_json(read_verified(store, path, sha256))
    except ValidationError as error:
        raise CorruptArtifact(f"{path} is no calibration record") from error


def put_job(store: ArtifactStore, plan_key: str, job_key: str, document: JobDocument) -> None:
    """Written by whoever submits the job, just before: the last one written was in force."""
    store.put(_path(plan_key, job_key), document.model_dump_json().encode())


def job_documents(store: ArtifactStore, plan_key: str) -> tuple[JobDocument, ...]:
    """Those of all jobs of a plan; damaged ones are left out."""
    found = (find_model(store, entry.path, JobDocument) for entry in store.list(_folder(plan_key)))
    return tuple(document for document in found if document is not None)


def job_calibration(store: ArtifactStore, plan_key: str, job_key: str) -> Calibration | None:
    """The snapshot a job was submitted under; None: it had none, or nothing is known of it."""
    document = find_model(store, _path(plan_key, job_key), JobDocument)
    if document is None or document.calibration is None:
        return None
    try:
        return get_calibration(store, document.calibration)
    except ArtifactNotFound:
        return None


def _folder(plan_key: str) -> str:
    return f"matrices/{plan_key}/jobs"


def _path(plan_key: str, job_key: str) -> str:
    return f"{_folder(plan_key)}/{job_key}.json"
