"""Queries of the ledger that change nothing."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, select

from qml_core.budget import tables
from qml_core.budget.audit import Books
from qml_core.budget.entries import Alert, Budget, Entry, JobRecord, State
from qml_core.budget.limits import WINDOW_DAYS
from qml_core.budget.rows import as_alert, as_budget, as_entry, as_record
from qml_core.references import Charge

_NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def read_budget(connection: Connection, name: str, now: datetime | None) -> Budget:
    """A project's budget; one that nobody set has a cap of 0."""
    query = select(tables.project).where(tables.project.c.name == name)
    row = connection.execute(query).mappings().one_or_none()
    if row is not None:
        return as_budget(row)
    start = now or _NEVER
    nothing, end = Charge(), start + timedelta(days=WINDOW_DAYS)
    return Budget(name, nothing, None, nothing, nothing, nothing, False, start, end)


def read_budgets(connection: Connection) -> tuple[Budget, ...]:
    """Budgets of all projects, by name."""
    query = select(tables.project).order_by(tables.project.c.name)
    return tuple(as_budget(row) for row in connection.execute(query).mappings())


def read_jobs(
    connection: Connection, project: str | None = None, states: Collection[State] | None = None
) -> tuple[JobRecord, ...]:
    """Jobs, oldest first."""
    query = select(tables.job).order_by(tables.job.c.created_at, tables.job.c.job_key)
    if project is not None:
        query = query.where(tables.job.c.project == project)
    if states is not None:
        query = query.where(tables.job.c.state.in_(states))
    return tuple(as_record(row) for row in connection.execute(query).mappings())


def read_entries(connection: Connection, project: str | None = None) -> tuple[Entry, ...]:
    """The log, in the order in which entries took effect within a project."""
    query = select(tables.entry).order_by(tables.entry.c.id)
    if project is not None:
        query = query.where(tables.entry.c.project == project)
    return tuple(as_entry(row) for row in connection.execute(query).mappings())


def read_alerts(
    connection: Connection, project: str | None = None, unsent: bool = False
) -> tuple[Alert, ...]:
    """Alerts, oldest first."""
    query: Select[tuple[object, ...]] = (
        select(tables.alert, tables.outbox.c.sent_at)
        .join(tables.outbox, tables.outbox.c.alert == tables.alert.c.id)
        .order_by(tables.alert.c.id)
    )
    if project is not None:
        query = query.where(tables.alert.c.project == project)
    if unsent:
        query = query.where(tables.outbox.c.sent_at.is_(None))
    return tuple(as_alert(row) for row in connection.execute(query).mappings())


def read_books(connection: Connection) -> Books:
    """All that an audit compares."""
    return Books(
        budgets=read_budgets(connection),
        jobs=read_jobs(connection),
        entries=read_entries(connection),
        alerts=read_alerts(connection),
    )
