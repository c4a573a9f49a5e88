"""What a model raises is the failure of its fold; what is not its fault is raised on."""

from collections.abc import Callable
from typing import Any, TypeVar

from qml_core.errors import BackendError, Refused, StorageError
from qml_core.storage.folds import HeldOut
from tasks.trial_objectives import reason

Outcome = tuple[dict[str, Any], HeldOut]
"""Fields of the record of a fold, and the predictions."""

Found = TypeVar("Found")


def attempted(evaluate: Callable[[], Found], failed: Callable[[str], Found]) -> Found:
    """What it gives, or what `failed` makes of the reason that it raised.

    Raises:
        StorageError, Refused, BackendError, MemoryError, OSError: what is not the model's fault.
    """
    try:
        return evaluate()
    except (StorageError, Refused, BackendError, MemoryError, OSError):
        raise
    except (Exception, SystemExit) as error:
        return failed(reason(error))


def failed_fold(why: str) -> Outcome:
    """The outcome of a fold whose fit raised."""
    return {"status": "failed", "error": why}, HeldOut.nothing()
