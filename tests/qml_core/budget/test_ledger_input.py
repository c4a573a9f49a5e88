"""What may be written into the ledger, and what it makes of the rest."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from qml_core.budget.ledger import Booking, Ledger
from qml_core.budget.tables import Instant
from qml_core.errors import SpecError

Book = Callable[..., Booking]
LEASE = timedelta(minutes=5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"project": "Chemistry"},
        {"project": "a/b"},
        {"job_key": "'; DROP TABLE ledger_job; --"},
        {"job_key": "k" * 129},
        {"job_key": "null\0byte"},
        {"backend": "x" * 201},
        {"plan_key": "right\u202eto left"},
        {"shots": -1},
        {"microusd": 10**16},
    ],
)
def test_what_the_tables_cannot_hold_is_bad_input(booking: Book, wrong: dict[str, object]) -> None:
    with pytest.raises(SpecError):
        booking(**{"job_key": "a", **wrong})


def test_any_reason_can_be_written_down(ledger: Ledger, booking: Book, now: datetime) -> None:
    ledger.reserve(booking("a", 0), "me", LEASE, now)
    record = ledger.release("a", "line\nbreak\0 'quote' \ud800" + 10_000 * "x", now)
    assert record.reason.startswith("line break 'quote' xxx")
    assert len(record.reason) == 500


def test_a_name_or_lease_that_cannot_be_is_bad_input(
    ledger: Ledger, booking: Book, now: datetime
) -> None:
    with pytest.raises(SpecError, match="holder"):
        ledger.reserve(booking("a", 0), "new\nline", LEASE, now)
    with pytest.raises(SpecError, match="lease"):
        ledger.reserve(booking("a", 0), "me", -LEASE, now)
    with pytest.raises(SpecError, match="no name of a project"):
        ledger.set_budget("Ünicode", 1, now)
    with pytest.raises(SpecError, match="must lie between"):
        ledger.set_budget("p", -1, now)
    with pytest.raises(SpecError, match="window of 0 days"):
        ledger.set_budget("p", 1, now, window_days=0)


def test_an_instant_is_a_whole_number_of_microseconds_and_needs_a_zone(now: datetime) -> None:
    kept = Instant()
    later = now + timedelta(microseconds=1)
    numbers = [kept.process_bind_param(time, None) for time in (now, later)]
    assert numbers[1] == numbers[0] + 1
    assert kept.process_result_value(numbers[1], None) == later
    with pytest.raises(ValueError, match="no time zone"):
        kept.process_bind_param(now.replace(tzinfo=None), None)
