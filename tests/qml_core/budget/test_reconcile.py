"""What becomes of jobs in doubt: a pure decision, and the ledger after it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from qml_core.budget.ledger import Booking, JobRecord, Ledger
from qml_core.budget.reconcile import Answer, Decision, Finding, decide, reconcile
from qml_core.errors import BackendBusy, JobNotFound, LedgerUnavailable
from qml_core.hardware.protocol import JobStatus
from qml_core.references import Charge

Book = Callable[..., Booking]
LEASE, GRACE = timedelta(minutes=5), timedelta(seconds=30)
BILL = Charge(microusd=7)


@dataclass
class Provider:
    """A backend as far as it is asked here: ids by key, states by id."""

    submitted: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    bill: Charge | None = None
    fails: bool = False
    asked: Callable[[], None] = lambda: None

    def find(self, key: str, since: object = None) -> str | None:
        self.asked()
        if self.fails:
            raise BackendBusy("the provider does not answer")
        return self.submitted.get(key)

    def poll(self, job: str) -> JobStatus:
        if job not in self.states:
            raise JobNotFound(f"no {job}")
        return JobStatus(self.states[job], "so it says")  # type: ignore[arg-type]

    def billed(self, job: str) -> Charge | None:
        assert self.states[job] in ("done", "failed", "cancelled"), "asked of a job that goes on"
        return self.bill


@pytest.fixture
def funded(sqlite_ledger: Ledger, booking: Book, now: datetime) -> Ledger:
    """Two jobs of 10: `a` reserved, `b` submitted as b1; their leases end in five minutes."""
    sqlite_ledger.set_budget("chemistry", 100, now)
    for key in "ab":
        sqlite_ledger.reserve(booking(key, 10), "me", LEASE, now)
    sqlite_ledger.record_submission("b", "b1", now)
    return sqlite_ledger


def state_of(ledger: Ledger, key: str) -> tuple[str, str, Charge | None]:
    record = ledger.find(key)
    assert record is not None
    return record.state, record.outcome, record.settled


def ask(ledger: Ledger, provider: Provider, now: datetime) -> dict[str, str]:
    found = reconcile(ledger, lambda name: provider, now, GRACE)  # type: ignore[arg-type, return-value]
    assert all(isinstance(each, Finding) and each.message for each in found)
    assert ledger.audit() == ()
    return {each.job_key: each.found for each in found}


@pytest.fixture
def reserved(funded: Ledger) -> JobRecord:
    record = funded.find("a")
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("state", "status", "billed", "expected"),
    [
        ("submitted", "done", BILL, Decision("settle", "done", BILL, "said")),
        ("submitted", "done", None, Decision("settle", "done", Charge(microusd=10), "said")),
        ("submitted", "failed", None, Decision("settle", "failed", Charge(microusd=10), "said")),
        ("submitted", "cancelled", BILL, Decision("settle", "cancelled", BILL, "said")),
        ("submitted", "queued", None, Decision("wait", reason="j is queued")),
        ("submitted", "running", None, Decision("wait", reason="j is running")),
        ("submitted", None, None, Decision("lost", reason="ionq.forte-1 does not know j")),
        ("reserved", None, None, Decision("release", reason="ionq.forte-1 knows of no submission")),
    ],
)
def test_the_decision_is_what_the_provider_says(
    reserved: JobRecord, state: str, status: str, billed: Charge | None, expected: Decision
) -> None:
    record = replace(reserved, state=state, provider_job="j")
    answer = Answer(None if status is None else JobStatus(status, "said"), billed)  # type: ignore[arg-type]
    assert decide(record, answer, record.lease_until + GRACE, GRACE) == expected


def test_a_reservation_is_asked_about_only_after_lease_and_grace(reserved: JobRecord) -> None:
    end = reserved.lease_until + GRACE
    early = end - timedelta(microseconds=1)
    assert decide(reserved, None, early, GRACE).step == "wait"
    assert decide(reserved, Answer(None), early, GRACE).step == "wait"
    assert decide(reserved, None, end, GRACE).step == "ask"


def test_what_the_provider_ran_is_settled_and_what_it_never_saw_released(
    funded: Ledger, now: datetime
) -> None:
    provider = Provider(states={"b1": "done"}, bill=BILL)
    assert ask(funded, provider, now) == {"a": "waiting", "b": "settled"}
    assert state_of(funded, "b") == ("settled", "done", BILL)
    assert ask(funded, provider, now + LEASE + GRACE) == {"a": "released"}
    assert state_of(funded, "a") == ("released", "", None)
    assert ask(funded, provider, now + LEASE + GRACE) == {}


def test_a_submission_whose_answer_was_lost_is_found_by_its_key(
    funded: Ledger, now: datetime
) -> None:
    provider = Provider({"a": "a1"}, {"a1": "done", "b1": "failed"})
    assert ask(funded, provider, now + 2 * LEASE) == {"a": "settled", "b": "settled"}
    assert state_of(funded, "a") == ("settled", "done", Charge(microusd=10))
    assert state_of(funded, "b") == ("settled", "failed", Charge(microusd=10))
    record = funded.find("a")
    assert record is not None
    assert record.provider_job == "a1"


def test_a_job_that_runs_is_left_to_run(funded: Ledger, now: datetime) -> None:
    provider = Provider({"a": "a1"}, {"a1": "queued", "b1": "running"})
    assert ask(funded, provider, now + 2 * LEASE) == {"a": "waiting", "b": "waiting"}
    assert [state_of(funded, key)[0] for key in "ab"] == ["submitted", "submitted"]


def test_a_submitted_job_that_the_provider_forgot_is_never_released(
    funded: Ledger, now: datetime
) -> None:
    late = now + timedelta(days=400)
    assert ask(funded, Provider(), late)["b"] == "lost"
    assert ask(funded, Provider(), late) == {"b": "lost"}
    assert state_of(funded, "b")[0] == "submitted"
    assert funded.budget("chemistry").reserved.microusd == 10


def test_a_provider_that_does_not_answer_changes_nothing(funded: Ledger, now: datetime) -> None:
    late = now + 2 * LEASE
    provider = Provider(states={"b1": "running"}, fails=True)
    assert ask(funded, provider, late) == {"a": "unreachable", "b": "waiting"}
    assert state_of(funded, "a")[0] == "reserved"
    assert ask(funded, Provider(states={"b1": "running"}), late + GRACE)["a"] == "released"

    def cannot_open(name: str) -> Provider:
        raise BackendBusy(f"{name} is down")

    (finding,) = reconcile(funded, cannot_open, late, GRACE)  # type: ignore[arg-type]
    assert (finding.found, finding.message) == ("unreachable", "ionq.forte-1 is down")


def test_nobody_submits_while_the_provider_is_asked(funded: Ledger, now: datetime) -> None:
    late = now + 2 * LEASE
    holders = []
    provider = Provider(states={"b1": "running"})
    provider.asked = lambda: holders.append(funded.take_over("a", "me", LEASE, late).holder)
    assert ask(funded, provider, late)["a"] == "released"
    assert holders == ["reconcile"]


def test_a_buyer_that_was_quicker_is_left_alone(funded: Ledger, now: datetime) -> None:
    late = now + 2 * LEASE
    stale = funded.jobs()
    funded.take_over("a", "me", LEASE, late)
    funded.jobs = lambda *_: stale  # type: ignore[method-assign]
    assert ask(funded, Provider(states={"b1": "running"}), late)["a"] == "waiting"
    assert state_of(funded, "a")[0] == "reserved"


def test_a_ledger_that_does_not_answer_ends_it(
    funded: Ledger, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LedgerUnavailable("down")

    monkeypatch.setattr(funded, "settle", fail)
    with pytest.raises(LedgerUnavailable):
        ask(funded, Provider(states={"b1": "done"}), now)
