"""What matrices have really cost, as the ledger says; unknown where it does not answer."""

from collections.abc import Collection, Sequence
from datetime import datetime

from qml_core.budget.ledger import JobRecord
from qml_core.errors import QMLError
from qml_core.evaluation.report.measured import Spent
from qml_core.references import Charge, Grant
from tasks.devices import own_ledger

Jobs = tuple[JobRecord, ...] | None
"""Of all projects; None: the ledger did not answer."""


def ledger_jobs(grants: Sequence[Grant]) -> Jobs:
    """The jobs of the ledger, which is asked only where something may have been paid."""
    if all(grant.backend_used.kind != "qpu" for grant in grants):
        return ()
    try:
        return own_ledger().jobs()
    except QMLError:  # a report of paid numbers is not lost with the ledger
        return None


def paid_for(jobs: Jobs, plan_keys: Collection[str]) -> Spent | None:
    """All that was settled for matrices, by whatever run; None: unknown."""
    if jobs is None:
        return None
    return _sum([job for job in jobs if job.plan_key in plan_keys])


def spent_since(
    jobs: Jobs, plan_keys: Collection[str], project: str, start: datetime
) -> Spent | None:
    """What a run settled for its matrices, from its start on; None: unknown."""
    if jobs is None:
        return None
    own = [job for job in jobs if job.plan_key in plan_keys and job.project == project]
    return _sum([job for job in own if job.changed_at >= start])


def _sum(jobs: Sequence[JobRecord]) -> Spent:
    total, settled = Charge(), [job.settled for job in jobs if job.settled is not None]
    for charge in settled:
        total = total.plus(charge)
    return Spent(
        usd=total.usd,
        qpu_seconds=total.qpu_seconds,
        jobs=len(settled),
        pending=sum(job.state in ("reserved", "submitted") for job in jobs),
    )
