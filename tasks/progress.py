"""Progress of a stage as an artifact in Prefect's UI, updated at most every two seconds."""

import time
from typing import cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from qml_core.events import StepDone, emit
from qml_core.references import ShardResult

PERIOD_S = 2.0


class Progress:
    """Counts blocks as shards come back; writes to Prefect only where a stage takes long."""

    def __init__(self, stage: str, blocks: int, *, heard: bool) -> None:
        """`heard`: shards run in this process, so listeners hear of each block themselves."""
        self._stage, self._blocks, self._heard = stage, max(1, blocks), heard
        self._done = 0
        self._written = time.monotonic()
        self._artifact: UUID | None = None

    def advance(self, result: ShardResult) -> ShardResult:
        self._done += len(result.receipts)
        if not self._heard:
            for number in range(len(result.receipts)):
                emit(StepDone(reused=number < result.reused))
        now = time.monotonic()
        if now - self._written >= PERIOD_S:
            self._written = now
            self._write()
        elif self._artifact is not None and self._done >= self._blocks:
            self._write()
        return result

    def _write(self) -> None:
        percent = 100.0 * self._done / self._blocks
        if self._artifact is None:
            created = create_progress_artifact(percent, description=self._stage)
            self._artifact = cast(UUID, created)
        else:
            update_progress_artifact(self._artifact, percent)
