"""Keys of jobs, and what to do next with what is on record."""

from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_provider import BEGIN, circuit

from qml_core.budget.ledger import JobRecord
from qml_core.hardware.orders import Order, Patience, attempt_key, next_step, order_key
from qml_core.references import Charge

GRACE = timedelta(seconds=10)
RECORD = JobRecord(
    job_key="k",
    project="p",
    backend="b",
    state="reserved",
    outcome="",
    reserved=Charge(microusd=5),
    settled=None,
    overrun=Charge(),
    provider_job=None,
    holder="a",
    lease_until=BEGIN,
    circuits=1,
    shots=1,
    plan_key="plan",
    run_id="",
    reason="",
    created_at=BEGIN,
    changed_at=BEGIN,
)


def test_keys_tell_plans_backends_parts_and_attempts_apart():
    parts = [(p, b, n) for p in ("1", "2") for b in ("x", "y") for n in ("canary", "block 0-0")]
    orders = {order_key(*each) for each in parts}
    attempts = {attempt_key(order, n) for order in orders for n in range(3)}
    assert len(orders | attempts) == 8 + 24
    assert all(len(key) == 64 for key in orders | attempts)
    assert order_key("1", "x", "canary") == order_key("1", "x", "canary")


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"state": "submitted", "provider_job": "j"}, "collect"),
        ({"state": "settled", "outcome": "done"}, "adopt"),
        ({"state": "settled", "outcome": "failed"}, "again"),
        ({"state": "settled", "outcome": "cancelled"}, "again"),
        ({"state": "settled", "outcome": "lost"}, "again"),
        ({"state": "released"}, "again"),
    ],
)
def test_what_is_submitted_or_over_is_never_submitted(changes, step):
    record = replace(RECORD, **changes)
    for holder in ("a", "b"):
        assert next_step(record, holder, BEGIN, GRACE) == step


@given(seconds=st.floats(-1e4, 1e4))
def test_another_looks_only_after_lease_and_grace(seconds):
    now = BEGIN + timedelta(seconds=seconds)
    expected = "look" if now >= BEGIN + GRACE else "wait"
    assert next_step(RECORD, "b", now, GRACE) == expected
    assert next_step(RECORD, "a", now, GRACE) == "look"
    assert next_step(None, "b", now, GRACE) == "reserve"


def test_polls_come_slower_and_slower_up_to_a_limit():
    delays = list(islice(Patience(first_poll=1, longest_poll=4).delays(), 6))
    assert delays == [1, 1.5, 2.25, 3.375, 4, 4]


def test_the_longest_circuit_is_the_one_of_the_most_gates():
    order = Order("k", [circuit(1), circuit(3), circuit(2)], 1, "b", "p", "plan")
    assert order.longest is order.circuits[1]
