"""Where one part of a run fails, the others stop before they buy their next job."""

from qml_core.errors import Refused

_stopped: set[str] = set()


def stop(ticket: str) -> None:
    """Shards of the ticket's run in this process buy nothing more; no ticket, no run."""
    if ticket:
        _stopped.add(ticket)


def check(ticket: str) -> None:
    """Raise Refused where another shard of the run has failed."""
    if ticket in _stopped:
        raise Refused(
            "another part of this run has failed, so nothing more is bought",
            "what is finished is kept; the same command goes on",
        )
