"""The budget gate: what is neither stored nor bought must fit, each refusal with its numbers."""

from datetime import datetime, timedelta, timezone

import pytest

from qml_core.budget.ledger import Booking
from qml_core.errors import (
    BudgetExceeded,
)
from qml_core.hardware.orders import attempt_key, order_key
from qml_core.kernels.planning import plan_kernel
from qml_core.references import Charge
from qml_core.specs import BackendSpec, KernelSpec, RunSpec
from qml_core.storage.store import open_store
from tasks.admission import admit
from tasks.canary import CanaryRecord

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=1000)
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1})
SHOT, JOB = 1450, 300_000
WHOLE = 78_000 * SHOT + 3 * JOB
"""12 rows: 78 circuits in blocks of 55, 20 and 3, millionths of a USD."""
CANARY = 10_000 * SHOT + JOB


def plan(data, backend=GARNET, run=None, **sides):
    return plan_kernel(data, KERNEL, backend, run or RunSpec(), **sides)


def asked(plans, backend=GARNET, run=None, later=()):
    return admit(tuple(plans), backend, run or RunSpec(), later)


def book(ledger, whole, part, charge, state):
    """A job of a part of the plan as an earlier run left it."""
    now = datetime.now(timezone.utc)
    key = attempt_key(order_key(whole.key, GARNET.name, part), 0)
    booking = Booking(key, "default", GARNET.name, Charge(microusd=charge), 1, 1000, whole.key)
    ledger.reserve(booking, "killed", timedelta(minutes=5), now)
    if state == "released":
        ledger.release(key, "refused", now)
    if state in ("submitted", "done", "failed"):
        ledger.record_submission(key, "job-1", now)
    if state in ("done", "failed"):
        ledger.settle(key, booking.charge, state, now)


def test_a_budget_that_is_too_small_says_projected_allowed_spent_and_shots_that_fit(
    braket, moons, cap
):
    cap(100_000_000)
    with pytest.raises(BudgetExceeded) as caught:
        asked([plan(moons)])
    message, remedy = caught.value.message, caught.value.remedy
    for said in ("projected 128.80 USD", "allowed 100.00 USD", "spent 0.00", "100.00 USD left"):
        assert said in message
    shots = int(remedy.partition("backend.shots=")[2].partition(" ")[0])
    fewer = GARNET.model_copy(update={"shots": shots})
    assert asked([plan(moons, fewer)], fewer).plans[0].estimate.usd <= 100
    more = GARNET.model_copy(update={"shots": shots + 1})
    with pytest.raises(BudgetExceeded):
        asked([plan(moons, more)], more)


def test_a_project_without_a_budget_spends_nothing(braket, moons):
    with pytest.raises(BudgetExceeded, match=r"project other .*allowed 0\.00 USD"):
        asked([plan(moons)], run=RunSpec(project="other"))


def test_exactly_enough_is_enough(braket, moons, cap):
    cap(WHOLE + CANARY)
    asked([plan(moons)])
    cap(WHOLE + CANARY - 1)
    with pytest.raises(BudgetExceeded):
        asked([plan(moons)])
    asked([plan(moons)], run=RunSpec(canary=False))


def test_a_canary_that_was_measured_is_not_paid_again(braket, moons, cap):
    cap(WHOLE)
    whole = plan(moons)
    record = CanaryRecord(
        backend=GARNET.name, pairs=((0, 0),), exact=(1.0,), zeros=(900,), shots=1000,
        fidelity=0.9, upper=0.92, calibration=None, job=None,
    )  # fmt: skip
    store = open_store(whole.store)
    store.put(f"matrices/{whole.key}/canary.json", record.model_dump_json().encode())
    assert asked([whole]).plans[0].estimate.usd == pytest.approx(WHOLE / 1e6)


def test_what_lies_in_the_store_is_not_paid_again(braket, moons, cap, put_all):
    whole = plan(moons)
    put_all(whole.model_copy(update={"shards": (((0, 0),),)}))
    assert "33 circuits" in asked([whole]).reason
    cap(23_000 * SHOT + 2 * JOB)
    asked([whole], run=RunSpec(canary=False))


def test_the_advised_shots_fit_though_of_them_nothing_is_stored(braket, moons, cap, put_all):
    """Another number of shots is another matrix: the stored half is of no use to it."""
    whole = plan(moons)
    put_all(whole.model_copy(update={"shards": (((0, 0),),)}))
    cap(30_000_000)
    with pytest.raises(BudgetExceeded) as caught:
        asked([whole])
    shots = int(caught.value.remedy.partition("backend.shots=")[2].partition(" ")[0])
    fewer = GARNET.model_copy(update={"shots": shots})
    asked([plan(moons, fewer)], fewer)


def test_a_diagonal_that_is_missing_is_paid_for(braket, moons, put_all):
    """3 test rows: 3 diagonals; 9 training rows."""
    cross = plan(moons, rows="test", columns="train")
    put_all(cross)
    admitted = asked([cross], run=RunSpec(canary=False))
    assert "3 circuits of 1,000 shots in 1 jobs" in admitted.reason


def test_of_what_comes_later_one_of_each_group_is_paid_for(braket, moons, cap):
    first = plan(moons, rows="train")
    other = KERNEL.model_copy(
        update={"encoding": KERNEL.encoding.model_copy(update={"bandwidth": 0.5})}
    )
    group = tuple(
        plan_kernel(moons, kernel, GARNET, RunSpec(), rows="test", columns="train")
        for kernel in (KERNEL, other)
    )
    admitted = asked([first], run=RunSpec(canary=False), later=[group, group])
    circuits = 45 + 2 * (27 + 3)
    assert f"{circuits} circuits" in admitted.reason
    assert admitted.plans[0].estimate.usd == pytest.approx((45_000 * SHOT + JOB) / 1e6)
    cap(circuits * 1000 * SHOT + 5 * JOB)
    asked([first], run=RunSpec(canary=False), later=[group, group])
    cap(circuits * 1000 * SHOT + 5 * JOB - 1)
    with pytest.raises(BudgetExceeded):
        asked([first], run=RunSpec(canary=False), later=[group, group])


def test_an_adaptive_plan_is_admitted_only_with_what_its_reservations_take(braket, moons):
    adaptive = GARNET.model_copy(update={"allocation": "adaptive"})
    admitted = asked([plan(moons, adaptive)], adaptive, RunSpec(canary=False))
    assert admitted.plans[0].estimate.usd >= (WHOLE + 3 * JOB) / 1e6


@pytest.mark.parametrize("state", ["reserved", "submitted", "done"])
def test_what_a_killed_run_has_bought_is_not_budgeted_twice(braket, ledger, moons, state, cap):
    """The budget holds it already; a rerun only collects it."""
    whole, first = plan(moons), 55_000 * SHOT + JOB
    cap(WHOLE)
    book(ledger, whole, "block 0-0", first, state)
    admitted = asked([whole], run=RunSpec(canary=False))
    assert "23 circuits" in admitted.reason
    assert admitted.plans[0].estimate.usd == pytest.approx((WHOLE - first) / 1e6)
    for part, circuits in (("block 0-1", 20), ("block 1-1", 3)):
        book(ledger, whole, part, circuits * 1000 * SHOT + JOB, state)
    braket.control(status="OFFLINE")
    assert "everything is bought" in asked([whole], run=RunSpec(canary=False)).reason


@pytest.mark.parametrize("state", ["failed", "released"])
def test_what_came_to_nothing_is_budgeted_anew(braket, ledger, moons, state):
    whole = plan(moons)
    book(ledger, whole, "block 0-0", 55_000 * SHOT + JOB, state)
    assert "78 circuits" in asked([whole], run=RunSpec(canary=False)).reason


def test_a_canary_that_is_under_way_is_not_budgeted_twice(braket, ledger, moons, cap):
    whole = plan(moons)
    cap(WHOLE + CANARY)
    book(ledger, whole, "canary", CANARY, "submitted")
    assert "78 circuits" in asked([whole]).reason


def test_the_pilot_of_an_adaptive_block_stands_for_all_of_it(braket, ledger, moons):
    """What its top-up takes was reserved before the pilot was submitted."""
    adaptive = GARNET.model_copy(update={"allocation": "adaptive"})
    whole = plan(moons, adaptive)
    book(ledger, whole, "block 0-0 pilot", 1, "submitted")
    assert "23 circuits" in asked([whole], adaptive, RunSpec(canary=False)).reason
