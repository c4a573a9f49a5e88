"""Budget windows and the alerts that are raised once in each."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from qml_core.budget.ledger import Booking, Ledger
from qml_core.errors import BudgetExceeded
from qml_core.references import Charge

Book = Callable[..., Booking]
LEASE = timedelta(minutes=5)
DAY = timedelta(days=1)


@pytest.fixture
def funded(ledger: Ledger, now: datetime) -> Ledger:
    """1,000 millionths of a USD in windows of 10 days."""
    ledger.set_budget("chemistry", 1_000, now, window_days=10)
    return ledger


def buy(ledger: Ledger, booking: Booking, billed: int, now: datetime) -> None:
    ledger.reserve(booking, "me", LEASE, now)
    ledger.record_submission(booking.job_key, f"task/{booking.job_key}", now)
    ledger.settle(booking.job_key, Charge(microusd=billed), "done", now)


def topics(ledger: Ledger) -> list[str]:
    return [alert.topic for alert in ledger.alerts("chemistry")]


def test_a_new_window_has_the_whole_cap_but_for_what_is_still_reserved(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    buy(funded, booking("a", 700), 700, now)
    funded.reserve(booking("b", 300), "me", LEASE, now)
    almost = now + 10 * DAY - timedelta(microseconds=1)
    with pytest.raises(BudgetExceeded, match=r"0\.00 USD left"):
        funded.reserve(booking("c", 1), "me", LEASE, almost)
    seen = funded.budget("chemistry", now + 10 * DAY)
    assert (seen.spent, seen.reserved.microusd) == (Charge(), 300)
    assert (seen.window_start, seen.window_end) == (now + 10 * DAY, now + 20 * DAY)
    with pytest.raises(BudgetExceeded, match=r"0\.0007 USD left"):
        funded.reserve(booking("c", 701), "me", LEASE, now + 10 * DAY)
    funded.reserve(booking("c", 700), "me", LEASE, now + 10 * DAY)
    assert funded.audit() == ()


def test_windows_follow_each_other_however_long_nothing_happened(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    buy(funded, booking("a", 700), 500, now)
    buy(funded, booking("b", 700), 600, now + 47 * DAY)
    budget = funded.budget("chemistry")
    assert budget.window_start == now + 40 * DAY
    assert budget.spent.microusd == 600
    (window,) = (entry for entry in funded.entries() if entry.kind == "window")
    assert window.spent_microusd == -500
    assert funded.audit() == ()


def test_a_clock_that_goes_back_begins_no_window_and_releases_nothing(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    buy(funded, booking("a", 700), 700, now)
    funded.reserve(booking("b", 100), "me", LEASE, now)
    with pytest.raises(BudgetExceeded):
        funded.reserve(booking("c", 300), "me", LEASE, now - 30 * DAY)
    assert funded.take_over("b", "you", LEASE, now - 30 * DAY).holder == "me"
    assert funded.budget("chemistry", now - 30 * DAY).window_start == now


def test_time_alone_never_releases_a_reservation(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    funded.reserve(booking("a", 400), "me", LEASE, now)
    funded.set_budget("chemistry", 1_000, now + 365 * DAY)
    assert funded.budget("chemistry").reserved.microusd == 400
    record = funded.find("a")
    assert record is not None
    assert record.state == "reserved"


def test_a_job_counts_as_spent_in_the_window_in_which_it_is_settled(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    funded.reserve(booking("a", 400), "me", LEASE, now)
    funded.record_submission("a", "task/a", now)
    funded.settle("a", Charge(microusd=900), "done", now + 10 * DAY)
    budget = funded.budget("chemistry")
    assert (budget.window_start, budget.spent.microusd) == (now + 10 * DAY, 900)
    assert funded.budget("chemistry", now + 20 * DAY).overrun == Charge()
    assert funded.budget("chemistry", now + 20 * DAY).frozen
    assert funded.audit() == ()


def test_each_level_is_alerted_once_in_a_window(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    funded.reserve(booking("a", 499), "me", LEASE, now)
    assert topics(funded) == []
    funded.reserve(booking("b", 1), "me", LEASE, now)
    assert topics(funded) == ["usd 50"]
    funded.release("a", "unwanted", now)
    funded.reserve(booking("c", 900), "me", LEASE, now)
    assert topics(funded) == ["usd 50", "usd 75", "usd 90"]
    for key in ("b", "c"):
        funded.release(key, "unwanted", now)
    funded.reserve(booking("d", 950), "me", LEASE, now + DAY)
    assert len(topics(funded)) == 3
    funded.reserve(booking("e", 1), "me", LEASE, now + 10 * DAY)
    assert topics(funded) == 2 * ["usd 50", "usd 75", "usd 90"]
    assert {alert.window_start for alert in funded.alerts()} == {now, now + 10 * DAY}


def test_qpu_time_and_a_lowered_cap_are_alerted_too(
    ledger: Ledger, booking: Book, now: datetime
) -> None:
    ledger.set_budget("chemistry", 1_000, now, cap_qpu_ms=100)
    ledger.reserve(booking("a", 300, qpu_ms=80), "me", LEASE, now)
    assert topics(ledger) == ["qpu 50", "qpu 75"]
    ledger.set_budget("chemistry", 600, now)
    assert topics(ledger) == ["qpu 50", "qpu 75", "usd 50"]
    (alert,) = (each for each in ledger.alerts() if each.topic == "usd 50")
    assert alert.percent == 50
    assert "50 % of 0.0006 USD reached, 0.0003 USD reserved or spent" in alert.message


def test_alerts_stay_in_the_outbox_until_they_are_sent(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    funded.reserve(booking("a", 760), "me", LEASE, now)
    first, second = funded.unsent_alerts()
    funded.mark_sent(first.alert_id, now)
    funded.mark_sent(first.alert_id, now + DAY)
    assert funded.unsent_alerts() == (second,)
    assert [alert.sent_at for alert in funded.alerts()] == [now, None]


def test_a_refused_reservation_raises_no_alert(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    with pytest.raises(BudgetExceeded):
        funded.reserve(booking("a", 1_001), "me", LEASE, now)
    assert topics(funded) == []
