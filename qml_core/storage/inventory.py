"""What lies in a store, found by run id, key prefix or uri, and whether it is sound."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from qml_core.errors import ArtifactNotFound, CorruptArtifact, SpecError
from qml_core.references import CandidateKernel, DatasetRef, Grant
from qml_core.storage.blocks import block_of, parse_receipt, read_block
from qml_core.storage.content import QUARANTINE, Found, read_verified
from qml_core.storage.documents import decode_document
from qml_core.storage.folds import check_fold
from qml_core.storage.manifest import decode_manifest
from qml_core.storage.proposals import check_proposal
from qml_core.storage.sealed import unseal
from qml_core.storage.store import ArtifactStore, StoredObject, check_path
from qml_core.storage.trace import paths_in
from qml_core.storage.trials import check_trial

_MATRIX = re.compile(r"matrices/([0-9a-f]{64})/manifest\.json")
_RECEIPT = re.compile(r"matrices/([0-9a-f]{64})/receipts/\d+-\d+\.json")
_CONTENT = re.compile(r"([a-z0-9._-]+)/[0-9a-f]{2}/([0-9a-f]{64})\.[a-z0-9.]+")
_NAMED = re.compile(r"(runs|refs)/([^/]+)\.json")
_KEPT = re.compile(r"(matrices/[0-9a-f]{64}/measurements|trainings/[0-9a-f]{64}/kept)/[^/]+\.json")
_JOB = re.compile(r"matrices/[0-9a-f]{64}/(jobs/[0-9a-f]{64}|canary)\.json")
_GRANT = re.compile(r"matrices/([0-9a-f]{64})/grant\.json")
_DATASET = re.compile(r"datasets/by-key/[0-9a-f]{64}\.json")
_TRAINING = re.compile(r"trainings/by-key/[0-9a-f]{64}\.json")
_CHECKPOINT = re.compile(r"trainings/([0-9a-f]{64})/checkpoints/e\d+-s\d+\.json")
_TENSORS = re.compile(r"trainings/()[0-9a-f]{64}/checkpoints/[^/]+\.([0-9a-f]{64})\.safetensors")
_DIAGNOSIS = re.compile(r"diagnoses/by-key/([0-9a-f]{64})\.json")
_TRIAL = re.compile(r"trials/[0-9a-f]{2}/[0-9a-f]{64}\.parquet")
_FOLD = re.compile(r"folds/[0-9a-f]{2}/[0-9a-f]{64}\.parquet")
_PROPOSAL = re.compile(r"searches/[0-9a-f]{64}/[0-9a-f]{64}-\d+\.json")
_KINDS = {"histories": "history", "diagnoses": "diagnosis", "searches": "search"}
_PREFIX = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True)
class Artifact:
    """One artifact: kind (run, matrix, dataset, …), name (run id or digest), where, how big."""

    kind: str
    name: str
    path: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class Damage:
    path: str
    reason: str


@dataclass(frozen=True)
class VerifyReport:
    """Objects that were read and checked, and what was found damaged or missing."""

    checked: int
    damaged: list[Damage]


def list_artifacts(store: ArtifactStore) -> list[Artifact]:
    """All artifacts but blocks, measured rows and receipts, newest first.

    A training is shown by the last of its checkpoints.
    """
    found = [artifact for entry in store.list() if (artifact := _artifact(entry)) is not None]
    last = {a.name: a for a in sorted(found, key=lambda a: a.path) if a.kind == "training"}
    shown = [a for a in found if a.kind not in ("block", "measurement", "training")]
    shown += last.values()
    return sorted(shown, key=lambda a: (a.modified, a.path), reverse=True)


def resolve(store: ArtifactStore, name: str) -> Artifact:
    """The artifact with this run id, key or digest prefix (6 or more hex digits), path or uri.

    Raises:
        SpecError: the prefix is too short or fits several; the uri is of another store.
        ArtifactNotFound: nothing fits.
    """
    if "/" in name:
        return _by_path(store, _own_path(store, name))
    artifacts = list_artifacts(store)
    found = [a for a in artifacts if a.name == name and a.kind == "run"]
    if not found and _PREFIX.fullmatch(name):
        found = [a for a in artifacts if a.name.startswith(name)]
    if len(found) > 1:
        fitting = ", ".join(f"{a.kind} {a.name[:12]}" for a in found[:5])
        raise SpecError(
            f"artifact {name!r} is ambiguous, {len(found)} fit: {fitting}", "write more"
        )
    if found:
        return found[0]
    raise ArtifactNotFound(
        f"artifact {name!r} asked of {store.url}; it is no run id, nor the first 6 or more "
        f"hex digits of any of its {len(artifacts)} artifacts",
        "see `qml artifacts list`",
    )


def describe(store: ArtifactStore, artifact: Artifact) -> dict[str, Any]:
    """The JSON document of an artifact; of other formats what the store knows."""
    if artifact.path.endswith(".json"):
        return decode_document(store.get(artifact.path), artifact.path)
    return {"kind": artifact.kind, "path": artifact.path, "size": artifact.size}


def verify(store: ArtifactStore, name: str | None = None) -> VerifyReport:
    """Read and check one artifact and all it is made of, or (None) everything in the store.

    Nothing is changed; damaged blocks are recomputed by the run that needs them.
    """
    every = {entry.path for entry in store.list() if not entry.path.startswith(f"{QUARANTINE}/")}
    waiting = sorted(every) if name is None else [resolve(store, name).path]
    seen: set[str] = set()
    damaged: list[Damage] = []
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        try:
            waiting += _check(store, path)
        except (ArtifactNotFound, CorruptArtifact, SpecError) as error:
            damaged.append(Damage(path, error.message))
    return VerifyReport(checked=len(seen), damaged=sorted(damaged, key=lambda d: d.path))


def _check(store: ArtifactStore, path: str) -> list[str]:
    """Check one object; returns the paths of what it needs."""
    for pattern, check in _CHECKS.items():
        if match := pattern.fullmatch(path):
            return check(store, path, match)
    store.get(path)
    return []


def _check_matrix(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    manifest = decode_manifest(store.get(path), path)
    if manifest.key != match[1]:
        raise CorruptArtifact(f"{path} is the manifest of matrix {manifest.key[:12]}")
    for entry in manifest.blocks:
        read_block(store, manifest.receipt(entry))
    return []


def _check_receipt(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    block = block_of(path)
    if block is not None:
        read_block(store, parse_receipt(store.get(path), path, match[1], block))
    return []


def _check_content(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    data = read_verified(store, path, match[2])
    return paths_in(decode_document(data, path), store.url) if path.endswith(".json") else []


def _check_document(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    return paths_in(decode_document(store.get(path), path), store.url)


def _check_grant(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    grant = _read_model(store, path, Grant)
    moved = grant.backend_used != grant.backend_asked  # to another plan of the same matrix
    if grant.plan_key != match[1] and not moved:
        raise CorruptArtifact(f"{path} is the grant of plan {grant.plan_key[:12]}")
    return []


def _check_dataset(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    data = _read_model(store, path, DatasetRef)
    return [data.path, data.preprocessing.path]


def _check_training(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    _read_model(store, path, CandidateKernel)
    return []


def _check_checkpoint(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    document = unseal(store.get(path), path)
    if document["key"] != match[1]:
        raise CorruptArtifact(f"{path} is a checkpoint of training {document['key'][:12]}")
    return paths_in(document, store.url)


def _read_model(store: ArtifactStore, path: str, kind: type[Found]) -> Found:
    try:
        return kind.model_validate_json(store.get(path))
    except (ValidationError, UnicodeDecodeError) as error:
        raise CorruptArtifact(f"{path} is no {kind.__name__}") from error


_CHECKS: dict[re.Pattern[str], Callable[[ArtifactStore, str, re.Match[str]], list[str]]] = {
    _TRIAL: lambda store, path, match: check_trial(store, path),
    _FOLD: lambda store, path, match: check_fold(store, path),
    _PROPOSAL: lambda store, path, match: check_proposal(store, path),
    _MATRIX: _check_matrix,
    _RECEIPT: _check_receipt,
    _CONTENT: _check_content,
    _NAMED: _check_document,
    _KEPT: _check_document,
    _JOB: _check_document,
    _GRANT: _check_grant,
    _DATASET: _check_dataset,
    _TRAINING: _check_training,
    _CHECKPOINT: _check_checkpoint,
    _TENSORS: _check_content,
    _DIAGNOSIS: _check_document,
}


def _artifact(entry: StoredObject) -> Artifact | None:
    if match := _MATRIX.fullmatch(entry.path):
        return Artifact("matrix", match[1], entry.path, entry.size, entry.modified)
    if match := _CHECKPOINT.fullmatch(entry.path):
        return Artifact("training", match[1], entry.path, entry.size, entry.modified)
    if match := _DIAGNOSIS.fullmatch(entry.path):
        return Artifact("diagnosis", match[1], entry.path, entry.size, entry.modified)
    if match := _CONTENT.fullmatch(entry.path) or _NAMED.fullmatch(entry.path):
        kind = _KINDS.get(match[1], match[1].removesuffix("s"))
        return Artifact(kind, match[2], entry.path, entry.size, entry.modified)
    return None


def _own_path(store: ArtifactStore, name: str) -> str:
    if "://" not in name:
        return check_path(name)
    path = name.removeprefix(f"{store.url}/")
    if path == name:
        raise SpecError(
            f"uri {name!r} is not in the store {store.url}", "set QML_STORAGE_URL to its store"
        )
    return check_path(path)


def _by_path(store: ArtifactStore, path: str) -> Artifact:
    folder = path.rpartition("/")[0]
    for entry in store.list(folder):
        if entry.path == path:
            known = _artifact(entry)
            return known or Artifact("object", path, path, entry.size, entry.modified)
    raise ArtifactNotFound(
        f"{path} asked of {store.url}, nothing there", "see `qml artifacts list`"
    )
