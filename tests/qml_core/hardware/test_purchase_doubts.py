"""Where it is not known whether a job was taken, another one waits until it is."""

from datetime import timedelta

import pytest
from scripted_orders import KEY, ORDER, PATIENCE, allow
from scripted_provider import LOST

from qml_core.budget.reconcile import reconcile
from qml_core.errors import BackendBusy, BudgetExceeded, JobFailed
from qml_core.hardware.orders import Order, order_key
from qml_core.references import Charge


def test_a_list_that_lags_behind_a_lost_answer_makes_no_second_job(buyer, ledger, provider):
    provider.hidden = timedelta(seconds=60)
    provider.faults["submit"].append(LOST)
    with pytest.raises(BackendBusy):
        buyer("a").buy(ORDER, allow)
    assert ledger.find(KEY).state == "reserved"
    assert buyer("b").buy(ORDER, allow).job == "job-0"
    assert len(provider.jobs) == 1
    assert ledger.budget("p").spent.microusd == provider.bill


def test_a_token_that_makes_one_job_only_is_sent_again_at_once(buyer, ledger, provider):
    provider.idempotent, provider.hidden = True, timedelta(seconds=25)
    provider.faults["submit"].append(LOST)
    assert buyer("a").buy(ORDER, allow).job == "job-0"
    assert (len(provider.jobs), provider.calls.count("submit")) == (1, 2)


def test_the_lease_begins_anew_after_a_gate_that_took_its_time(buyer, ledger, provider):
    def slow(key):
        return lambda: provider.clock.sleep(290)

    leases = []
    seller = buyer("a")
    submit = seller.backend.submit

    def noted(*job):
        leases.append(ledger.find(KEY).lease_until - provider.clock())
        return submit(*job)

    seller.backend.submit = noted
    seller.buy(ORDER, slow)
    assert leases == [PATIENCE.lease]


def test_who_was_too_late_submits_nothing(buyer, ledger, provider):
    def paused(key):  # e.g. a laptop that slept
        def note():
            provider.clock.sleep(3600)
            buyer("b").buy(ORDER, allow)

        return note

    assert buyer("a").buy(ORDER, paused).job == "job-0"
    assert len(provider.jobs) == 1


def test_a_job_that_came_too_late_is_cancelled_and_on_the_books(buyer, ledger, provider):
    late = buyer("a")
    submit = late.backend.submit

    def held_up(*job):
        provider.clock.sleep(3600)
        buyer("b").buy(ORDER, allow)
        return submit(*job)

    late.backend.submit = held_up
    assert late.buy(ORDER, allow).job == "job-0"
    assert [job.fate for job in provider.jobs] == ["done", "cancelled"]
    assert [record.provider_job for record in ledger.jobs(states=("submitted",))] == ["job-1"]
    reconcile(ledger, lambda name: late.backend, provider.clock(), PATIENCE.grace)
    assert ledger.budget("p").spent.microusd == provider.bill
    assert ledger.budget("p").reserved == Charge()
    assert ledger.audit() == ()


def test_a_failure_that_was_billed_is_not_bought_again_in_the_same_run(buyer, ledger, provider):
    provider.faults["result"].extend([JobFailed("some circuits failed")] * 3)
    with pytest.raises(JobFailed):
        buyer("a").buy(ORDER, allow)
    assert len(provider.jobs) == 1
    assert ledger.budget("p").spent.microusd == provider.bill > 0


def test_a_frozen_project_submits_no_leftover_reservation(buyer, ledger, provider):
    provider.faults["submit"].append(BackendBusy("500"))
    with pytest.raises(BackendBusy):
        buyer("a").buy(ORDER, allow)
    seller = buyer("b")
    other = Order(**{**ORDER.__dict__, "key": order_key("plan", ORDER.backend, "another")})
    seller.backend.billed = lambda job: Charge(microusd=10**6)
    seller.buy(other, allow)
    assert ledger.budget("p").frozen
    with pytest.raises(BudgetExceeded, match="frozen"):
        buyer("c").buy(ORDER, allow)
    assert len(provider.jobs) == 1


def test_a_reservation_that_another_holds_is_not_released(ledger, buyer, provider):
    provider.faults["submit"].append(BackendBusy("500"))
    with pytest.raises(BackendBusy):
        buyer("a").buy(ORDER, allow)
    for holder, state in (("nobody", "reserved"), ("a", "released")):
        found = ledger.release(KEY, "why", provider.clock(), holder)
        assert (found.state, ledger.find(KEY).state) == (state, state)
