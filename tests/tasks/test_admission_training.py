"""Trainings at the gates: all of it fits before its first step, what is there is not paid again."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from qml_core.budget.ledger import Booking
from qml_core.errors import BudgetExceeded, CircuitRefused
from qml_core.hardware.orders import attempt_key, order_key
from qml_core.references import Charge
from qml_core.specs import BackendSpec, CircuitSpec, DatasetSpec, ModelSpec, RunSpec, TrainingSpec
from qml_core.storage.store import open_store
from tasks.admission import admit
from tasks.datasets import load_dataset
from tasks.gates import pass_gates
from tasks.training_plans import evaluations_of, plan_trainings

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=1000)
SHOT, JOB = 1450, 300_000
QUIET = RunSpec(canary=False)


def model(name="vqc", **training):
    asked = {"epochs": 2, "batch_size": 4, **training}
    return ModelSpec(name=name, circuit=CircuitSpec(layers=1), training=TrainingSpec(**asked))


def plan(data, backend=GARNET, run=QUIET, asked=None):
    (found,) = plan_trainings.fn((data,), asked or model(), backend, run)
    return found


def admitted(plans, backend=GARNET, run=QUIET, later=()):
    return admit(tuple(plans), backend, run, later)


def cost(circuits, jobs):
    """Millionths of a USD."""
    return circuits * 1000 * SHOT + jobs * JOB


def whole(found):
    """What all jobs of a training cost: each evaluation here is one job or several of 100."""
    sizes = [e.circuits for e in evaluations_of(found).after(0, 0)]
    return cost(sum(sizes), sum(-(-size // 100) for size in sizes))


def book(ledger, found, part, state="submitted"):
    """A job of the training as an earlier run left it."""
    now = datetime.now(timezone.utc)
    key = attempt_key(order_key(found.key, found.backend.name, part), 0)
    booking = Booking(key, "default", found.backend.name, Charge(microusd=1), 1, 1000, found.key)
    ledger.reserve(booking, "killed", timedelta(minutes=5), now)
    if state != "reserved":
        ledger.record_submission(key, "job-1", now)
    if state == "done":
        ledger.settle(key, booking.charge, "done", now)


def test_a_training_is_priced_with_validation_and_held_out_rows(braket, ledger, moons):
    found = plan(moons)
    got = admitted([found])
    assert got.plans[0].estimate.usd == pytest.approx(whole(found) / 1e6)
    assert got.plans[0].key == found.key
    assert f"{found.estimate.circuits:,} circuits of 1,000 shots" in got.reason
    assert got.price == "aws.amazon.com/braket/pricing, 2026-11-20"
    assert len(got.calibration) == 64
    assert braket.control()["creates"] == 0
    assert ledger.jobs() == ()


def test_all_splits_and_the_canary_have_to_fit(braket, moons, cap):
    plans = [plan(moons, run=RunSpec(seed=seed)) for seed in (0, 1)]
    needed = sum(map(whole, plans)) + cost(5, 1)
    cap(needed)
    admitted(plans, run=RunSpec())
    cap(needed - 1)
    with pytest.raises(BudgetExceeded):
        admitted(plans, run=RunSpec())


def test_what_cannot_fit_is_refused_before_the_first_step_with_shots_that_would(
    braket, moons, cap, ledger
):
    found = plan(moons)
    cap(whole(found) // 2)
    with pytest.raises(BudgetExceeded) as caught:
        pass_gates.fn([found], GARNET, QUIET)
    shots = int(caught.value.remedy.partition("backend.shots=")[2].partition(" ")[0])
    fewer = GARNET.model_copy(update={"shots": shots})
    assert admitted([plan(moons, fewer)], fewer).plans[0].estimate.usd <= whole(found) / 2e6
    assert f"projected {whole(found) / 1e6:,.2f} USD" in caught.value.message
    assert braket.control()["creates"] == 0
    assert ledger.jobs() == ()
    assert list(open_store(found.store).list("trainings")) == []


@pytest.mark.parametrize("state", ["reserved", "submitted", "done"])
def test_what_a_killed_run_has_bought_is_not_budgeted_twice(braket, ledger, moons, state):
    found = plan(moons)
    parts = list(evaluations_of(found).after(0, 0))[:3]
    for part in parts[:2]:
        book(ledger, found, part.part, state)
    left = sum(e.circuits for e in evaluations_of(found).after(0, 0)) - sum(
        e.circuits for e in parts[:2]
    )
    assert f"{left:,} circuits" in admitted([found]).reason


def test_what_is_bought_after_a_gap_is_budgeted(braket, ledger, moons):
    """A job that no step leads to yet cannot be told from one of another path."""
    found = plan(moons)
    book(ledger, found, [e.part for e in evaluations_of(found).after(0, 0)][2])
    assert f"{found.estimate.circuits:,} circuits" in admitted([found]).reason


def test_a_part_of_several_jobs_is_budgeted_without_those_that_are_bought(braket, ledger, moons):
    found = plan(moons, asked=model(batch_size=None))
    first = next(evaluations_of(found).after(0, 0))
    small = replace(first, circuits=0)
    assert first.circuits > small.circuits
    narrow = GARNET.model_copy(update={"shots": 20_000})  # 10 circuits a job
    found = plan(moons, narrow, asked=model(batch_size=None))
    book(ledger, found, f"{first.part} job 1")
    left = found.estimate.circuits - 10
    assert f"{left:,} circuits" in admitted([found], narrow).reason


@pytest.mark.parametrize("done", [(0, 1), (1, 0), (1, 1), (2, 0)])
def test_what_a_checkpoint_holds_is_not_budgeted_again(braket, moons, checkpoint, done):
    found = plan(moons)
    checkpoint(*done)
    left = sum(e.circuits for e in evaluations_of(found).after(*done))
    assert 0 < left < found.estimate.circuits
    assert f"{left:,} circuits" in admitted([found]).reason


def test_of_a_training_that_stopped_early_only_the_held_out_rows_are_left(
    braket, ledger, moons, checkpoint
):
    found = plan(moons)
    checkpoint(1, 0, finished="no better loss")
    assert "3 circuits of 1,000 shots in 1 jobs" in admitted([found]).reason
    book(ledger, found, "test of epoch 1", "done")
    assert "everything is bought" in admitted([found]).reason


def test_a_simulator_needs_memory_only(moons, monkeypatch, cap):
    cap(0)
    for backend in (BackendSpec(), BackendSpec(shots=100), BackendSpec(name="default.mixed")):
        assert "0.00 USD" in admitted([plan(moons, backend)], backend).reason
    wide = load_dataset.fn(DatasetSpec(name="wine", preprocessing={"n_components": 8}))
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))
    admitted([plan(wide, BackendSpec())], BackendSpec())
    mixed = BackendSpec(name="default.mixed")
    with pytest.raises(CircuitRefused, match="16 qubits"):
        admitted([plan(wide, mixed)], mixed)


def test_a_circuit_that_is_too_wide_for_the_device_is_refused(braket, ledger):
    wide = load_dataset.fn(DatasetSpec(name="wine", preprocessing={"n_components": 9}))
    with pytest.raises(CircuitRefused, match="9 qubits asked, the device has 8"):
        admitted([plan(wide)])
