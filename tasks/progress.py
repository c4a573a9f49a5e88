"""Progress of a stage as an artifact in Prefect's UI, updated at most every two seconds."""

import time
from typing import cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from qml_core.events import StepDone, emit
from qml_core.references import ShardResult

PERIOD_S = 2.0


class Progress:
    """Counts steps as tasks come back; writes to Prefect only where a stage takes long."""

    def __init__(self, stage: str, steps: int, *, heard: bool) -> None:
        """`heard`: tasks run in this process, so listeners hear of each step themselves."""
        self._stage, self._steps, self._heard = stage, max(1, steps), heard
        self._done = 0
        self._written = time.monotonic()
        self._artifact: UUID | None = None

    def advance(self, result: ShardResult) -> ShardResult:
        """Count the blocks of a shard."""
        self.add(len(result.receipts), result.reused)
        return result

    def found(self, steps: int) -> None:
        """Count steps that no task does: an earlier run has."""
        self._done += steps
        for _ in range(steps):
            emit(StepDone(reused=True))

    def add(self, steps: int, reused: int = 0) -> None:
        """Count steps that tasks have done; the first `reused` of them were in the store."""
        self._done += steps
        if not self._heard:
            for number in range(steps):
                emit(StepDone(reused=number < reused))
        now = time.monotonic()
        if now - self._written >= PERIOD_S:
            self._written = now
            self._write()
        elif self._artifact is not None and self._done >= self._steps:
            self._write()

    def _write(self) -> None:
        percent = 100.0 * self._done / self._steps
        if self._artifact is None:
            created = create_progress_artifact(percent, description=self._stage)
            self._artifact = cast(UUID, created)
        else:
            update_progress_artifact(self._artifact, percent)
