"""Projects, jobs, entries, alerts and their outbox; entries are append-only, ended jobs final."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SUMS = ("reserved_microusd", "reserved_qpu_ms", "spent_microusd", "spent_qpu_ms")
_OVERRUN = ("overrun_microusd", "overrun_qpu_ms")
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_ENDED = "OLD.state IN ('settled', 'released')"
_APPEND_ONLY = "ledger entries are never changed or deleted"
_FINAL = "a ledger job that has ended never changes"


def upgrade() -> None:
    _projects()
    _jobs()
    _entries()
    _alerts()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        _postgresql_triggers()


def downgrade() -> None:
    raise NotImplementedError("there is nothing older: a ledger is not taken down")


def _amount(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, sa.CheckConstraint(f"{name} >= 0"), nullable=False)


def _number() -> "sa.Column[int]":
    return sa.Column("id", _NUMBER, primary_key=True, autoincrement=True)


def _of_project() -> "sa.Column[str]":
    name = sa.ForeignKey("ledger_project.name")
    return sa.Column("project", sa.String(64), name, nullable=False, index=True)


def _projects() -> None:
    op.create_table(
        "ledger_project",
        sa.Column("name", sa.String(64), primary_key=True),
        _amount("cap_microusd"),
        sa.Column("cap_qpu_ms", sa.BigInteger, sa.CheckConstraint("cap_qpu_ms >= 0")),
        *map(_amount, (*_SUMS, *_OVERRUN)),
        sa.Column("frozen", sa.Boolean, nullable=False),
        sa.Column("window_days", sa.Integer, sa.CheckConstraint("window_days > 0"), nullable=False),
        sa.Column("window_start", sa.BigInteger, nullable=False),
        sa.CheckConstraint(
            "reserved_microusd + spent_microusd <= cap_microusd", "ledger_within_cap_usd"
        ),
        sa.CheckConstraint(
            "cap_qpu_ms IS NULL OR reserved_qpu_ms + spent_qpu_ms <= cap_qpu_ms",
            "ledger_within_cap_qpu",
        ),
    )


def _jobs() -> None:
    op.create_table(
        "ledger_job",
        sa.Column("job_key", sa.String(128), primary_key=True),
        _of_project(),
        sa.Column("backend", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        *map(_amount, ("reserved_microusd", "reserved_qpu_ms")),
        sa.Column("settled_microusd", sa.BigInteger),
        sa.Column("settled_qpu_ms", sa.BigInteger),
        *map(_amount, _OVERRUN),
        sa.Column("provider_job", sa.String(500)),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        *map(_amount, ("circuits", "shots")),
        sa.Column("plan_key", sa.String(200), nullable=False),
        sa.Column("run_id", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint(
            "state IN ('reserved', 'submitted', 'settled', 'released')", "ledger_job_state"
        ),
        sa.CheckConstraint(
            "(state = 'settled') = (settled_microusd IS NOT NULL)", "ledger_job_settled"
        ),
        sa.CheckConstraint(
            "settled_microusd - overrun_microusd BETWEEN 0 AND reserved_microusd"
            " AND settled_qpu_ms - overrun_qpu_ms BETWEEN 0 AND reserved_qpu_ms",
            "ledger_job_billed",
        ),
    )


def _entries() -> None:
    op.create_table(
        "ledger_entry",
        _number(),
        sa.Column("at", sa.BigInteger, nullable=False),
        _of_project(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("job_key", sa.String(128), sa.ForeignKey("ledger_job.job_key")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in (*_SUMS, *_OVERRUN)),
        sa.Column("cap_microusd", sa.BigInteger),
        sa.Column("cap_qpu_ms", sa.BigInteger),
        sa.Column("note", sa.String(500), nullable=False),
        sa.UniqueConstraint("job_key", "kind", name="ledger_entry_once"),
    )


def _alerts() -> None:
    op.create_table(
        "ledger_alert",
        _number(),
        _of_project(),
        sa.Column("window_start", sa.BigInteger, nullable=False),
        sa.Column("topic", sa.String(200), nullable=False),
        sa.Column("percent", sa.Integer),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("project", "window_start", "topic", name="ledger_alert_once"),
    )
    op.create_table(
        "ledger_outbox",
        sa.Column("alert", _NUMBER, sa.ForeignKey("ledger_alert.id"), primary_key=True),
        sa.Column("sent_at", sa.BigInteger),
    )


def _sqlite_triggers() -> None:
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER ledger_entry_{action.lower()} BEFORE {action} ON ledger_entry "
            f"BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END"
        )
        op.execute(
            f"CREATE TRIGGER ledger_job_{action.lower()} BEFORE {action} ON ledger_job "
            f"WHEN {_ENDED} BEGIN SELECT RAISE(ABORT, '{_FINAL}'); END"
        )


def _postgresql_triggers() -> None:
    op.execute(
        "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry "
        f"FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse('{_APPEND_ONLY}')"
    )
    op.execute(
        "CREATE TRIGGER ledger_job_kept BEFORE UPDATE OR DELETE ON ledger_job "
        f"FOR EACH ROW WHEN ({_ENDED}) EXECUTE FUNCTION ledger_refuse('{_FINAL}')"
    )
