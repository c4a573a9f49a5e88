"""What a person sees while a job runs: one progress bar per stage, on standard error."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from qml_core.events import Event, StageStarted, StepDone, listening


class Stages:
    """Turns events into bars; the first event also tells how long Prefect took to start."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress, self._console = progress, console
        self._began = time.perf_counter()
        self._starting = progress.add_task("start Prefect", total=None)
        self._current: int | None = None
        self.start_seconds: float | None = None

    def hear(self, event: Event) -> None:
        match event:
            case StageStarted(name, steps):
                self._finish()
                total = steps or 1
                self._current = int(self._progress.add_task(name, total=total))
            case StepDone():
                if self._current is not None:
                    task = self._progress.tasks[self._current]
                    if task.completed < (task.total or 0):  # a retried shard reports blocks again
                        self._progress.advance(task.id)

    def _finish(self) -> None:
        if self.start_seconds is None:
            self.start_seconds = time.perf_counter() - self._began
            self._progress.update(self._starting, total=1, completed=1)
        elif self._current is not None:
            task = self._progress.tasks[self._current]
            self._progress.update(task.id, completed=task.total)

    def close(self) -> None:
        self._finish()


@contextmanager
def watching(*, quiet: bool) -> Iterator[Stages | None]:
    """Show progress inside the block; nothing where quiet."""
    if quiet:
        yield None
        return
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<38}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=False) as progress:
        stages = Stages(progress, console)
        with listening(stages.hear):
            yield stages
        stages.close()
