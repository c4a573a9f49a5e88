"""Buying a job: reserved, submitted once whatever answers are lost, settled at the bill."""

from datetime import timedelta

import pytest
from scripted_orders import COUNTS, KEY, ORDER, PATIENCE, SHOTS, allow, assert_clean
from scripted_provider import BEGIN, LOST, PER_SHOT, ScriptedBackend

from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendError,
    BackendOffline,
    BackendThrottled,
    BudgetExceeded,
    CircuitRefused,
    DeviceRefused,
    JobFailed,
    JobPending,
    LedgerUnavailable,
)
from qml_core.hardware.orders import attempt_key
from qml_core.hardware.purchase import Buyer
from qml_core.references import Charge

BUSY = BackendBusy("429")
THROTTLED = BackendThrottled("429")


def test_the_gate_is_asked_before_anything_is_reserved(buyer, ledger, provider):
    seen = []

    def gate(key):
        seen.append(ledger.find(key))
        return lambda: seen.append((ledger.find(key).state, len(provider.jobs)))

    bought = buyer().buy(ORDER, gate)
    assert seen == [None, ("reserved", 0)]
    assert (bought.job_key, bought.result.counts) == (KEY, COUNTS)
    assert provider.jobs[0].key == KEY
    record = ledger.find(KEY)
    assert record.reserved == Charge(microusd=2 * PER_SHOT * SHOTS)
    assert_clean(ledger, provider)


def test_a_gate_that_refuses_leaves_no_trace(buyer, ledger, provider):
    def refuse(key):
        raise DeviceRefused("offline")

    with pytest.raises(DeviceRefused):
        buyer().buy(ORDER, refuse)
    assert ledger.jobs() == ()
    assert provider.calls == []


def test_the_same_order_again_is_adopted(buyer, ledger, provider):
    first = buyer("a").buy(ORDER, allow)
    assert buyer("b").buy(ORDER, pytest.fail) == first
    assert len(provider.jobs) == 1
    assert_clean(ledger, provider)


@pytest.mark.parametrize("hidden_s", [0, 8])
@pytest.mark.parametrize("idempotent", [True, False])
def test_a_submission_whose_answer_is_lost_is_found_not_repeated(
    buyer, ledger, provider, hidden_s, idempotent
):
    provider.idempotent, provider.hidden = idempotent, timedelta(seconds=hidden_s)
    provider.faults["submit"].append(LOST)
    assert buyer().buy(ORDER, allow).result.counts == COUNTS
    assert len(provider.jobs) == provider.calls.count("submit") == 1
    assert_clean(ledger, provider)


def test_an_answer_nobody_understands_may_be_a_job_too(buyer, ledger, provider):
    backend = ScriptedBackend(provider)
    take = backend.submit

    def garbled(*job):
        take(*job)
        raise BackendError("an answer that is no JSON")

    backend.submit = garbled
    clock = provider.clock
    bought = Buyer(backend, ledger, "me", clock, clock.sleep, PATIENCE).buy(ORDER, allow)
    assert bought.job == "job-0"
    assert len(provider.jobs) == 1
    assert_clean(ledger, provider)


def test_a_provider_that_puts_off_is_asked_again_ever_later(buyer, ledger, provider):
    provider.faults["submit"].extend([THROTTLED] * 3)
    assert buyer().buy(ORDER, allow).result.counts == COUNTS
    waits = provider.clock.slept[:3]
    assert waits[0] >= PATIENCE.grace.total_seconds()
    assert len(provider.jobs) == 1
    assert_clean(ledger, provider)


def test_a_provider_that_puts_off_for_good_gets_the_reservation_back(buyer, ledger, provider):
    provider.faults["submit"].extend([THROTTLED] * 100)
    with pytest.raises(BackendThrottled):
        buyer().buy(ORDER, allow)
    assert provider.calls.count("submit") == 4
    assert ledger.find(KEY).state == "released"
    assert_clean(ledger, provider)


@pytest.mark.parametrize(
    "refusal",
    [CircuitRefused("422"), BudgetExceeded("402"), BackendDenied("403"), BackendOffline("offline")],
    ids=lambda error: type(error).__name__,
)
def test_a_refusal_is_not_repeated_and_gives_the_reservation_back(buyer, ledger, provider, refusal):
    provider.faults["submit"].append(refusal)
    with pytest.raises(type(refusal)):
        buyer().buy(ORDER, allow)
    assert provider.calls.count("submit") == 1
    assert ledger.find(KEY).state == "released"
    assert_clean(ledger, provider)
    assert buyer("later").buy(ORDER, allow).job_key == attempt_key(ORDER.key, 1)


def test_while_the_provider_cannot_say_nothing_more_is_submitted(buyer, ledger, provider):
    provider.faults["submit"].append(LOST)
    provider.faults["find"].append(BUSY)
    with pytest.raises(BackendBusy):
        buyer("a").buy(ORDER, allow)
    assert ledger.find(KEY).state == "reserved"  # in doubt: never released by time
    assert buyer("b").buy(ORDER, pytest.fail).job == "job-0"
    assert len(provider.jobs) == 1
    assert_clean(ledger, provider)


@pytest.mark.parametrize("fates", [["failed"], ["failed", "failed"], ["cancelled"]])
def test_a_device_that_fails_is_given_one_more_try_in_a_run(buyer, ledger, provider, fates):
    provider.fates.extend(fates)
    if fates == ["failed"]:
        assert buyer().buy(ORDER, allow).job == "job-1"
    else:
        with pytest.raises(JobFailed):
            buyer().buy(ORDER, allow)
    made = 1 if fates == ["cancelled"] else 2
    assert len(provider.jobs) == made
    assert_clean(ledger, provider)
    assert buyer("later").buy(ORDER, allow).result.counts == COUNTS
    assert len(provider.jobs) == (2 if fates != ["failed", "failed"] else 3)
    assert_clean(ledger, provider)


def test_a_job_in_the_queue_is_collected_by_the_next_run(buyer, ledger, provider):
    provider.takes = timedelta(hours=3)
    with pytest.raises(JobPending):
        buyer("a").buy(ORDER, allow)
    provider.clock.sleep(3 * 3600)
    assert buyer("b").buy(ORDER, pytest.fail).job == "job-0"
    assert provider.calls.count("submit") == 1
    assert_clean(ledger, provider)


def test_what_does_not_fit_is_not_submitted(buyer, ledger, provider):
    ledger.set_budget("p", 2 * PER_SHOT * SHOTS - 1, BEGIN)
    with pytest.raises(BudgetExceeded):
        buyer().buy(ORDER, allow)
    assert provider.calls == []
    assert_clean(ledger, provider)


class Down:
    """A ledger that stops answering from a method's next call on."""

    def __init__(self, ledger, method):
        self.ledger, self.method, self.down = ledger, method, False

    def __getattr__(self, name):
        self.down = self.down or name == self.method
        if self.down:
            raise LedgerUnavailable("no answer")
        return getattr(self.ledger, name)


@pytest.mark.parametrize("method", ["find", "reserve", "record_submission", "settle"])
def test_a_ledger_that_is_down_stops_the_run_and_the_next_one_goes_on(
    buyer, ledger, provider, method
):
    clock = provider.clock
    down = Down(ledger, method)
    with pytest.raises(LedgerUnavailable):
        Buyer(ScriptedBackend(provider), down, "a", clock, clock.sleep, PATIENCE).buy(ORDER, allow)
    assert len(provider.jobs) == (method in ("record_submission", "settle"))
    assert buyer("b").buy(ORDER, allow).result.counts == COUNTS
    assert len(provider.jobs) == 1
    assert_clean(ledger, provider)
