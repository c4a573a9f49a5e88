"""How a budget stands: what is left, how fast it goes, which jobs are in doubt. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Protocol

from qml_core.budget.entries import Alert, Budget, JobRecord
from qml_core.budget.limits import left
from qml_core.references import BudgetStanding, Charge

OPEN = ("reserved", "submitted")
HOUR = timedelta(hours=1)
LONGEST = timedelta(hours=24)
"""A run waits that long for a job, unless it is told otherwise."""


class Books(Protocol):
    """What of the ledger is read."""

    def projects(self) -> Sequence[str]: ...

    def budget(self, project: str, now: datetime | None = None) -> Budget: ...

    def jobs(self, project: str | None = None) -> Sequence[JobRecord]: ...

    def alerts(self, project: str | None = None) -> Sequence[Alert]: ...


def standings(books: Books, now: datetime) -> tuple[BudgetStanding, ...]:
    """Of every project on record, by name."""
    jobs, alerts, names = books.jobs(), books.alerts(), sorted(books.projects())
    return tuple(budget_standing(books.budget(name, now), jobs, alerts, now) for name in names)


def standing_of(books: Books, project: str, now: datetime) -> BudgetStanding:
    """Of one project; one that nobody gave a budget has a cap of 0."""
    jobs, alerts = books.jobs(project), books.alerts(project)
    return budget_standing(books.budget(project, now), jobs, alerts, now)


def budget_standing(
    budget: Budget, jobs: Iterable[JobRecord], alerts: Iterable[Alert], now: datetime
) -> BudgetStanding:
    """The budget of a project with its rates.

    Args:
        jobs: those of all projects, or of this one.
        alerts: likewise, of any window.
    """
    own = [job for job in jobs if job.project == budget.project]
    burn = settled(own, now - HOUR, now).usd
    free = left(budget)
    return BudgetStanding(
        project=budget.project,
        cap=budget.cap,
        cap_qpu_ms=budget.cap_qpu_ms,
        reserved=budget.reserved,
        spent=budget.spent,
        overrun=budget.overrun,
        left=free,
        frozen=budget.frozen,
        window_start=budget.window_start,
        window_end=budget.window_end,
        burn_usd_per_h=burn,
        even_usd_per_h=budget.cap.usd / ((budget.window_end - budget.window_start) / HOUR),
        lasts_h=free.usd / burn if burn > 0 else None,
        alerts=tuple(a.topic for a in alerts if _concerns(a, budget)),
        in_doubt=len(in_doubt(own, now)),
    )


def _concerns(alert: Alert, budget: Budget) -> bool:
    return alert.project == budget.project and alert.window_start == budget.window_start


def in_doubt(
    jobs: Iterable[JobRecord], now: datetime, longest: timedelta = LONGEST
) -> tuple[JobRecord, ...]:
    """Jobs that only their provider can tell about.

    Reserved ones whose holder's lease has ended may have been submitted; submitted ones that nobody
    collected within `longest` may have ended.
    """
    return tuple(job for job in jobs if _is_in_doubt(job, now, longest))


def _is_in_doubt(job: JobRecord, now: datetime, longest: timedelta) -> bool:
    if job.state == "submitted":
        return now - job.changed_at > longest
    return job.state == "reserved" and job.lease_until <= now


def settled(jobs: Iterable[JobRecord], after: datetime, until: datetime) -> Charge:
    """What was settled in a span of time, overruns included."""
    total = Charge()
    for job in jobs:
        if job.settled is not None and after < job.changed_at <= until:
            total = total.plus(job.settled)
    return total


def spent_today(jobs: Sequence[JobRecord], backend: str, now: datetime) -> Charge:
    """What was settled on a backend since midnight UTC."""
    midnight = now.astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    before = midnight - timedelta(microseconds=1)
    return settled([job for job in jobs if job.backend == backend], before, now)
