"""Garbage: what no manifest, receipt, run, grant or name refers to, once it is old enough."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from qml_core.errors import CorruptArtifact
from qml_core.storage.content import QUARANTINE
from qml_core.storage.documents import decode_document
from qml_core.storage.store import ArtifactStore, StoredObject
from qml_core.storage.trace import strings_in

_ROOT = re.compile(
    r"(runs|refs|calibrations)/.+"
    r"|(trainings|qaoa)/.+\.json|searches/[0-9a-f]{64}/.+|(diagnoses|replays|screens)/by-key/.+"
    r"|(trials|folds)/.+"
    r"|matrices/[0-9a-f]{64}/((manifest|grant|canary|counted)\.json|(jobs|measurements)/.+)"
)
_RECEIPT = re.compile(r"(matrices/[0-9a-f]{64})/receipts/[^/]+")


@dataclass(frozen=True)
class GcReport:
    """What is (dry run) or was removed: paths, bytes, and writes that were never finished."""

    removed: list[str]
    bytes: int
    unfinished: list[str]
    kept: int
    dry_run: bool


def collect_garbage(
    store: ArtifactStore, now: datetime, older_than: timedelta, dry_run: bool = True
) -> GcReport:
    """Remove objects that nothing refers to and whose last write is older than `older_than`.

    Receipts of a matrix that is not committed yet hold their blocks until they are that old
    themselves, so that an interrupted run can continue. Checkpoints are kept, whatever their age:
    a training may go on from any of them; `prune_checkpoints` is what removes them.

    Args:
        now: with a time zone.

    Raises:
        CorruptArtifact: a document that may refer to others cannot be read; nothing is removed.
    """
    before = now - older_than
    objects = {entry.path: entry for entry in store.list()}
    kept = _reachable(store, objects, _roots(objects, before))
    garbage = [entry for path, entry in objects.items() if path not in kept]
    unfinished = store.unfinished_writes(before)
    if not dry_run:
        garbage = _remove(store, garbage)
        for name in unfinished:
            store.discard_write(name)
    return GcReport(
        removed=[entry.path for entry in garbage],
        bytes=sum(entry.size for entry in garbage),
        unfinished=unfinished,
        kept=len(objects) - len(garbage),
        dry_run=dry_run,
    )


def _roots(objects: dict[str, StoredObject], before: datetime) -> list[str]:
    """What is kept for its own sake, among it all that is too young to judge."""
    return [
        path
        for path, entry in objects.items()
        if entry.modified >= before or _ROOT.fullmatch(path) or _is_committed(path, objects)
    ]


def _is_committed(path: str, objects: dict[str, StoredObject]) -> bool:
    """Whether it is a receipt of a matrix that has its manifest."""
    match = _RECEIPT.fullmatch(path)
    return match is not None and f"{match[1]}/manifest.json" in objects


def _reachable(
    store: ArtifactStore, objects: dict[str, StoredObject], roots: Iterable[str]
) -> set[str]:
    """The roots and all that their documents name, directly or through others."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        path = waiting.pop()
        if path in found or path not in objects:
            continue
        found.add(path)
        if path.endswith(".json") and not path.startswith(f"{QUARANTINE}/"):
            waiting += _named(store, path)
    return found


def _named(store: ArtifactStore, path: str) -> list[str]:
    try:
        document = decode_document(store.get(path), path)
    except CorruptArtifact as error:
        raise CorruptArtifact(
            f"nothing was removed: {error.message}, so what it refers to is unknown",
            "see `qml artifacts verify`; move the damaged document away",
        ) from error
    return [text.removeprefix(f"{store.url}/") for text in strings_in(document)]


def _remove(store: ArtifactStore, garbage: list[StoredObject]) -> list[StoredObject]:
    """Delete what has not been written again since it was listed."""
    now_there = {entry.path: entry for entry in store.list()}
    removed = [entry for entry in garbage if now_there.get(entry.path) == entry]
    for entry in removed:
        store.delete(entry.path)
    return removed
