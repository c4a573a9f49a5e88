"""Any sequence of steps, compared with a dictionary that keeps the books by hand."""

import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from qml_core.budget.ledger import Booking, JobRecord, open_ledger
from qml_core.errors import BudgetExceeded, LedgerConflict, SpecError
from qml_core.references import Charge

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
LEASE = timedelta(minutes=5)
KEYS = st.sampled_from("abcdef")
AMOUNTS = st.integers(0, 60)


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(
            dir="/dev/shm" if Path("/dev/shm").exists() else None
        )
        self.ledger = open_ledger(f"sqlite:///{self.folder.name}/ledger.db")
        self.cap, self.frozen, self.spent, self.over = 0, False, 0, 0
        self.now = NOW
        self.ledger.set_budget("p", 0, NOW)  # its windows are counted from here
        self.jobs: dict[str, dict[str, object]] = {}

    def teardown(self) -> None:
        assert self.ledger.audit() == ()
        self.ledger.close()
        self.folder.cleanup()

    @property
    def reserved(self) -> int:
        open_jobs = (j for j in self.jobs.values() if j["state"] in ("reserved", "submitted"))
        return sum(int(str(j["reserved"])) for j in open_jobs)

    @rule(cap=st.integers(0, 300), unfreeze=st.booleans())
    def set_budget(self, cap: int, unfreeze: bool) -> None:
        fits = cap >= self.reserved + self.spent
        try:
            self.ledger.set_budget("p", cap, self.now, unfreeze=unfreeze)
            assert fits
            self.cap, self.frozen = cap, self.frozen and not unfreeze
        except SpecError:
            assert not fits

    @rule(days=st.integers(0, 20))
    def let_time_pass(self, days: int) -> None:
        """The books begin a new window with the next change, which is made here."""
        before = (self.now - NOW).days // 30
        self.now += timedelta(days=days)
        if (self.now - NOW).days // 30 > before:
            self.spent = self.over = 0
        self.ledger.set_budget("p", self.cap, self.now)

    @rule(key=KEYS, amount=AMOUNTS)
    def reserve(self, key: str, amount: int) -> None:
        known = self.jobs.get(key)
        left = self.cap - self.reserved - self.spent - self.over
        try:
            record = self._reserve(key, amount)
        except LedgerConflict:
            assert known is not None
            assert known["reserved"] != amount
        except BudgetExceeded:
            assert known is None
            assert self.frozen or amount > max(0, left)
        else:
            if known is None:
                assert not self.frozen
                assert amount <= max(0, left)
                self.jobs[key] = {"state": "reserved", "reserved": amount, "billed": None}
            assert record.state == self.jobs[key]["state"]

    def _reserve(self, key: str, amount: int) -> JobRecord:
        charge = Charge(microusd=amount)
        return self.ledger.reserve(Booking(key, "p", "x", charge, 1, 1, ""), "me", LEASE, self.now)

    @precondition(lambda self: self.jobs)
    @rule(key=KEYS)
    def submit(self, key: str) -> None:
        state = self.jobs.get(key, {}).get("state")
        try:
            self.ledger.record_submission(key, f"task {key}", self.now)
        except LedgerConflict:
            assert state in (None, "released")
        else:
            assert state not in (None, "released")
            if state == "reserved":
                self.jobs[key]["state"] = "submitted"

    @precondition(lambda self: self.jobs)
    @rule(key=KEYS, billed=AMOUNTS)
    def settle(self, key: str, billed: int) -> None:
        job = self.jobs.get(key, {"state": None, "reserved": 0, "billed": None})
        try:
            self.ledger.settle(key, Charge(microusd=billed), "done", self.now)
        except LedgerConflict:
            assert job["state"] != "submitted"
            assert job["billed"] != billed
            return
        if job["state"] == "submitted":
            reserved = int(str(job["reserved"]))
            self.spent += min(billed, reserved)
            self.over += max(0, billed - reserved)
            self.frozen = self.frozen or billed > reserved
            job |= {"state": "settled", "billed": billed}
        assert job["billed"] == billed

    @precondition(lambda self: self.jobs)
    @rule(key=KEYS)
    def release(self, key: str) -> None:
        state = self.jobs.get(key, {}).get("state")
        try:
            self.ledger.release(key, "", self.now)
        except LedgerConflict:
            assert state in (None, "settled")
        else:
            assert state not in (None, "settled")
            self.jobs[key]["state"] = "released"

    @invariant()
    def books_agree(self) -> None:
        budget = self.ledger.budget("p")
        found = (budget.cap.microusd, budget.reserved.microusd, budget.overrun.microusd)
        assert found == (self.cap, self.reserved, self.over)
        assert (budget.spent.microusd, budget.frozen) == (self.spent + self.over, self.frozen)
        assert {job.job_key: job.state for job in self.ledger.jobs()} == {
            key: job["state"] for key, job in self.jobs.items()
        }


TestLedgerAgainstADictionary = LedgerMachine.TestCase
TestLedgerAgainstADictionary.settings = settings(max_examples=25, stateful_step_count=25)
