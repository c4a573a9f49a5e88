"""What IonQ says of a job: how far it is, why it failed, which circuit is which. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from qml_core.errors import JobFailed, JobPending
from qml_core.hardware.backends.ionq_circuits import QUBITS, SHOTS
from qml_core.hardware.backends.ionq_errors import error_of_failure
from qml_core.hardware.protocol import JobStatus, State

ENDED = ("done", "failed", "cancelled")

_STATES: dict[str, State] = {
    **{"submitted": "queued", "ready": "queued", "started": "running", "running": "running"},
    **{"completed": "done", "failed": "failed", "canceled": "cancelled", "deleted": "cancelled"},
}


def status_of(job: Mapping[str, Any]) -> JobStatus:
    """A status that nobody knows is waited for, within the limits of who waits."""
    said = str(job.get("status"))
    failure = job.get("failure") or {}
    words = f"{failure.get('code')}: {failure.get('message')}" if failure else ""
    state = _STATES.get(said)
    return JobStatus(state or "queued", words if state else f"unknown status {said}")


def check_done(job: Mapping[str, Any]) -> None:
    """Nothing where the job is done.

    Raises:
        JobPending: it has not ended.
        JobFailed: it was cancelled, or failed on the device.
        BudgetExceeded, CircuitRefused: it failed with a code that says so.
    """
    state, name = status_of(job).state, str(job.get("id"))
    if state == "failed":
        failure = job.get("failure") or {}
        code = str(failure.get("code") or "no code")
        raise error_of_failure(name, code, str(failure.get("message") or ""))
    if state == "cancelled":
        raise JobFailed(f"IonQ's job {name} was cancelled")
    if state != "done":
        raise JobPending(f"IonQ's job {name} is {job.get('status')}, it has no result yet")


def job_size(job: Mapping[str, Any], circuits: int) -> tuple[int, tuple[int, ...]]:
    """Shots, and qubits of each circuit: from the metadata we sent, else from what IonQ says."""
    metadata, stats = job.get("metadata") or {}, job.get("stats") or {}
    shots = metadata.get(SHOTS) or job.get("shots")
    qubits = str(metadata.get(QUBITS) or stats.get("qubits") or "")
    if not shots or not qubits:
        raise JobFailed(f"IonQ's job {job.get('id')} does not say its shots and qubits")
    counted = tuple(int(n) for n in qubits.split(","))
    counted = counted * circuits if len(counted) == 1 else counted
    if len(counted) != circuits:
        raise JobFailed(
            f"IonQ's job {job.get('id')} gave {circuits} circuits, {len(counted)} were submitted"
        )
    return int(shots), counted


def ordered(
    answer: Mapping[str, Any], children: Sequence[str] | None, names: Mapping[str, str]
) -> list[Mapping[str, float]]:
    """Probabilities of each circuit in the order of submission.

    Args:
        answer: of one circuit, or by child job.
        children: ids of the child jobs; None or empty: there was one circuit.
        names: of the child jobs by id; we call them 0, 1, …, and where the service kept that,
            it decides, since nowhere is the order of the ids promised.
    """
    if not children:
        return [answer]
    if set(children) != set(answer):
        raise JobFailed(f"IonQ gave results of {len(answer)} circuits, asked for {len(children)}")
    named = {names.get(child): child for child in children}
    asked = [str(index) for index in range(len(children))]
    order = [named[name] for name in asked] if set(asked) == set(named) else children
    return [answer[child] for child in order]
