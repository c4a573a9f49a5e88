"""How the word RUN of a command line is read: an id, its beginning, or `latest`."""

import re
from typing import Any

from qml_core.errors import SpecError
from qml_core.storage.store import ArtifactStore

_RUN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def run_record(store: ArtifactStore, run: str | None) -> dict[str, Any]:
    """The record of the run; none and `latest`: of the newest.

    Raises:
        SpecError: no such word can be a run, or several runs begin so.
        ArtifactNotFound: no such run.
    """
    from qml_core.storage.runs import find_run

    if run is None or run == "latest":
        return find_run(store, None)
    if not _RUN.fullmatch(run):
        raise SpecError(
            f"run {run[:80]!r} asked for; a run is a-z, 0-9 and '-'", "see `qml artifacts list`"
        )
    return find_run(store, run)
