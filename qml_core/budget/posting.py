"""What a transaction of the ledger is made of: the project's lock, entries, alerts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from qml_core.budget import tables
from qml_core.budget.entries import Budget, JobRecord, Kind, as_note
from qml_core.budget.limits import WINDOW_DAYS, levels_reached, rolled, usd, within
from qml_core.budget.rows import as_budget, as_record, columns_of
from qml_core.errors import LedgerConflict
from qml_core.references import Charge

_SUMS = ("reserved", "spent", "overrun")


def locked_project(connection: Connection, name: str, now: datetime) -> Budget:
    """A project's budget in the window of `now`, locked until the transaction ends.

    A project that nobody set begins with a cap of 0. Every change of the sums takes this lock
    first, so that locks are taken in one order and entries are numbered as they take effect.
    """
    query = select(tables.project).where(tables.project.c.name == name)
    query = query.with_for_update(key_share=True)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        _create_project(connection, name, now)
        row = connection.execute(query).mappings().one()
    return _roll(connection, as_budget(row), now)


def _create_project(connection: Connection, name: str, now: datetime) -> None:
    values = {"name": name, "cap_microusd": 0, "window_days": WINDOW_DAYS, "window_start": now}
    connection.execute(insert_once(connection, tables.project), values)


def insert_once(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert that does nothing where the primary key is there."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert: sqlite.Insert | postgresql.Insert = dialect.insert(table)
    return insert.on_conflict_do_nothing()


def _roll(connection: Connection, budget: Budget, now: datetime) -> Budget:
    """Begin the window that `now` lies in, where the last one is over."""
    new = rolled(budget, now)
    if new is budget:
        return budget
    ended = columns_of(within(budget), "spent", -1) | columns_of(budget.overrun, "overrun", -1)
    post(connection, budget.project, "window", now, changes=ended)
    return _change_project(connection, budget.project, window_start=new.window_start)


def post(
    connection: Connection,
    project: str,
    kind: Kind,
    now: datetime,
    job_key: str | None = None,
    note: str = "",
    changes: Mapping[str, int | None] | None = None,
) -> Budget:
    """One entry, and the change of the project's sums that it says; returns the budget then."""
    entry = {"at": now, "project": project, "kind": kind, "job_key": job_key, "note": as_note(note)}
    columns = changes or {}
    connection.execute(tables.entry.insert(), {**entry, **columns})
    sums = {
        name: tables.project.c[name] + change
        for name, change in columns.items()
        if name.partition("_")[0] in _SUMS and change
    }
    return _change_project(connection, project, **sums)


def _change_project(connection: Connection, name: str, **columns: Any) -> Budget:
    own = tables.project.c.name == name
    if columns:
        change = tables.project.update().where(own).values(columns).returning(*tables.project.c)
        return as_budget(connection.execute(change).mappings().one())
    return as_budget(connection.execute(select(tables.project).where(own)).mappings().one())


def find_job(connection: Connection, job_key: str, lock: bool = False) -> JobRecord | None:
    """A job, as the transaction sees it."""
    query = select(tables.job).where(tables.job.c.job_key == job_key)
    if lock:
        query = query.with_for_update(key_share=True)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else as_record(row)


def known_job(connection: Connection, job_key: str, lock: bool = False) -> JobRecord:
    """A job that must be there; raises LedgerConflict."""
    record = find_job(connection, job_key, lock)
    if record is None:
        raise LedgerConflict(f"the ledger has no job {job_key}", "reserve it first")
    return record


def locked_job(connection: Connection, job_key: str, now: datetime) -> JobRecord:
    """A job that is locked until the transaction ends, its project before it."""
    project = known_job(connection, job_key).project  # a job never changes its project
    locked_project(connection, project, now)
    return known_job(connection, job_key, lock=True)


def change_job(connection: Connection, job_key: str, now: datetime, **columns: Any) -> JobRecord:
    """Write some columns of a job; returns it as it stands then."""
    own = tables.job.c.job_key == job_key
    change = tables.job.update().where(own).values(changed_at=now, **columns)
    return as_record(connection.execute(change.returning(*tables.job.c)).mappings().one())


def raise_levels(connection: Connection, budget: Budget, now: datetime) -> None:
    """Alerts of the levels that were reached, with their rows in the outbox."""
    if not list(levels_reached(budget, ())):
        return
    alert = tables.alert.c
    own = (alert.project == budget.project) & (alert.window_start == budget.window_start)
    raised = connection.execute(select(alert.topic).where(own)).scalars().all()
    for topic, percent, message in levels_reached(budget, raised):
        _raise(connection, budget, now, topic=topic, percent=percent, message=message)


def raise_overrun(connection: Connection, record: JobRecord, excess: Charge, now: datetime) -> None:
    """Freeze the project of a job that was billed more than was reserved, and say so."""
    budget = _change_project(connection, record.project, frozen=True)
    message = (
        f"project {budget.project} is frozen: job {record.job_key} on {record.backend} was billed "
        f"{usd(excess.microusd)} and {excess.qpu_ms} QPU milliseconds more than was reserved"
    )
    _raise(connection, budget, now, topic=f"overrun {record.job_key}", message=message)


def set_cap(
    connection: Connection,
    project: str,
    microusd: int,
    qpu_ms: int | None,
    window_days: int,
    now: datetime,
) -> None:
    """Write a cap, and the length of windows, with its entry."""
    caps = {"cap_microusd": microusd, "cap_qpu_ms": qpu_ms}
    _change_project(connection, project, window_days=window_days, **caps)
    post(connection, project, "cap", now, note=f"in {window_days} days", changes=caps)


def unfreeze(connection: Connection, project: str, now: datetime) -> None:
    """Let a project reserve again."""
    _change_project(connection, project, frozen=False)
    post(connection, project, "unfreeze", now)


def mark_sent(connection: Connection, alert_id: int, now: datetime) -> None:
    """Write when an alert was first sent."""
    unsent = (tables.outbox.c.alert == alert_id) & tables.outbox.c.sent_at.is_(None)
    connection.execute(tables.outbox.update().where(unsent).values(sent_at=now))


def _raise(connection: Connection, budget: Budget, now: datetime, **columns: Any) -> None:
    values = {"project": budget.project, "window_start": budget.window_start, "raised_at": now}
    inserted = connection.execute(tables.alert.insert().values(**values, **columns))
    assert inserted.inserted_primary_key is not None
    connection.execute(tables.outbox.insert().values(alert=inserted.inserted_primary_key[0]))
