"""What Braket writes in its answers, as this project's values."""

from datetime import datetime, timezone

from qml_core.hardware.protocol import State

STATES: dict[str, State] = {
    **{"CREATED": "queued", "QUEUED": "queued", "RUNNING": "running", "CANCELLING": "running"},
    **{"COMPLETED": "done", "FAILED": "failed", "CANCELLED": "cancelled"},
}


def utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(timezone.utc)


def number(text: object) -> int | None:
    """Of what Braket writes as `3`, `>2000` or `None`."""
    digits = str(text).lstrip(">")
    return int(digits) if digits.isdigit() else None
