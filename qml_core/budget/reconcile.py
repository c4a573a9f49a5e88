"""Ask the provider for every job in doubt, and write down what it says; nothing by time alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from qml_core.budget.entries import JobRecord, Outcome
from qml_core.budget.ledger import Ledger
from qml_core.errors import JobNotFound, LedgerConflict, LedgerUnavailable, QMLError
from qml_core.references import Charge

if TYPE_CHECKING:
    from qml_core.hardware.protocol import JobStatus, QuantumBackend

HOLDER = "reconcile"
LEASE = timedelta(minutes=5)
"""In which nobody else submits a reserved job, while the provider is asked for it."""

NOTHING = Charge()

Step = Literal["wait", "ask", "release", "settle", "lost"]
Found = Literal["waiting", "settled", "released", "lost", "unreachable"]


@dataclass(frozen=True)
class Answer:
    """What a provider said of a job."""

    status: "JobStatus | None"
    """None: it does not know the job."""
    billed: Charge | None = None
    """None: it does not say."""


@dataclass(frozen=True)
class Decision:
    """What to do with a job in doubt; outcome, billed and reason are those to write down."""

    step: Step
    outcome: Outcome = ""
    billed: Charge = NOTHING
    reason: str = ""


@dataclass(frozen=True)
class Finding:
    """What became of a job in doubt; `lost` and `unreachable` ones are left as they were."""

    job_key: str
    project: str
    backend: str
    found: Found
    message: str


def decide(record: JobRecord, answer: Answer | None, now: datetime, grace: timedelta) -> Decision:
    """What to do with a job that has not ended.

    Args:
        answer: None: the provider was not asked yet.
        grace: time until a provider shows a job that it accepted.

    Returns:
        wait: its holder is at work, or the device is. ask: the provider. release: the provider
        knows of no submission and lease and grace are over. lost: it was submitted and the provider
        does not know it; it may have been billed, so a person must look.
    """
    if record.state == "reserved" and now < record.lease_until + grace:
        return Decision("wait", reason=f"{record.holder} holds it until {record.lease_until}")
    if answer is None:
        return Decision("ask")
    status = answer.status
    if status is None and record.state == "reserved":
        return Decision("release", reason=f"{record.backend} knows of no submission")
    if status is None:
        return Decision("lost", reason=f"{record.backend} does not know {record.provider_job}")
    billed = record.reserved if answer.billed is None else answer.billed
    if status.state == "done":
        return Decision("settle", "done", billed, status.message)
    if status.state in ("failed", "cancelled"):
        outcome: Outcome = "failed" if status.state == "failed" else "cancelled"
        return Decision("settle", outcome, billed, status.message)
    return Decision("wait", reason=f"{record.provider_job} is {status.state}")


def reconcile(
    ledger: Ledger,
    find_backend: Callable[[str], "QuantumBackend"],
    now: datetime,
    grace: timedelta,
    project: str | None = None,
) -> tuple[Finding, ...]:
    """Settle or release what the provider can tell of the jobs that have not ended.

    Args:
        find_backend: opens a backend by name; may raise.
        grace: time until a provider shows a job that it accepted.
        project: None: all of them.

    Raises:
        LedgerUnavailable: the ledger stopped answering.
    """
    open_jobs = ledger.jobs(project, ("reserved", "submitted"))
    return tuple(_reconciled(ledger, job, find_backend, now, grace) for job in open_jobs)


def _reconciled(
    ledger: Ledger,
    record: JobRecord,
    find_backend: Callable[[str], "QuantumBackend"],
    now: datetime,
    grace: timedelta,
) -> Finding:
    decision = decide(record, None, now, grace)
    if decision.step == "wait":
        return _finding(record, "waiting", decision.reason)
    try:
        backend = find_backend(record.backend)
        if record.state == "reserved":
            return _of_reserved(ledger, record, backend, now, grace)
        return _of_submitted(ledger, record, backend, now, grace)
    except LedgerUnavailable:
        raise
    except LedgerConflict as error:  # whoever bought it was quicker
        return _finding(record, "waiting", error.message)
    except QMLError as error:
        return _finding(record, "unreachable", error.message)


def _of_reserved(
    ledger: Ledger,
    record: JobRecord,
    backend: "QuantumBackend",
    now: datetime,
    grace: timedelta,
) -> Finding:
    """Held meanwhile, so that nobody submits between the answer and what is made of it."""
    held = ledger.take_over(record.job_key, HOLDER, LEASE, now)
    if held.holder != HOLDER or held.state != "reserved":
        return _finding(record, "waiting", f"{held.holder} took it over")
    try:
        job = backend.find(record.job_key, record.sought_since)
    except QMLError:
        ledger.take_over(record.job_key, HOLDER, timedelta(0), now)
        raise
    if job is not None:
        submitted = ledger.record_submission(record.job_key, job, now)
        return _of_submitted(ledger, submitted, backend, now, grace)
    decision = decide(record, Answer(None), now, grace)
    left = ledger.release(record.job_key, decision.reason, now, HOLDER)
    if left.state != "released":  # our lease ended while the provider was asked
        return _finding(record, "waiting", f"{left.holder} took it over")
    return _finding(record, "released", decision.reason)


def _of_submitted(
    ledger: Ledger,
    record: JobRecord,
    backend: "QuantumBackend",
    now: datetime,
    grace: timedelta,
) -> Finding:
    decision = decide(record, _ask(backend, record.provider_job or ""), now, grace)
    if decision.step == "settle":
        ledger.settle(record.job_key, decision.billed, decision.outcome, now, decision.reason)
        said = f"{decision.outcome}, {decision.billed.usd:.2f} USD"
        return _finding(record, "settled", f"{said}: {decision.reason}".removesuffix(": "))
    found: Found = "lost" if decision.step == "lost" else "waiting"
    return _finding(record, found, decision.reason)


def _ask(backend: "QuantumBackend", job: str) -> Answer:
    try:
        status = backend.poll(job)
        ended = status.state not in ("queued", "running")
        return Answer(status, backend.billed(job) if ended else None)
    except JobNotFound:
        return Answer(None)


def _finding(record: JobRecord, found: Found, message: str) -> Finding:
    return Finding(record.job_key, record.project, record.backend, found, message)
