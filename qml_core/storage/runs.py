"""Run records, and the names that may change what they point at."""

from collections.abc import Mapping
from typing import Any

from qml_core.errors import ArtifactNotFound, SpecError
from qml_core.keys import digest
from qml_core.references import ArtifactRef
from qml_core.storage.documents import SCHEMA_VERSION, decode_document, encode_document
from qml_core.storage.store import ArtifactStore

_RUNS, _REFS = "runs", "refs"


def run_path(run_id: str) -> str:
    return f"{_RUNS}/{run_id}.json"


def put_run(store: ArtifactStore, run_id: str, document: Mapping[str, Any]) -> ArtifactRef:
    """Store what belongs to one run: asked and used, cost, times, versions, what it made."""
    data = encode_document({**document, "run_id": run_id, "schema_version": SCHEMA_VERSION})
    store.put(run_path(run_id), data)
    return ArtifactRef(store=store.url, path=run_path(run_id), sha256=digest(data))


def load_run(store: ArtifactStore, run_id: str) -> dict[str, Any]:
    """The run's record; raises ArtifactNotFound or CorruptArtifact."""
    return decode_document(store.get(run_path(run_id)), run_path(run_id))


def list_runs(store: ArtifactStore) -> list[str]:
    """Ids of the stored runs, newest first."""
    entries = sorted(store.list(_RUNS), key=lambda o: (o.modified, o.path), reverse=True)
    return [entry.path.removeprefix(f"{_RUNS}/").removesuffix(".json") for entry in entries]


def find_run(store: ArtifactStore, run: str | None) -> dict[str, Any]:
    """The record of a run by its id or the beginning of it; none: the one `refs/latest` names.

    Raises:
        ArtifactNotFound: no such run.
        SpecError: several runs begin so.
    """
    if run is None:
        try:
            return load_run(store, str(get_ref(store, "latest")["run_id"]))
        except (ArtifactNotFound, KeyError):
            pass  # no run has finished yet, or its record is gone: the newest there is
    runs = list_runs(store)
    found = [r for r in runs if r == run] or [r for r in runs if r.startswith(run or "")]
    if not found:
        raise ArtifactNotFound(
            f"run {run or 'latest'!r} asked of {store.url}, which holds {len(runs)} runs",
            "see `qml artifacts list`",
        )
    if run and len(found) > 1:
        raise SpecError(f"run {run!r} is ambiguous: {', '.join(sorted(found)[:5])}", "write more")
    return load_run(store, found[0])


def set_ref(store: ArtifactStore, name: str, target: Mapping[str, Any]) -> None:
    """Point a name, such as `latest`, at something else; the last writer wins."""
    store.put(f"{_REFS}/{name}.json", encode_document(target))


def get_ref(store: ArtifactStore, name: str) -> dict[str, Any]:
    """What a name points at; raises ArtifactNotFound."""
    path = f"{_REFS}/{name}.json"
    return decode_document(store.get(path), path)
