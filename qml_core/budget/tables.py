"""The ledger's tables: integers only, instants as microseconds since 1970 UTC.

What they are made with is the newest of `migrations/versions`; a test compares the two.
"""

from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

REVISION = "0001"
"""The newest migration: what a ledger must be at before it is used."""

VERSION_TABLE = "ledger_version"

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """A datetime with time zone, as a whole number: the same order and value everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + int(value) * _MICROSECOND


def _amount(name: str) -> Column[int]:
    """A sum that cannot be negative."""
    return Column(name, BigInteger, CheckConstraint(f"{name} >= 0"), nullable=False, default=0)


def _change(name: str) -> Column[int]:
    """A signed change of a sum."""
    return Column(name, BigInteger, nullable=False, default=0)


def _number() -> Column[int]:
    """A running number; SQLite counts only its own Integer."""
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("id", kind, primary_key=True, autoincrement=True)


def _of_project() -> Column[str]:
    return Column("project", ForeignKey("ledger_project.name"), nullable=False, index=True)


project = Table(
    "ledger_project",
    metadata,
    Column("name", String(64), primary_key=True),
    _amount("cap_microusd"),
    Column("cap_qpu_ms", BigInteger, CheckConstraint("cap_qpu_ms >= 0")),
    *map(_amount, ("reserved_microusd", "reserved_qpu_ms", "spent_microusd", "spent_qpu_ms")),
    *map(_amount, ("overrun_microusd", "overrun_qpu_ms")),
    Column("frozen", Boolean, nullable=False, default=False),
    Column("window_days", Integer, CheckConstraint("window_days > 0"), nullable=False),
    Column("window_start", Instant, nullable=False),
    CheckConstraint("reserved_microusd + spent_microusd <= cap_microusd", "ledger_within_cap_usd"),
    CheckConstraint(
        "cap_qpu_ms IS NULL OR reserved_qpu_ms + spent_qpu_ms <= cap_qpu_ms",
        "ledger_within_cap_qpu",
    ),
)

job = Table(
    "ledger_job",
    metadata,
    Column("job_key", String(128), primary_key=True),
    _of_project(),
    Column("backend", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("outcome", String(16), nullable=False, default=""),
    *map(_amount, ("reserved_microusd", "reserved_qpu_ms")),
    Column("settled_microusd", BigInteger),
    Column("settled_qpu_ms", BigInteger),
    *map(_amount, ("overrun_microusd", "overrun_qpu_ms")),
    Column("provider_job", String(500)),
    Column("holder", String(200), nullable=False),
    Column("lease_until", Instant, nullable=False),
    *map(_amount, ("circuits", "shots")),
    Column("plan_key", String(200), nullable=False),
    Column("run_id", String(200), nullable=False),
    Column("reason", String(500), nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    CheckConstraint(
        "state IN ('reserved', 'submitted', 'settled', 'released')", "ledger_job_state"
    ),
    CheckConstraint("(state = 'settled') = (settled_microusd IS NOT NULL)", "ledger_job_settled"),
    CheckConstraint(
        "settled_microusd - overrun_microusd BETWEEN 0 AND reserved_microusd"
        " AND settled_qpu_ms - overrun_qpu_ms BETWEEN 0 AND reserved_qpu_ms",
        "ledger_job_billed",
    ),
)

entry = Table(
    "ledger_entry",
    metadata,
    _number(),
    Column("at", Instant, nullable=False),
    _of_project(),
    Column("kind", String(16), nullable=False),
    Column("job_key", ForeignKey("ledger_job.job_key")),
    *map(_change, ("reserved_microusd", "reserved_qpu_ms", "spent_microusd", "spent_qpu_ms")),
    *map(_change, ("overrun_microusd", "overrun_qpu_ms")),
    Column("cap_microusd", BigInteger),
    Column("cap_qpu_ms", BigInteger),
    Column("note", String(500), nullable=False, default=""),
    UniqueConstraint("job_key", "kind", name="ledger_entry_once"),
)

alert = Table(
    "ledger_alert",
    metadata,
    _number(),
    _of_project(),
    Column("window_start", Instant, nullable=False),
    Column("topic", String(200), nullable=False),
    Column("percent", Integer),
    Column("message", Text, nullable=False),
    Column("raised_at", Instant, nullable=False),
    UniqueConstraint("project", "window_start", "topic", name="ledger_alert_once"),
)

outbox = Table(
    "ledger_outbox",
    metadata,
    Column("alert", ForeignKey("ledger_alert.id"), primary_key=True),
    Column("sent_at", Instant),
)
