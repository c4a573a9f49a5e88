"""A job's way through the ledger, each step inside a transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_

from qml_core.budget import tables
from qml_core.budget.entries import Booking, Budget, JobRecord, Outcome, as_note
from qml_core.budget.limits import check_reservation, excess, usd
from qml_core.budget.posting import (
    change_job,
    find_job,
    insert_once,
    known_job,
    locked_job,
    locked_project,
    post,
    raise_levels,
    raise_overrun,
)
from qml_core.budget.rows import as_record, columns_of, columns_of_booking
from qml_core.errors import LedgerConflict
from qml_core.references import Charge
from qml_core.references.charges import total


def reserve(
    connection: Connection, booking: Booking, holder: str, lease: timedelta, now: datetime
) -> JobRecord:
    """The job's record, made now or standing."""
    standing = find_job(connection, booking.job_key)
    if standing is not None:
        return _same(standing, booking)
    budget = locked_project(connection, booking.project, now)
    record = _insert(connection, booking, holder, now + lease, now)
    if record is None:  # another was quicker
        return _same(known_job(connection, booking.job_key), booking)
    check_reservation(budget, booking)
    raise_levels(connection, _post_reservation(connection, booking, now), now)
    return record


def take_over(
    connection: Connection, job_key: str, holder: str, lease: timedelta, now: datetime
) -> JobRecord:
    """One comparing write: of two who try at once, the second finds the first's lease."""
    job = tables.job.c
    free = (job.state == "reserved") & or_(job.lease_until <= now, job.holder == holder)
    change = tables.job.update().where(job.job_key == job_key, free)
    connection.execute(change.values(holder=holder, lease_until=now + lease, changed_at=now))
    return known_job(connection, job_key)


def submit(connection: Connection, job_key: str, provider_job: str, now: datetime) -> JobRecord:
    """Put the provider's id on record; no sums change, so the project is not locked."""
    record = known_job(connection, job_key, lock=True)
    if record.provider_job == provider_job and record.state != "released":
        return record
    if record.state != "reserved":
        raise _closed(record, f"submitted as {provider_job}")
    post(connection, record.project, "submit", now, job_key, note=provider_job)
    return change_job(connection, job_key, now, state="submitted", provider_job=provider_job)


def settle(
    connection: Connection,
    job_key: str,
    billed: Charge,
    outcome: Outcome,
    reason: str,
    now: datetime,
) -> JobRecord:
    """End a submitted job with its bill."""
    record = locked_job(connection, job_key, now)
    if record.settled == billed and record.outcome == outcome:
        return record
    if record.state != "submitted":
        raise _closed(record, f"settled as {outcome} with {usd(billed.microusd)}")
    over = excess(record.reserved, billed)
    budget = _post_settlement(connection, record, billed, over, reason, now)
    if over.microusd or (over.qpu_ms and budget.cap_qpu_ms is not None):
        raise_overrun(connection, record, over, now)
    settled = change_job(
        connection,
        job_key,
        now,
        state="settled",
        outcome=outcome,
        reason=as_note(reason),
        **columns_of(billed, "settled"),
        **columns_of(over, "overrun"),
    )
    raise_levels(connection, budget, now)
    return settled


def release(
    connection: Connection, job_key: str, reason: str, now: datetime, holder: str | None = None
) -> JobRecord:
    """End a job that cost nothing; with a holder only while it is reserved and theirs."""
    record = locked_job(connection, job_key, now)
    others = holder is not None and (record.state, record.holder) != ("reserved", holder)
    if record.state == "released" or others:
        return record
    if record.state == "settled":
        raise _closed(record, "released")
    back = columns_of(record.reserved, "reserved", -1)
    post(connection, record.project, "release", now, job_key, note=reason, changes=back)
    return change_job(connection, job_key, now, state="released", reason=as_note(reason))


def split(
    connection: Connection,
    job_key: str,
    parts: Sequence[Booking],
    holder: str,
    lease: timedelta,
    now: datetime,
) -> tuple[JobRecord, ...]:
    """Release a reserved job and reserve its parts in its place."""
    parent = locked_job(connection, job_key, now)
    standing = [find_job(connection, part.job_key) for part in parts]
    if parent.state == "released" and all(standing):
        pairs = zip(standing, parts, strict=True)
        return tuple(_same(record, part) for record, part in pairs if record is not None)
    if parent.state != "reserved" or any(standing):
        raise _closed(parent, f"split into {len(parts)} parts")
    if parent.holder != holder and parent.lease_until > now:
        raise LedgerConflict(f"job {job_key} is held by another until {parent.lease_until}")
    _check_parts(parent, parts)
    release(connection, job_key, f"split into {len(parts)} parts", now)
    return tuple(_part(connection, part, holder, now + lease, now) for part in parts)


def _check_parts(parent: JobRecord, parts: Sequence[Booking]) -> None:
    asked = total(part.charge for part in parts)
    over = excess(parent.reserved, asked) != Charge()
    others = any(part.project != parent.project for part in parts)
    if over or others or len({part.job_key for part in parts}) < max(1, len(parts)):
        raise LedgerConflict(
            f"{len(parts)} parts of {usd(asked.microusd)} and {asked.qpu_ms} QPU milliseconds are "
            f"no split of job {parent.job_key}, {usd(parent.reserved.microusd)} and "
            f"{parent.reserved.qpu_ms} of project {parent.project}"
        )


def _part(
    connection: Connection, booking: Booking, holder: str, until: datetime, now: datetime
) -> JobRecord:
    record = _insert(connection, booking, holder, until, now)
    if record is None:
        raise LedgerConflict(f"job {booking.job_key} is on record", "a part needs a key of its own")
    _post_reservation(connection, booking, now)
    return record


def _insert(
    connection: Connection, booking: Booking, holder: str, until: datetime, now: datetime
) -> JobRecord | None:
    """The job's row; None: its key is on record."""
    held = {"holder": holder, "lease_until": until, "created_at": now, "changed_at": now}
    values = {**columns_of_booking(booking), **held, "state": "reserved"}
    insert = insert_once(connection, tables.job).returning(*tables.job.c)
    row = connection.execute(insert, values).mappings().one_or_none()
    return None if row is None else as_record(row)


def _post_reservation(connection: Connection, booking: Booking, now: datetime) -> Budget:
    taken = columns_of(booking.charge, "reserved")
    return post(connection, booking.project, "reserve", now, booking.job_key, changes=taken)


def _post_settlement(
    connection: Connection,
    record: JobRecord,
    billed: Charge,
    over: Charge,
    reason: str,
    now: datetime,
) -> Budget:
    within = Charge(microusd=billed.microusd - over.microusd, qpu_ms=billed.qpu_ms - over.qpu_ms)
    changes = {**columns_of(record.reserved, "reserved", -1), **columns_of(within, "spent")}
    project, job_key = record.project, record.job_key
    budget = post(connection, project, "settle", now, job_key, note=reason, changes=changes)
    if over == Charge():
        return budget
    more = columns_of(over, "overrun")
    return post(connection, project, "overrun", now, job_key, note=reason, changes=more)


def _same(standing: JobRecord, booking: Booking) -> JobRecord:
    """The record under the key, where it is that of the booking; runs may differ."""
    if replace(standing.booking, run_id=booking.run_id) == booking:
        return standing
    raise LedgerConflict(
        f"job {booking.job_key} is on record for project {standing.project}, {standing.backend}, "
        f"{standing.circuits} circuits, {standing.shots} shots and "
        f"{usd(standing.reserved.microusd)}, now asked for project {booking.project}, "
        f"{booking.backend}, {booking.circuits}, {booking.shots} and "
        f"{usd(booking.charge.microusd)}",
        "another job needs another key",
    )


def _closed(record: JobRecord, asked: str) -> LedgerConflict:
    ended = f" as {record.outcome}" if record.outcome else ""
    known = f", the provider's {record.provider_job}" if record.provider_job else ""
    return LedgerConflict(
        f"job {record.job_key} is {record.state}{ended}{known}, so it cannot be {asked}",
        "see `qml budget history`",
    )
