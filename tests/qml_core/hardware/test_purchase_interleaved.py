"""Any interleaving of buyers that die and are lied to: one paid job, and books that agree."""

import random
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interleaving import Interleaving, Killed, Stepped
from scripted_provider import BEGIN, LOST, PER_SHOT, Provider, ScriptedBackend, circuit

from qml_core.budget.ledger import Booking, open_ledger
from qml_core.budget.reconcile import reconcile
from qml_core.errors import BackendBusy, DeviceRefused, QMLError
from qml_core.hardware.orders import Order, Patience, attempt_key, order_key
from qml_core.hardware.purchase import Buyer
from qml_core.references import Charge

PATIENCE = Patience(
    timeout=timedelta(hours=1),
    lease=timedelta(minutes=5),
    grace=timedelta(seconds=10),
    first_poll=15,
)
FAULTS = st.lists(st.sampled_from([None, None, BackendBusy("503"), LOST]), max_size=4)
numbers = count()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    return open_ledger(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}")


class Slow(ScriptedBackend):
    """Calls take as long as is chosen, while others go on."""

    def __init__(self, provider, between, longest_s):
        super().__init__(provider)
        self.between, self.longest_s = between, longest_s

    def _pause(self):
        self.between.sleep(self.between.choice() / 15 * self.longest_s)

    def submit(self, *job):
        self._pause()
        try:
            return super().submit(*job)
        finally:
            self._pause()

    def find(self, key, since=None):
        found = super().find(key, since)
        self._pause()
        return found


class Guarded(Provider):
    """Notes each job that is made while an earlier one of the same order may still be paid."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.doubles = []

    def submit(self, circuits, shots, key):
        before = [j for j in self.jobs if j.fate == "done" or self.clock() < j.ends]
        job = super().submit(circuits, shots, key)
        if before and job not in [j.id for j in before]:
            self.doubles.append((job, [j.id for j in before]))
        return job


def order():
    """One that nobody has made, of a project of its own."""
    number = next(numbers)
    key = order_key(f"plan {number}", "braket.iqm.Garnet", "block 0-0")
    circuits = [circuit(1), circuit(2)]
    return Order(key, circuits, 10, "braket.iqm.Garnet", f"p{number}", f"plan {number}")


def gate(between, refuses):
    """Open at once, after a wait longer than a lease, or closed after one."""

    def hold(key):
        chosen = between.choice()
        if chosen > 8:
            between.sleep(100 * chosen)
        if refuses and chosen == 10:
            raise DeviceRefused("the queue is too long")
        return lambda: None

    return hold


def recover(ledger, provider, asked, clock, sleep):
    """Undisturbed from here on: the same command until it has its result."""
    provider.fates.clear()
    provider.faults.clear()
    for number in range(4):
        buyer = Buyer(ScriptedBackend(provider), ledger, f"r{number}", clock, sleep, PATIENCE)
        try:
            return buyer.buy(asked, lambda key: lambda: None)
        except QMLError:
            sleep(3600)
    raise AssertionError("no result")


def assert_books(ledger, provider, asked):
    budget = ledger.budget(asked.project)
    assert budget.reserved == Charge()
    assert budget.spent.microusd == provider.bill
    assert ledger.audit() == ()


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    deaths=st.integers(0, 2),
    submits=FAULTS,
    finds=FAULTS,
    fates=st.lists(st.sampled_from(["done", "failed", "cancelled"]), max_size=3),
    idempotent=st.booleans(),
    hidden_s=st.sampled_from([0, 9]),
    refuses=st.booleans(),
    left=st.sampled_from(["nothing", "reserved", "submitted"]),
    reconciles=st.booleans(),
)
def test_buyers_pay_once_and_the_books_agree(
    ledger, seed, deaths, submits, finds, fates, idempotent, hidden_s, refuses, left, reconciles
):
    between, asked = Interleaving(random.Random(seed), deaths), order()
    ledger.set_budget(asked.project, 10**9, BEGIN)
    provider = Guarded(clock=between.now, idempotent=idempotent, hidden=timedelta(seconds=hidden_s))
    provider.fates.extend(fates)
    provider.faults["submit"].extend(submits)
    provider.faults["find"].extend(replace_lost(finds))

    def buy(holder):
        # where a key makes one job, a holder may be slower than its lease
        longest_s = 800 if idempotent else 100
        backend = Stepped(Slow(provider, between, longest_s), between)
        books = Stepped(ledger, between)
        buyer = Buyer(backend, books, holder, between.now, between.sleep, PATIENCE)
        return buyer.buy(asked, gate(between, refuses))

    def tidy():
        between.sleep(between.choice() * 60)
        backend = Stepped(Slow(provider, between, 10), between)
        books = Stepped(ledger, between)
        reconcile(books, lambda name: backend, between.now(), PATIENCE.grace, asked.project)

    others = [tidy] if reconciles and not idempotent else []
    if left != "nothing":  # by one who died before it could write more
        charge = Charge(microusd=2 * 10 * PER_SHOT)
        booking = Booking(
            attempt_key(asked.key, 0), asked.project, asked.backend, charge, 2, 10, asked.plan_key
        )
        ledger.reserve(booking, "dead", PATIENCE.lease, BEGIN)
    if left == "submitted":
        provider.submit(asked.circuits, 10, attempt_key(asked.key, 0))
    workers = between.run(partial(buy, "a"), partial(buy, "b"), *others)
    for worker in workers:
        assert worker.error is None or isinstance(worker.error, QMLError | Killed), worker.error
    bought = recover(ledger, provider, asked, between.now, between.sleep)
    assert bought.result.counts == ({"1": 10}, {"11": 10})
    assert provider.doubles == []
    found = [worker.result.result.counts for worker in workers[:2] if worker.result]
    assert all(counts == bought.result.counts for counts in found)
    assert_books(ledger, provider, asked)


def replace_lost(faults):
    """A look-up has no effect that could be without an answer."""
    return [BackendBusy("503") if fault == LOST else fault for fault in faults]
