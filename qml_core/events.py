"""What happens during a job, as records handed to whoever listens, e.g. a progress bar."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class StageStarted:
    """A stage of the job began; `steps` is how many Steps it will report, 0 where unknown."""

    name: str
    steps: int = 0


@dataclass(frozen=True)
class StepDone:
    """One step of the current stage, e.g. one block."""

    reused: bool = False


Event = StageStarted | StepDone
Listener = Callable[[Event], None]

_listeners: list[Listener] = []


def emit(event: Event) -> None:
    """Hand the event to every listener of this process."""
    for listener in tuple(_listeners):
        listener(event)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Listen inside the block; blocks computed in another process are not heard one by one."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
