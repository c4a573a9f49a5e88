"""Collecting a submitted job: waited for, settled at the bill, never submitted again."""

from datetime import timedelta

import pytest
from scripted_provider import BEGIN, PER_SHOT, ScriptedBackend, circuit

from qml_core.budget.ledger import Booking
from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    JobNotFound,
    JobPending,
)
from qml_core.hardware.collection import Collector
from qml_core.hardware.orders import Patience
from qml_core.references import Charge

SHOTS = 10
RESERVED = Charge(microusd=2 * PER_SHOT * SHOTS)
BILLED = Charge(microusd=PER_SHOT * SHOTS)
BUSY = BackendBusy("503")


@pytest.fixture
def collector(provider, ledger):
    patience = Patience(timeout=timedelta(minutes=5), grace=timedelta(seconds=10))
    clock = provider.clock
    return Collector(ScriptedBackend(provider), ledger, clock, clock.sleep, patience)


@pytest.fixture
def submitted(provider, ledger):
    """Two circuits of ten shots, submitted; submitted(charge) reserves another amount."""

    def submit(reserved=RESERVED):
        now = provider.clock()
        booking = Booking("k", "p", "braket.iqm.Garnet", reserved, 2, SHOTS, "plan")
        ledger.reserve(booking, "me", timedelta(minutes=5), now)
        job = provider.submit([circuit(1), circuit(2)], SHOTS, "k")
        return ledger.record_submission("k", job, now)

    return submit


def balance(ledger):
    found = ledger.budget("p")
    assert ledger.audit() == ()
    return found.reserved.microusd, found.spent.microusd


def test_a_job_is_waited_for_and_settled_at_what_is_billed(collector, submitted, ledger, provider):
    bought = collector.collect(submitted())
    assert bought.result.counts == ({"1": SHOTS}, {"11": SHOTS})
    assert (bought.job_key, bought.job) == ("k", "job-0")
    assert provider.clock() >= BEGIN + provider.takes
    assert balance(ledger) == (0, provider.bill) == (0, BILLED.microusd)


def test_answers_that_do_not_come_are_asked_for_again(collector, submitted, ledger, provider):
    provider.faults["poll"].extend([BUSY, BUSY, None])
    provider.faults["result"].extend([BUSY, BUSY])
    assert collector.collect(submitted()).job == "job-0"
    assert balance(ledger) == (0, provider.bill)
    assert "submit" not in provider.calls


def test_where_the_provider_does_not_say_the_bill_all_that_was_reserved_is_spent(
    collector, submitted, ledger, provider
):
    provider.silent = True
    collector.collect(submitted())
    assert balance(ledger) == (0, RESERVED.microusd)


def test_after_our_own_deadline_the_same_job_is_collected_later(
    collector, submitted, ledger, provider
):
    provider.takes = timedelta(hours=2)
    record = submitted()
    with pytest.raises(JobPending, match=r"job-0.*0:05:00.*same command"):
        collector.collect(record)
    assert balance(ledger) == (RESERVED.microusd, 0)
    provider.clock.sleep(7200)
    assert collector.collect(ledger.find("k")).job == "job-0"
    assert balance(ledger) == (0, provider.bill)


def test_a_provider_that_never_answers_is_our_deadline_too(collector, submitted, ledger, provider):
    provider.faults["poll"].extend([BUSY] * 1000)
    with pytest.raises(JobPending):
        collector.collect(submitted())
    assert ledger.find("k").state == "submitted"


@pytest.mark.parametrize("fate", ["failed", "cancelled"])
def test_a_job_that_ends_without_a_result_is_settled_at_its_bill(
    collector, submitted, ledger, provider, fate
):
    provider.fates.append(fate)
    with pytest.raises(JobFailed, match=fate):
        collector.collect(submitted())
    record = ledger.find("k")
    assert (record.state, record.outcome, record.settled) == ("settled", fate, Charge())
    assert balance(ledger) == (0, provider.bill) == (0, 0)


@pytest.mark.parametrize("said", [CircuitRefused("too deep"), BudgetExceeded("no credit")])
def test_a_failed_job_whose_code_says_it_is_refused_is_not_called_a_failure_of_the_device(
    collector, submitted, ledger, provider, said
):
    provider.fates.append("failed")
    provider.faults["result"].append(said)
    with pytest.raises(type(said)):
        collector.collect(submitted())
    assert ledger.find("k").state == "settled"
    assert balance(ledger) == (0, 0)


def test_a_finished_job_without_a_result_is_paid_for_and_failed(
    collector, submitted, ledger, provider
):
    provider.faults["result"].extend([JobFailed("some circuits failed")] * 9)
    with pytest.raises(JobFailed):
        collector.collect(submitted())
    record = ledger.find("k")
    assert (record.outcome, record.settled) == ("failed", BILLED)
    assert balance(ledger) == (0, provider.bill)


def test_a_job_that_is_not_shown_yet_is_asked_for_again(collector, submitted, ledger, provider):
    provider.hidden = timedelta(seconds=8)
    assert collector.collect(submitted()).job == "job-0"
    assert balance(ledger) == (0, provider.bill)


def test_a_paid_job_that_the_provider_forgot_is_left_for_a_person(
    collector, submitted, ledger, provider
):
    record = submitted()
    provider.jobs.clear()
    with pytest.raises(JobNotFound, match=r"may have been billed.*qml budget reconcile"):
        collector.collect(record)
    assert ledger.find("k").state == "submitted"
    assert balance(ledger) == (RESERVED.microusd, 0)


def test_a_free_job_that_is_lost_may_be_bought_anew(collector, submitted, ledger, provider):
    record = submitted(Charge())
    provider.jobs.clear()
    assert collector.collect(record) is None
    assert ledger.find("k").outcome == "lost"


def test_who_is_not_let_in_settles_nothing(collector, submitted, ledger, provider):
    provider.faults["poll"].append(BackendDenied("403"))
    with pytest.raises(BackendDenied):
        collector.collect(submitted())
    assert ledger.find("k").state == "submitted"
    assert collector.collect(ledger.find("k")).job == "job-0"


def test_a_job_that_another_settled_meanwhile_keeps_that_bill(
    collector, submitted, ledger, provider
):
    record = submitted()
    ledger.settle("k", RESERVED, "done", provider.clock())  # before the provider said its bill
    assert collector.collect(record).result.counts[0] == {"1": SHOTS}
    assert balance(ledger) == (0, RESERVED.microusd)


def test_a_settled_job_is_adopted_without_another_settlement(
    collector, submitted, ledger, provider
):
    collector.collect(submitted())
    entries = ledger.entries("p")
    bought = collector.adopt(ledger.find("k"))
    assert bought.result.counts == ({"1": SHOTS}, {"11": SHOTS})
    assert ledger.entries("p") == entries


def test_a_paid_result_that_the_provider_deleted_is_said_to_be_gone(
    collector, submitted, ledger, provider
):
    collector.collect(submitted())
    provider.jobs.clear()
    with pytest.raises(JobNotFound, match=r"paid for but not stored.*remeasure"):
        collector.adopt(ledger.find("k"))
