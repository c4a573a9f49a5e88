"""Parts of a plan as paid jobs: each keeps its snapshot; the second stage is set aside, split."""

from datetime import timedelta

import pytest
from scripted_orders import PATIENCE, assert_clean
from scripted_provider import BEGIN, PER_SHOT, ScriptedBackend, circuit

from qml_core.budget.ledger import open_ledger
from qml_core.errors import (
    BudgetExceeded,
    CircuitRefused,
    DeviceRefused,
    JobPending,
    StaleCalibration,
)
from qml_core.hardware.orders import Patience
from qml_core.hardware.protocol import Violation
from qml_core.hardware.purchase import Buyer
from qml_core.hardware.running import PaidRun, SimulatedRun
from qml_core.specs import RunSpec
from qml_core.storage.store import open_store

PLAN = "a" * 64
CIRCUITS = [circuit(1), circuit(2)]
HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.set_budget("default", 10**9, BEGIN)
    return ledger


@pytest.fixture
def paid(tmp_path, provider, ledger):
    """paid(holder, **terms): a run of the plan."""
    store, clock = open_store((tmp_path / "store").as_uri()), provider.clock

    def open_run(holder="a", patience=PATIENCE, **terms):
        backend = ScriptedBackend(provider)
        buyer = Buyer(backend, ledger, holder, clock, clock.sleep, patience)
        return PaidRun(PLAN, buyer, store, RunSpec(**terms))

    return open_run


def test_a_part_is_one_job_whoever_asks(paid, ledger, provider):
    first = paid("a")("block 0-0", CIRCUITS, 10)
    again = paid("b")("block 0-0", CIRCUITS, 10)
    assert first == again
    assert first.counts == ({"1": 10}, {"11": 10})
    assert (first.job, len(provider.jobs)) == ("job-0", 1)
    paid("a")("block 0-1", CIRCUITS, 10)
    assert len(provider.jobs) == 2
    assert_clean(ledger, provider, "default")


def test_a_job_keeps_the_snapshot_it_was_submitted_under(paid, ledger, provider):
    provider.takes = 2 * HOUR
    with pytest.raises(JobPending):
        paid("a")("block 0-0", CIRCUITS, 10)
    provider.clock.sleep(7200)
    provider.taken_at = provider.clock.now  # recalibrated between kill and rerun
    assert paid("b")("block 0-0", CIRCUITS, 10).calibration.taken_at == BEGIN
    assert paid("b", Patience())("block 0-1", CIRCUITS, 10).calibration.taken_at > BEGIN
    assert_clean(ledger, provider, "default")


def test_who_comes_second_changes_nothing_of_the_firsts_snapshot(paid, ledger, provider):
    first, second = paid("a"), paid("b")
    reserve, taken_at = type(ledger).reserve, BEGIN - HOUR

    class Late:
        """A second run that passed the gate, then waits until the first has submitted."""

        def __getattr__(self, name):
            return getattr(ledger, name)

        def reserve(self, *booking):
            provider.taken_at = taken_at
            first("block 0-0", CIRCUITS, 10)
            return reserve(ledger, *booking)

    buyer = Buyer(second.backend, Late(), "b", provider.clock, provider.clock.sleep, PATIENCE)
    late = PaidRun(PLAN, buyer, second.store, second.run)
    assert late("block 0-0", CIRCUITS, 10).calibration.taken_at == taken_at
    assert len(provider.jobs) == 1
    assert_clean(ledger, provider, "default")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"serves": False}, DeviceRefused),
        ({"taken_at": None}, StaleCalibration),
        ({"taken_at": BEGIN - 25 * HOUR}, StaleCalibration),
    ],
)
def test_a_device_that_may_not_be_used_is_not_paid(paid, ledger, provider, changes, error):
    for name, value in changes.items():
        setattr(provider, name, value)
    with pytest.raises(error):
        paid()("block 0-0", CIRCUITS, 10)
    assert ledger.jobs() == ()
    assert "submit" not in provider.calls


def test_with_policy_wait_a_job_is_held_until_the_device_serves(paid, ledger, provider):
    provider.serves = False
    clock, woken = provider.clock, BEGIN + 2 * HOUR
    sleep = clock.sleep

    def sleeping(seconds):
        sleep(seconds)
        provider.serves = clock.now >= woken
        provider.taken_at = BEGIN + HOUR

    clock.sleep = sleeping
    found = paid(on_refusal="wait")("block 0-0", CIRCUITS, 10)
    assert provider.jobs[0].made >= woken
    assert found.calibration.taken_at == BEGIN + HOUR
    assert_clean(ledger, provider, "default")


def test_circuits_that_the_device_cannot_run_are_refused_before_it_is_asked(paid, ledger, provider):
    run = paid()
    run.backend.validate = lambda circuits, shots: (Violation("depth", "too deep"),)
    with pytest.raises(CircuitRefused, match="too deep"):
        run("block 0-0", CIRCUITS, 10)
    assert ledger.jobs() == ()


LEVELS = {"rest 5": (1, 5), "rest 20": (1, 20)}


def in_two_stages(run):
    run.reserve("rest", CIRCUITS, 20)
    run("pilot", CIRCUITS, 10)
    run.split("rest", CIRCUITS[1], LEVELS)
    return [run(name, CIRCUITS[:count], shots) for name, (count, shots) in LEVELS.items()]


def test_the_second_stage_is_set_aside_before_the_first_is_bought(paid, ledger, provider):
    ledger.set_budget("default", 2 * 10 * PER_SHOT + 1, BEGIN)  # the pilot alone would fit
    with pytest.raises(BudgetExceeded):
        in_two_stages(paid())
    assert provider.jobs == []
    assert_clean(ledger, provider, "default")


def test_two_stages_are_settled_at_what_they_took(paid, ledger, provider):
    in_two_stages(paid())
    assert [job.shots for job in provider.jobs] == [10, 5, 20]
    assert_clean(ledger, provider, "default")


def test_where_the_pilot_is_enough_the_rest_is_given_back(paid, ledger, provider):
    run = paid()
    run.reserve("rest", CIRCUITS, 20)
    run("pilot", CIRCUITS, 10)
    run.split("rest", CIRCUITS[1], {})
    assert_clean(ledger, provider, "default")


class Killed(BaseException):
    pass


@pytest.mark.parametrize("method", ["submit", "poll", "result", "find", "status"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_two_stages_survive_a_kill_at_any_call(paid, ledger, provider, method, number):
    provider.faults[method].extend([None] * number)
    first = paid("a")
    meets = first.backend._meets
    seen = []

    def killing(name):
        seen.append(name)
        if name == method and seen.count(name) > number:
            raise Killed
        return meets(name)

    first.backend._meets = killing
    try:
        in_two_stages(first)
    except Killed:
        provider.clock.sleep(60)
    in_two_stages(paid("b"))
    assert [job.shots for job in provider.jobs] == [10, 5, 20]
    assert_clean(ledger, provider, "default")


def test_two_runs_split_alike(paid, ledger, provider):
    first, second = paid("a"), paid("b")
    first.reserve("rest", CIRCUITS, 20)
    second.reserve("rest", CIRCUITS, 20)
    first("pilot", CIRCUITS, 10)
    in_two_stages(second)
    first.split("rest", CIRCUITS[1], LEVELS)
    assert first("rest 5", CIRCUITS[:1], 5).job == "job-1"
    assert len(provider.jobs) == 3
    assert_clean(ledger, provider, "default")


def test_a_simulator_passes_no_gate_and_costs_nothing(provider):
    provider.serves, provider.takes = False, timedelta(0)
    run = SimulatedRun(PLAN, ScriptedBackend(provider), None)
    run.reserve("rest", CIRCUITS, 20)
    found = run("block 0-0", CIRCUITS, 10)
    run.split("rest", CIRCUITS[0], LEVELS)
    assert found.counts == ({"1": 10}, {"11": 10})
    assert (found.job, found.calibration) == (None, None)
    assert provider.calls == ["submit", "result"]
