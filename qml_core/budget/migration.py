"""Bring a ledger's tables up to date, by alembic, one process at a time."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from qml_core.budget.connection import Database
from qml_core.budget.tables import REVISION, VERSION_TABLE
from qml_core.errors import LedgerUnavailable

_ADVISORY_LOCK = 7_106_583_411
"""PostgreSQL's advisory lock is a number that all who migrate agree on."""

_threads = threading.Lock()  # alembic's proxies are the process's


def migrate(database: Database) -> None:
    """Make or upgrade the tables; at once where they are up to date.

    Raises:
        LedgerUnavailable: the database does not answer, or a newer program has upgraded it.
    """
    try:
        if database.folder is not None:
            database.folder.mkdir(parents=True, exist_ok=True)
        if _is_current(database):
            return
        with _threads, _alone(database.folder):
            _upgrade(database)
    except OSError as error:
        raise database.unavailable(error) from None


def _is_current(database: Database) -> bool:
    if database.is_fresh:  # a reader would keep the first process from setting WAL
        return False
    with database.reading() as connection:
        found = _revision(connection)
    if found is not None and int(found) > int(REVISION):
        raise LedgerUnavailable(
            f"the ledger {database.place} is at revision {found}, this program knows {REVISION}",
            "install the newer version of this program",
        )
    return found == REVISION


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM ledger_version")).scalar()
    return found


def _upgrade(database: Database) -> None:
    """All steps in one transaction, so that a killed one leaves nothing behind."""
    from alembic import command
    from alembic.config import Config

    if database.is_sqlite:
        _use_wal(database)
    config = Config()
    folder = Path(__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    with database.writing() as connection:
        if not database.is_sqlite:
            lock = text("SELECT pg_advisory_xact_lock(:key)")
            connection.execute(lock, {"key": _ADVISORY_LOCK})
        if _revision(connection) != REVISION:
            config.attributes["connection"] = connection
            command.upgrade(config, REVISION)


def _use_wal(database: Database) -> None:
    """The file keeps the mode; it cannot be set in a transaction, nor by two processes at once."""
    with database.autocommit() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")


@contextmanager
def _alone(folder: Path | None) -> Iterator[None]:
    """The lock of a SQLite file's folder; a killed process gives it back."""
    if folder is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
