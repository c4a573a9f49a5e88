"""The audit finds what contradicts the ledger's promises: every kind of it, seeded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from qml_core.budget import reading
from qml_core.budget.audit import Books, faults
from qml_core.budget.ledger import Booking, Ledger
from qml_core.references import Charge

LEASE = timedelta(minutes=5)


@pytest.fixture
def books(sqlite_ledger: Ledger, booking: Callable[..., Booking], now: datetime) -> Books:
    """Jobs in every state; 10 of 100 reserved, 10 spent, an overrun of 5; three windows."""
    sqlite_ledger.set_budget("chemistry", 100, now)
    for key in "abcd":
        sqlite_ledger.reserve(booking(key, 10), "me", LEASE, now)
    for key in "ab":
        sqlite_ledger.record_submission(key, f"task/{key}", now)
        sqlite_ledger.settle(key, Charge(microusd=15 if key == "a" else 8), "done", now)
    sqlite_ledger.release("c", "never ran", now)
    sqlite_ledger.set_budget("chemistry", 50, now + timedelta(days=61), unfreeze=True)
    with sqlite_ledger._database.reading() as connection:
        return reading.read_books(connection)


def test_a_ledger_that_was_only_used_is_clean(books: Books) -> None:
    assert faults(books) == ()
    assert {job.state for job in books.jobs} == {"reserved", "settled", "released"}


def entry_of(books: Books, kind: str, job_key: str | None) -> int:
    (found,) = (i for i, e in enumerate(books.entries) if (e.kind, e.job_key) == (kind, job_key))
    return found


def changed(items: tuple[Any, ...], index: int, **fields: Any) -> tuple[Any, ...]:
    return (*items[:index], replace(items[index], **fields), *items[index + 1 :])


def without(items: tuple[Any, ...], index: int) -> tuple[Any, ...]:
    return items[:index] + items[index + 1 :]


BREAKS: dict[str, Callable[[Books], Books]] = {
    "its entries make": lambda b: replace(
        b, budgets=changed(b.budgets, 0, reserved=Charge(microusd=11))
    ),
    "its open jobs make": lambda b: replace(
        b, jobs=changed(b.jobs, 3, state="submitted", reserved=Charge())
    ),
    "were billed": lambda b: replace(b, jobs=changed(b.jobs, 0, settled=Charge(microusd=16))),
    "not that of its last entry": lambda b: replace(
        b, budgets=changed(b.budgets, 0, cap=Charge(microusd=99))
    ),
    "over the cap 39 at entry": lambda b: replace(
        b, entries=changed(b.entries, 0, cap_microusd=39)
    ),
    "job c is released, its entries are ['reserve']": lambda b: replace(
        b, entries=without(b.entries, entry_of(b, "release", "c"))
    ),
    "job b is settled, its entries are ['reserve', 'settle']": lambda b: replace(
        b, entries=without(b.entries, entry_of(b, "submit", "b"))
    ),
    "job b is settled, its entries are ['reserve', 'settle', 'submit']": lambda b: replace(
        b, entries=(*b.entries, b.entries[entry_of(b, "settle", "b")])
    ),
    "has not its spent microusd": lambda b: replace(
        b, entries=changed(b.entries, entry_of(b, "settle", "b"), spent_microusd=9)
    ),
    "has not its overrun qpu_ms": lambda b: replace(
        b, entries=changed(b.entries, entry_of(b, "overrun", "a"), overrun_qpu_ms=1)
    ),
    "entries of job d, which is not there": lambda b: replace(b, jobs=without(b.jobs, 3)),
    "raised 2 times": lambda b: replace(b, alerts=(*b.alerts, b.alerts[0])),
}


@pytest.mark.parametrize("words", BREAKS)
def test_a_seeded_contradiction_is_found(books: Books, words: str) -> None:
    found = faults(BREAKS[words](books))
    assert any(words in fault for fault in found), found
