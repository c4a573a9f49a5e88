"""How tasks behave in Prefect: what is retried, what is cached, what is kept."""

from typing import Any

from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from qml_core.errors import QMLError


def is_retryable(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Ask the error; anything that is not ours is a defect, and a retry would only hide it."""
    try:
        state.result()
    except QMLError as error:
        return error.retryable
    except Exception:
        return False
    return False


PURE: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False}
"""Computes from references; our own store is the cache."""

STORE: dict[str, Any] = {
    **PURE,
    "retries": 3,
    "retry_delay_seconds": exponential_backoff(backoff_factor=1),
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": is_retryable,
}
"""Talks to the store and may be repeated: every put is idempotent."""
