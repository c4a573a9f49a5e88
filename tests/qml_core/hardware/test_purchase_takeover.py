"""Reservations of the dead: looked up, taken over, and submitted by one buyer only."""

from datetime import timedelta

import pytest
from scripted_orders import KEY, ORDER, PATIENCE, SHOTS, allow, assert_clean
from scripted_provider import BEGIN, PER_SHOT

from qml_core.budget.ledger import Booking
from qml_core.errors import (
    BackendBusy,
    BackendThrottled,
    DeviceRefused,
    JobPending,
)
from qml_core.references import Charge

BUSY = BackendBusy("429")
THROTTLED = BackendThrottled("429")


def in_doubt(ledger, holder="dead"):
    """A reservation whose holder died before it could say whether it submitted."""
    booking = Booking(
        KEY, "p", ORDER.backend, Charge(microusd=2 * PER_SHOT * SHOTS), 2, SHOTS, "plan"
    )
    ledger.reserve(booking, holder, PATIENCE.lease, BEGIN)


def test_a_reservation_of_the_dead_is_looked_up_after_lease_and_grace(buyer, ledger, provider):
    in_doubt(ledger)
    assert buyer().buy(ORDER, allow).job == "job-0"
    assert provider.jobs[0].made >= BEGIN + PATIENCE.lease + PATIENCE.grace
    assert_clean(ledger, provider)


def test_who_waits_at_the_gate_beyond_the_lease_asks_again_before_submitting(
    buyer, ledger, provider
):
    in_doubt(ledger)

    def slow_gate(key):
        provider.clock.sleep(3600)  # run.on_refusal=wait
        buyer("quicker").buy(ORDER, allow)
        return pytest.fail

    assert buyer("slow").buy(ORDER, slow_gate).job == "job-0"
    assert len(provider.jobs) == 1
    assert_clean(ledger, provider)


def test_who_is_refused_after_the_lease_gives_back_nothing_of_anothers(buyer, ledger, provider):
    in_doubt(ledger)

    def gate_that_refuses_in_the_end(key):
        provider.clock.sleep(3600)
        buyer("quicker").buy(ORDER, allow)
        raise DeviceRefused("the queue is too long for these terms")

    with pytest.raises(DeviceRefused):
        buyer("slow").buy(ORDER, gate_that_refuses_in_the_end)
    assert ledger.find(KEY).outcome == "done"
    assert_clean(ledger, provider)


def test_who_is_refused_while_another_has_submitted_leaves_its_reservation(buyer, ledger, provider):
    in_doubt(ledger)
    provider.takes = timedelta(hours=10)

    def gate(key):
        provider.clock.sleep(3600)
        with pytest.raises(JobPending):
            buyer("quicker").buy(ORDER, allow)
        raise DeviceRefused("stale")

    with pytest.raises(DeviceRefused):
        buyer("slow").buy(ORDER, gate)
    assert ledger.find(KEY).state == "submitted"
    provider.clock.sleep(36_000)
    assert buyer("later").buy(ORDER, pytest.fail).job == "job-0"
    assert_clean(ledger, provider)
