"""The ledger's database: SQLite or PostgreSQL, one engine a process, transactions that lock.

A database that does not answer is LedgerUnavailable, never a pass.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from qml_core.errors import BudgetExceeded, LedgerConflict, LedgerUnavailable, SpecError

BUSY_SECONDS = 60
"""Longest wait for a lock; SQLite's writers starve for seconds where many compete."""

WRITE = "BEGIN IMMEDIATE"
"""SQLite: the lock is taken before anything is read, since a stale snapshot cannot be upgraded."""

_READ = "BEGIN"
_BEGIN = "ledger_begin"
_POSTGRES_LIMITS = (
    f"-c lock_timeout={BUSY_SECONDS}s -c statement_timeout={2 * BUSY_SECONDS}s "
    f"-c idle_in_transaction_session_timeout={2 * BUSY_SECONDS}s"
)
_EXAMPLE = "write sqlite:////folder/ledger.db or postgresql://user@host/database"


class Database:
    """A ledger's database by URL; connections are made when they are needed, after any fork."""

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self.place = _place(self.url)
        self._engines: dict[int, Engine] = {}

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def folder(self) -> Path | None:
        """Where a SQLite file lies."""
        return Path(self.url.database or "").parent if self.is_sqlite else None

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was ever written to a SQLite file."""
        file = Path(self.url.database or "")
        return self.is_sqlite and not (file.exists() and file.stat().st_size)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; what it reads with a lock, or at all on SQLite, stays until its end."""
        with self._translated(), self._engine().begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot, in which nothing can be written on PostgreSQL."""
        options: dict[str, Any] = {_BEGIN: _READ}
        if not self.is_sqlite:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with (
            self._translated(),
            self._engine().connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """A connection without a transaction, for what cannot be done in one."""
        options: dict[str, Any] = {_BEGIN: "", "isolation_level": "AUTOCOMMIT"}
        with (
            self._translated(),
            self._engine().connect().execution_options(**options) as connection,
        ):
            yield connection

    def close(self) -> None:
        """Close this process's connections."""
        engine = self._engines.pop(os.getpid(), None)
        if engine is not None:
            engine.dispose()

    def _engine(self) -> Engine:
        own = os.getpid()
        engine = self._engines.get(own)
        if engine is None:
            self._engines = {own: _new_engine(self.url)}  # a parent's connections stay the parent's
            engine = self._engines[own]
        return engine

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            raise self._contradiction(error) from None
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self.unavailable(error) from None

    def _contradiction(self, error: IntegrityError) -> Exception:
        said = self._words(error)
        if "ledger_within_cap" in said:
            return BudgetExceeded(f"the ledger's own constraint refused to go over the cap: {said}")
        return LedgerConflict(f"the ledger refused what contradicts it: {said}")

    def unavailable(self, error: Exception) -> LedgerUnavailable:
        """What a failure is called: where the ledger lies and what was said, without a secret."""
        return LedgerUnavailable(
            f"the ledger {self.place} does not answer: {self._words(error)}",
            "nothing is submitted to paid hardware until it does; see QML_LEDGER_URL",
        )

    def _words(self, error: Exception) -> str:
        original = error.orig if isinstance(error, DBAPIError) else error
        said = " ".join(str(original).split())[:300] or type(error).__name__
        for secret in _secrets(self.url):
            said = said.replace(secret, "***")
        return said


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):  # says the URL, which may hold a password
        raise SpecError("the ledger's URL cannot be read", _EXAMPLE) from None
    if backend == "postgres":
        backend = "postgresql"
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise SpecError(f"the ledger cannot be kept in {backend}", _EXAMPLE)
    if not parsed.database or parsed.database == ":memory:":
        raise SpecError("a ledger in memory would forget what was spent", _EXAMPLE)
    return parsed.set(drivername="sqlite+pysqlite")


def _place(url: URL) -> str:
    """Where it lies, without user, password or options."""
    if url.get_backend_name() == "sqlite":
        return f"{url.database}"
    host = url.host or _asked(url, "host") or "this machine"
    return f"{url.database} at {host}" + (f":{url.port}" if url.port else "")


def _secrets(url: URL) -> list[str]:
    """The password, in every way it may have been written."""
    known = {str(url.password or ""), _asked(url, "password")}
    return sorted(filter(None, known | {quote(word, safe="") for word in known}), key=len)[::-1]


def _asked(url: URL, name: str) -> str:
    """An option of the URL; empty where it is not given."""
    found = url.query.get(name, "")
    return found if isinstance(found, str) else found[-1]


def _new_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True, pool_size=4
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = f"{_POSTGRES_LIMITS} {_asked(url, 'options')}"
    limits = {"connect_timeout": _asked(url, "connect_timeout") or "10", "options": options}
    try:
        return create_engine(url, connect_args=limits, hide_parameters=True, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise LedgerUnavailable(
            f"a ledger on PostgreSQL needs {error.name}", "pip install 'qml-flows[postgres]'"
        ) from None


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """The driver begins no transactions of its own; what was committed survives a power cut."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN, WRITE)
    if statement:
        connection.exec_driver_sql(statement)
