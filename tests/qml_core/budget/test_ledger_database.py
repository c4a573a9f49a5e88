"""The database under the ledger: its making, its last line of defence, and when it fails."""

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from qml_core.budget.connection import Database
from qml_core.budget.ledger import Booking, Ledger, open_ledger
from qml_core.budget.tables import REVISION, VERSION_TABLE, metadata
from qml_core.errors import BudgetExceeded, LedgerConflict, LedgerUnavailable, SpecError

Book = Callable[..., Booking]
LEASE = timedelta(minutes=5)


def run_sql(url: str, statement: str) -> None:
    """Run a statement behind the ledger's back, errors as they are."""
    with Database(url)._engine().begin() as connection:
        connection.execute(text(statement))


def test_the_migrations_make_the_tables_as_they_are_declared(ledger_url: str) -> None:
    open_ledger(ledger_url)
    with Database(ledger_url).reading() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        options["include_object"] = lambda thing, name, kind, *_: (
            kind != "table" or name.startswith("ledger_")
        )
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == REVISION


def test_eight_processes_that_open_a_fresh_ledger_at_once_all_succeed(ledger_url: str) -> None:
    code = (
        "import os, sys, time\n"
        "from qml_core.budget.ledger import open_ledger\n"
        "import alembic.command\n"
        "children = []\n"
        "start = time.time() + 0.3\n"
        "for _ in range(8):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        time.sleep(max(0, start - time.time()))\n"
        "        os._exit(bool(open_ledger(sys.argv[1]).audit()))\n"
        "    children.append(child)\n"
        "sys.exit(any(os.waitpid(child, 0)[1] for child in children))\n"
    )
    subprocess.run([sys.executable, "-c", code, ledger_url], check=True, timeout=120)


def test_a_ledger_of_a_newer_program_is_left_alone(ledger_url: str) -> None:
    open_ledger(ledger_url).close()
    run_sql(ledger_url, "UPDATE ledger_version SET version_num = '9999'")
    with pytest.raises(LedgerUnavailable, match="at revision 9999, this program knows 0001"):
        open_ledger(ledger_url)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET reserved_microusd = 0",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_job SET state = 'reserved'",
        "DELETE FROM ledger_job",
        "UPDATE ledger_project SET cap_microusd = 4",
        "UPDATE ledger_project SET reserved_microusd = 1000",
        "UPDATE ledger_project SET reserved_qpu_ms = 1000",
        "UPDATE ledger_project SET spent_microusd = -1",
    ],
)
def test_the_database_itself_refuses_what_the_ledger_never_does(
    ledger: Ledger, ledger_url: str, booking: Book, now: datetime, statement: str
) -> None:
    ledger.set_budget("chemistry", 10, now, cap_qpu_ms=10)
    for key in ("a", "b"):
        ledger.reserve(booking(key, 5), "me", LEASE, now)
    ledger.release("a", "never ran", now)
    with pytest.raises(DBAPIError):
        run_sql(ledger_url, statement)
    assert ledger.audit() == ()


def test_the_constraint_speaks_as_the_ledger_does(
    ledger: Ledger, ledger_url: str, now: datetime
) -> None:
    ledger.set_budget("chemistry", 10, now)
    with pytest.raises(BudgetExceeded, match="constraint"), Database(ledger_url).writing() as con:
        con.execute(text("UPDATE ledger_project SET reserved_microusd = 11"))
    with pytest.raises(LedgerConflict, match="contradicts"), Database(ledger_url).writing() as con:
        con.execute(text("UPDATE ledger_project SET window_days = 0"))


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'folder' / 'ledger.db'}"
    open_ledger(url)
    with Database(url).reading() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found[:3] == ["wal", 2, 1]
    assert found[3] >= 30_000


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:pw@host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "no url pw",
    ],
)
def test_where_no_ledger_can_lie_is_bad_input(url: str) -> None:
    with pytest.raises((SpecError, LedgerUnavailable)) as caught:
        open_ledger(url)
    assert "pw" not in str(caught.value)


def test_a_database_that_is_down_is_no_pass_and_its_password_is_never_said() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        for secret, written in (("s3cret", "s3cret"), ("s3/cr@et", "s3%2Fcr%40et")):
            url = f"postgresql://clerk:{written}@127.0.0.1:{port}/money"
            with pytest.raises(LedgerUnavailable, match=f"money at 127.0.0.1:{port}") as caught:
                open_ledger(url)
            shown = [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
            assert not any(word in text for text in shown for word in (secret, written))
            assert caught.value.__cause__ is None


def test_a_file_that_is_no_database_is_no_pass(tmp_path: Path, now: datetime) -> None:
    file = tmp_path / "ledger.db"
    file.write_bytes(b"something else entirely\n" * 100)
    with pytest.raises(LedgerUnavailable, match="not a database"):
        open_ledger(f"sqlite:///{file}")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LedgerUnavailable):
        open_ledger(f"sqlite:///{tmp_path / 'file' / 'ledger.db'}")


def test_a_ledger_that_lost_its_tables_is_no_pass(
    sqlite_ledger: Ledger, tmp_path: Path, booking: Book, now: datetime
) -> None:
    run_sql(f"sqlite:///{tmp_path / 'ledger.db'}", "DROP TABLE ledger_outbox")
    with pytest.raises(LedgerUnavailable, match="no such table"):
        sqlite_ledger.unsent_alerts()


def test_a_full_disk_refuses_and_forgets_nothing(
    sqlite_ledger: Ledger, tmp_path: Path, booking: Book, now: datetime
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    sqlite_ledger.set_budget("chemistry", 10**9, now)
    room = (tmp_path / "ledger.db-wal").stat().st_size + 100_000
    acknowledged = []

    def reserve_until_it_fails() -> None:
        for number in range(200):
            sqlite_ledger.reserve(booking(f"job-{number}", 1), "me", LEASE, now)
            acknowledged.append(f"job-{number}")

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(LedgerUnavailable, match=r"full|disk I/O error"):
            reserve_until_it_fails()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert acknowledged
    assert {job.job_key for job in sqlite_ledger.jobs()} == set(acknowledged)
    sqlite_ledger.reserve(booking("after", 1), "me", LEASE, now)
    assert sqlite_ledger.audit() == ()


def test_an_open_ledger_may_be_used_after_a_fork(
    ledger: Ledger, ledger_url: str, now: datetime
) -> None:
    code = (
        "import datetime, os, sys\n"
        "from qml_core.budget.ledger import open_ledger\n"
        "ledger, now = open_ledger(sys.argv[1]), datetime.datetime.now(datetime.timezone.utc)\n"
        "children = []\n"
        "for index in range(3):\n"
        "    children.append(os.fork())\n"
        "    if not children[-1]:\n"
        "        for cap in range(20): ledger.set_budget(f'p{index}', cap, now)\n"
        "        os._exit(0)\n"
        "for cap in range(20): ledger.set_budget('parent', cap, now)\n"
        "sys.exit(any(os.waitpid(child, 0)[1] for child in children) or len(ledger.audit()))\n"
    )
    subprocess.run([sys.executable, "-c", code, ledger_url], check=True, timeout=120)
    assert {ledger.budget(f"p{index}").cap.microusd for index in range(3)} == {19}
    assert os.getpid() in ledger._database._engines
