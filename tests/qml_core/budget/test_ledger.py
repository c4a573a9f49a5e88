"""What the ledger promises, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from qml_core.budget.ledger import Booking, Ledger
from qml_core.errors import BudgetExceeded, LedgerConflict, SpecError
from qml_core.references import Charge

Book = Callable[..., Booking]
LEASE = timedelta(minutes=5)
USD = 10**6


@pytest.fixture
def funded(ledger: Ledger, now: datetime) -> Ledger:
    """A cap of 10 USD."""
    ledger.set_budget("chemistry", 10 * USD, now)
    return ledger


def test_a_project_that_nobody_set_may_spend_nothing(
    ledger: Ledger, booking: Book, now: datetime
) -> None:
    assert ledger.budget("chemistry", now).cap == Charge()
    with pytest.raises(BudgetExceeded, match=r"0\.00 USD allowed"):
        ledger.reserve(booking("a", 1), "me", LEASE, now)
    assert ledger.reserve(booking("b", 0), "me", LEASE, now).state == "reserved"
    assert ledger.find("a") is None


def test_a_job_goes_from_reserved_to_submitted_to_settled(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    reserved = funded.reserve(booking("a", 4 * USD, qpu_ms=70), "me", LEASE, now)
    assert (reserved.state, reserved.reserved.microusd, reserved.holder) == (
        "reserved",
        4 * USD,
        "me",
    )
    assert reserved.lease_until == now + LEASE
    later = now + timedelta(hours=1)
    submitted = funded.record_submission("a", "task/1", later)
    assert (submitted.state, submitted.provider_job, submitted.changed_at) == (
        "submitted",
        "task/1",
        later,
    )
    assert funded.budget("chemistry").reserved == Charge(microusd=4 * USD, qpu_ms=70)
    settled = funded.settle("a", Charge(microusd=3 * USD, qpu_ms=50), "done", later)
    assert (settled.state, settled.outcome, settled.overrun) == ("settled", "done", Charge())
    assert settled.reserved == reserved.reserved
    budget = funded.budget("chemistry")
    assert (budget.reserved, budget.spent) == (Charge(), Charge(microusd=3 * USD, qpu_ms=50))
    assert [entry.kind for entry in funded.entries()] == ["cap", "reserve", "submit", "settle"]
    assert funded.find("a") == settled
    assert funded.audit() == ()


def test_repeating_a_step_finds_the_record_that_stands(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    first = funded.reserve(booking("a"), "me", LEASE, now)
    assert funded.reserve(booking("a", run_id="another"), "you", LEASE, now) == first
    submitted = funded.record_submission("a", "task/1", now)
    assert funded.record_submission("a", "task/1", now + LEASE) == submitted
    assert funded.reserve(booking("a"), "you", LEASE, now) == submitted
    bill = Charge(microusd=5)
    settled = funded.settle("a", bill, "done", now)
    assert funded.settle("a", bill, "done", now + LEASE) == settled
    assert funded.record_submission("a", "task/1", now) == settled
    funded.reserve(booking("b"), "me", LEASE, now)
    released = funded.release("b", "refused", now)
    assert funded.release("b", "again", now + LEASE) == released
    assert len(funded.entries()) == 6


@pytest.mark.parametrize(
    "other",
    [
        {"microusd": 2},
        {"project": "physics"},
        {"backend": "ionq.aria-1"},
        {"circuits": 4},
        {"shots": 5},
        {"plan_key": "other"},
    ],
)
def test_the_same_key_with_other_content_is_a_conflict(
    funded: Ledger, booking: Book, now: datetime, other: dict[str, object]
) -> None:
    funded.reserve(booking("a", 1), "me", LEASE, now)
    with pytest.raises(LedgerConflict, match="is on record for project chemistry"):
        funded.reserve(booking(**{"job_key": "a", "microusd": 1, **other}), "me", LEASE, now)


def test_over_the_cap_nothing_is_reserved_and_the_figures_are_said(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    funded.reserve(booking("a", 4 * USD), "me", LEASE, now)
    funded.record_submission("a", "task/1", now)
    funded.settle("a", Charge(microusd=USD), "done", now)
    funded.reserve(booking("b", 6 * USD), "me", LEASE, now)
    with pytest.raises(BudgetExceeded) as caught:
        funded.reserve(booking("c", 3 * USD + 1), "me", LEASE, now)
    for words in ("3.000001 USD asked", "10.00 USD allowed", "1.00 USD spent", "6.00 USD reserved"):
        assert words in caught.value.message
    assert "3.00 USD left" in caught.value.message
    assert "qml budget set chemistry <usd>" in caught.value.remedy
    assert funded.find("c") is None
    assert funded.reserve(booking("d", 3 * USD), "me", LEASE, now).state == "reserved"


def test_qpu_time_has_a_cap_of_its_own(ledger: Ledger, booking: Book, now: datetime) -> None:
    ledger.set_budget("chemistry", 10 * USD, now, cap_qpu_ms=1_500)
    ledger.reserve(booking("a", 0, qpu_ms=1_000), "me", LEASE, now)
    with pytest.raises(BudgetExceeded, match=r"0\.6 QPU seconds asked.*0\.5 QPU seconds left"):
        ledger.reserve(booking("b", 0, qpu_ms=600), "me", LEASE, now)
    ledger.set_budget("chemistry", 10 * USD, now)
    assert ledger.reserve(booking("b", 0, qpu_ms=600), "me", LEASE, now).state == "reserved"
    assert ledger.audit() == ()


def test_a_cap_below_what_is_taken_is_refused(funded: Ledger, booking: Book, now: datetime) -> None:
    funded.reserve(booking("a", 4 * USD), "me", LEASE, now)
    with pytest.raises(SpecError, match=r"3\.00 USD .* below the 4\.00 USD"):
        funded.set_budget("chemistry", 3 * USD, now)
    assert funded.budget("chemistry").cap.microusd == 10 * USD
    assert funded.set_budget("chemistry", 4 * USD, now).cap.microusd == 4 * USD


def test_an_overrun_is_recorded_and_freezes_the_project(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    funded.reserve(booking("a", USD, qpu_ms=10), "me", LEASE, now)
    funded.record_submission("a", "task/1", now)
    bill = Charge(microusd=12 * USD, qpu_ms=9)
    record = funded.settle("a", bill, "done", now)
    assert (record.settled, record.overrun) == (bill, Charge(microusd=11 * USD))
    budget = funded.budget("chemistry")
    assert (budget.spent, budget.overrun, budget.frozen) == (bill, record.overrun, True)
    assert [e.overrun_microusd for e in funded.entries() if e.kind == "overrun"] == [11 * USD]
    assert "overrun a" in {alert.topic for alert in funded.unsent_alerts()}
    with pytest.raises(BudgetExceeded, match=r"frozen: it was billed 11\.00 USD more"):
        funded.reserve(booking("b", 1), "me", LEASE, now)
    funded.set_budget("chemistry", 20 * USD, now)
    with pytest.raises(BudgetExceeded, match="frozen"):
        funded.reserve(booking("b", 1), "me", LEASE, now)
    assert not funded.set_budget("chemistry", 20 * USD, now, unfreeze=True).frozen
    with pytest.raises(BudgetExceeded, match=r"12\.00 USD spent.*8\.00 USD left"):
        funded.reserve(booking("b", 9 * USD), "me", LEASE, now)
    assert funded.reserve(booking("b", 8 * USD), "me", LEASE, now).state == "reserved"
    assert funded.audit() == ()


def test_ended_jobs_never_change(funded: Ledger, booking: Book, now: datetime) -> None:
    for key in ("settled", "released"):
        funded.reserve(booking(key), "me", LEASE, now)
    funded.record_submission("settled", "task/1", now)
    funded.settle("settled", Charge(), "failed", now)
    funded.release("released", "never ran", now)
    before = funded.jobs(), funded.entries()
    attempts = [
        lambda: funded.settle("settled", Charge(microusd=1), "failed", now),
        lambda: funded.settle("settled", Charge(), "done", now),
        lambda: funded.release("settled", "mistake", now),
        lambda: funded.record_submission("settled", "task/2", now),
        lambda: funded.record_submission("released", "task/2", now),
        lambda: funded.settle("released", Charge(), "done", now),
        lambda: funded.split("released", [booking("part")], "me", LEASE, now),
    ]
    for attempt in attempts:
        with pytest.raises(LedgerConflict, match="so it cannot be"):
            attempt()
    assert (funded.jobs(), funded.entries()) == before


def test_what_was_never_submitted_cannot_be_settled(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    funded.reserve(booking("a"), "me", LEASE, now)
    with pytest.raises(LedgerConflict, match="is reserved"):
        funded.settle("a", Charge(), "done", now)
    with pytest.raises(LedgerConflict, match="no job unknown"):
        funded.settle("unknown", Charge(), "done", now)
    funded.record_submission("a", "task/1", now)
    with pytest.raises(LedgerConflict, match="task/1, so it cannot be submitted as task/2"):
        funded.record_submission("a", "task/2", now)
    assert funded.release("a", "the provider never ran it", now).state == "released"
    assert funded.audit() == ()


def test_a_lease_is_taken_over_only_once_it_has_ended(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    funded.reserve(booking("a"), "me", LEASE, now)
    early = now + LEASE - timedelta(microseconds=1)
    assert funded.take_over("a", "you", LEASE, early).holder == "me"
    assert funded.take_over("a", "me", 2 * LEASE, now).lease_until == now + 2 * LEASE
    assert funded.take_over("a", "you", LEASE, now + 2 * LEASE).holder == "you"
    assert funded.take_over("a", "they", LEASE, now + 2 * LEASE).holder == "you"
    submitted = funded.record_submission("a", "task/1", now)
    assert funded.take_over("a", "they", LEASE, now + timedelta(days=9)) == submitted


def test_a_split_releases_the_parent_and_reserves_the_parts_at_once(
    funded: Ledger, booking: Book, now: datetime
) -> None:
    funded.reserve(booking("whole", 10 * USD), "me", LEASE, now)
    parts = [booking("left", 6 * USD), booking("right", 4 * USD)]
    with pytest.raises(LedgerConflict, match="held by another"):
        funded.split("whole", parts, "you", LEASE, now)
    with pytest.raises(LedgerConflict, match="no split of job whole"):
        funded.split("whole", [*parts, booking("more", 1)], "me", LEASE, now)
    made = funded.split("whole", parts, "me", LEASE, now)
    assert [record.state for record in made] == ["reserved", "reserved"]
    whole = funded.find("whole")
    assert whole is not None
    assert whole.state == "released"
    assert funded.budget("chemistry").reserved.microusd == 10 * USD
    assert funded.split("whole", parts, "me", LEASE, now) == made
    assert funded.audit() == ()


def test_jobs_are_listed_by_project_and_state(funded: Ledger, booking: Book, now: datetime) -> None:
    funded.reserve(booking("a"), "me", LEASE, now)
    funded.reserve(booking("b", 0, project="physics"), "me", LEASE, now)
    funded.release("a", "unwanted", now)
    assert [job.job_key for job in funded.jobs()] == ["a", "b"]
    assert [job.job_key for job in funded.jobs(project="physics")] == ["b"]
    assert [job.job_key for job in funded.jobs(states=["released"])] == ["a"]
    assert [entry.job_key for entry in funded.entries("physics")] == ["b"]
    assert funded.projects() == ("chemistry", "physics")
