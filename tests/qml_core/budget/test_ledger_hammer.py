"""Eight processes at once: the cap holds, and without lock and constraint the same test says so."""

import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.hammer import in_a_process
from bench.postgres import Postgres, open_postgres
from qml_core.budget.ledger import Booking, Ledger, open_ledger
from qml_core.errors import BudgetExceeded, LedgerUnavailable

Book = Callable[..., Booking]
LEASE = timedelta(minutes=5)

WITHOUT_CHECKS_SQLITE = """
from sqlalchemy import Engine, event
@event.listens_for(Engine, "connect")
def ignore_checks(connection, record):
    connection.execute("PRAGMA ignore_check_constraints=ON")
"""
SLOWLY = """
import time
from qml_core.budget import transitions
checked = transitions.check_reservation
transitions.check_reservation = lambda *of: (checked(*of), time.sleep(0.003))
"""
WITHOUT_LOCK_SQLITE = f"{SLOWLY}from qml_core.budget import connection; connection.WRITE = ''\n"
WITHOUT_CHECKS_POSTGRES = """
import sys
from sqlalchemy import text
from qml_core.budget.connection import Database
from qml_core.budget.ledger import open_ledger
open_ledger(URL)
with Database(URL).writing() as connection:
    for name in ("usd", "qpu"):
        drop = f"ALTER TABLE ledger_project DROP CONSTRAINT ledger_within_cap_{name}"
        connection.execute(text(drop))
"""
WITHOUT_LOCK_POSTGRES = f"""{SLOWLY}
from sqlalchemy import Select
Select.with_for_update = lambda self, **options: self
"""


def hammered(url: str, reservations: int, before: str = "") -> dict[str, Any]:
    return in_a_process(url, 8, reservations, before)


def check(told: dict[str, Any]) -> None:
    assert told["violations"] == []
    assert told["blows"]["refused"] > 0, "the cap did not bind"
    assert len(told["blows"]["won"]) > told["blows"]["reservations"] // 10


def test_the_cap_holds_and_every_key_is_new_once(ledger_url: str) -> None:
    check(hammered(ledger_url, 50))


@pytest.mark.slow
def test_the_cap_holds_under_four_thousand_reservations(ledger_url: str) -> None:
    check(hammered(ledger_url, 500))


def overspent(told: dict[str, Any]) -> bool:
    return any("over the cap" in each or "cap is exceeded" in each for each in told["violations"])


def test_a_sqlite_ledger_without_lock_and_constraint_is_caught(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    assert overspent(hammered(url, 50, WITHOUT_CHECKS_SQLITE + WITHOUT_LOCK_SQLITE))


def test_a_postgresql_ledger_without_lock_and_constraint_is_caught(postgres_url: str) -> None:
    before = WITHOUT_CHECKS_POSTGRES.replace("URL", repr(postgres_url)) + WITHOUT_LOCK_POSTGRES
    assert overspent(hammered(postgres_url, 50, before))


@pytest.mark.slow
def test_without_the_lock_the_constraint_still_keeps_the_cap(postgres_url: str) -> None:
    told = hammered(postgres_url, 50, WITHOUT_LOCK_POSTGRES)
    assert "the cap is exceeded" not in told["violations"]
    assert told["blows"]["failures"] == []


@pytest.mark.slow
def test_with_the_lock_the_cap_holds_without_the_constraint(
    postgres_url: str, tmp_path: Path
) -> None:
    check(hammered(postgres_url, 20, WITHOUT_CHECKS_POSTGRES.replace("URL", repr(postgres_url))))
    check(hammered(f"sqlite:///{tmp_path / 'ledger.db'}", 20, WITHOUT_CHECKS_SQLITE))


def test_threads_of_one_process_share_a_ledger(
    ledger: Ledger, booking: Book, now: datetime
) -> None:
    ledger.set_budget("chemistry", 20, now)
    won: list[str] = []

    def reserve(name: str) -> None:
        for number in range(10):
            try:
                if ledger.reserve(booking(f"job-{number}", 4), name, LEASE, now).holder == name:
                    won.append(f"job-{number}")
            except BudgetExceeded:
                pass

    threads = [threading.Thread(target=reserve, args=(f"thread {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert ledger.audit() == (), "an audit reads one snapshot, also of a ledger in use"
    assert len(won) == len(set(won)) == 5
    assert ledger.audit() == ()


def crash_and_reserve(server: Postgres, url: str, booking: Book, now: datetime, times: int) -> None:
    """Reservations that were acknowledged before a SIGKILL of the server stand after it."""
    ledger = open_ledger(url)
    ledger.set_budget("chemistry", 10**9, now)
    acknowledged: list[str] = []
    stop = threading.Event()

    def reserve(name: int) -> None:
        number = 0
        while not stop.is_set():
            key = f"{name}-{number}"
            try:
                ledger.reserve(booking(key, 1), "me", LEASE, now)
                acknowledged.append(key)
                number += 1
            except LedgerUnavailable:  # the same key again, until it is known
                stop.wait(0.02)

    threads = [threading.Thread(target=reserve, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(times):
        stop.wait(0.5)
        server.stop(signal.SIGKILL)
        server.start()
    stop.wait(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    keys = {job.job_key for job in ledger.jobs()}
    assert len(acknowledged) == len(set(acknowledged)) > 0
    assert set(acknowledged) <= keys
    assert len(keys) - len(set(acknowledged)) <= len(threads)
    assert ledger.audit() == ()


@pytest.mark.slow
def test_a_killed_postgresql_forgets_no_reservation_it_acknowledged(
    booking: Book, now: datetime
) -> None:
    with open_postgres() as server:
        crash_and_reserve(server, server.create("crashing"), booking, now, times=5)


def test_postgresql_that_is_down_is_no_pass_and_works_again_afterwards(
    booking: Book, now: datetime
) -> None:
    with open_postgres(durable=False) as server:
        ledger = open_ledger(server.create("down"))
        ledger.set_budget("chemistry", 10, now)
        ledger.reserve(booking("a", 1), "me", LEASE, now)
        server.stop()
        with pytest.raises(LedgerUnavailable):
            ledger.reserve(booking("b", 1), "me", LEASE, now)
        with pytest.raises(LedgerUnavailable):
            ledger.find("a")
        server.start()
        assert ledger.reserve(booking("b", 1), "me", LEASE, now).state == "reserved"
        assert ledger.audit() == ()
