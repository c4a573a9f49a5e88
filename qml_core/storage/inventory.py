"""What lies in a store, found by run id, key prefix or uri, and whether it is sound."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qml_core.errors import ArtifactNotFound, CorruptArtifact, SpecError
from qml_core.storage.content import QUARANTINE
from qml_core.storage.documents import decode_document
from qml_core.storage.places import (
    BENCHMARK,
    CHECKPOINT,
    CONTENT,
    DIAGNOSIS,
    MATRIX,
    NAMED,
    SCREEN,
    TUNING,
)
from qml_core.storage.soundness import check_object
from qml_core.storage.store import ArtifactStore, StoredObject, check_path

_KINDS = {"histories": "history", "diagnoses": "diagnosis", "searches": "search"}
_PLACES = {
    "matrix": MATRIX,
    "training": CHECKPOINT,
    "diagnosis": DIAGNOSIS,
    "screen": SCREEN,
    "tuning": TUNING,
    "benchmark": BENCHMARK,
}
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
        found = [a for a in artifacts if a.name.startswith(name) and a.kind != "benchmark"]
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
            waiting += check_object(store, path)
        except (ArtifactNotFound, CorruptArtifact, SpecError) as error:
            damaged.append(Damage(path, error.message))
    return VerifyReport(checked=len(seen), damaged=sorted(damaged, key=lambda d: d.path))


def _artifact(entry: StoredObject) -> Artifact | None:
    for kind, pattern in _PLACES.items():
        if match := pattern.fullmatch(entry.path):
            return Artifact(kind, match[1], entry.path, entry.size, entry.modified)
    if match := CONTENT.fullmatch(entry.path) or NAMED.fullmatch(entry.path):
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
