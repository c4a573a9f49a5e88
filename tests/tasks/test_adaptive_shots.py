"""Adaptive shards: a pilot, then what its entries need, set aside before and paid as it was."""

import numpy as np
import pytest

from qml_core.errors import BackendBusy, BudgetExceeded, DeviceRefused
from qml_core.hardware.shots import posterior_error
from qml_core.kernels.planning import plan_kernel
from qml_core.specs import BackendSpec, KernelSpec, RunSpec
from tasks import devices

BATCHED = BackendSpec(shots=1000)
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1})
RUN = RunSpec(canary=False)


def garnet(shots=1000, **fields):
    return BackendSpec(name="braket.iqm.Garnet", shots=shots, **fields)


ADAPTIVE = garnet(2000, allocation="adaptive", pilot_shots=64, target_error=0.03)
CAP = 3 * 1936 * 1450 + 300_000
"""Shots of a block of 3 after its pilot, in one job."""


def plan(data, backend, **sides):
    return plan_kernel(data, KERNEL, backend, RUN, **sides)


def test_an_adaptive_matrix_spends_shots_where_they_are_needed(moons, evaluate, drawn):
    whole = plan(
        moons, BackendSpec(shots=20_000, allocation="adaptive", pilot_shots=64, target_error=0.015)
    )
    (receipt,) = evaluate(whole).receipts
    _, beside = drawn(whole, receipt)
    upper = np.triu_indices(12)
    shots, errors = beside.shots[upper], beside.errors[upper]
    assert set(shots) <= {64 + (64 * 2**k if k >= 0 else 0) for k in range(-1, 8)}
    assert len(set(shots)) > 2
    diagonal = np.diagonal(beside.shots)
    assert diagonal.max() < shots.max(), "k(x, x) = 1 needs few"
    assert receipt.shots == shots.sum() < 78 * 20_000 / 5
    assert (errors < 0.015 * 1.1).all()


def test_a_pilot_that_is_enough_is_all(moons, evaluate):
    lax = BackendSpec(shots=5000, allocation="adaptive", pilot_shots=1000, target_error=0.1)
    whole = plan(moons, lax)
    (receipt,) = evaluate(whole).receipts
    assert receipt.shots == 78 * 1000


def test_no_entry_gets_more_than_the_cap(moons, evaluate, drawn):
    strict = BackendSpec(shots=300, allocation="adaptive", pilot_shots=64, target_error=0.001)
    whole = plan(moons, strict)
    _, beside = drawn(whole, evaluate(whole).receipts[0])
    assert (beside.shots[np.triu_indices(12)] == 300).all()


def test_the_gate_of_each_job_refuses_before_anything_is_reserved(
    braket, ledger, moons, evaluate, quick
):
    braket.control(status="OFFLINE")
    for backend in (garnet(500), ADAPTIVE):
        with pytest.raises(DeviceRefused):
            evaluate(plan(moons, backend), blocks=((1, 1),))
    assert braket.control()["creates"] == 0
    budget = ledger.budget("default")
    assert (budget.reserved.microusd, budget.spent.microusd) == (0, 0)
    braket.control(status="ONLINE")
    receipt = evaluate(plan(moons, ADAPTIVE), blocks=((1, 1),)).receipts[0]
    assert receipt.shots > 3 * 64
    most = max(entry.reserved_microusd for entry in ledger.entries("default"))
    assert most >= CAP, "set aside once more"
    assert ledger.budget("default").reserved.microusd == 0


def test_the_top_up_is_reserved_at_the_cap_and_settled_at_the_actual(
    braket, ledger, moons, evaluate, quick, spent
):
    whole = plan(moons, ADAPTIVE)
    (receipt,) = evaluate(whole, blocks=((1, 1),)).receipts
    entries = [e for e in ledger.entries("default") if e.job_key]
    assert [e.kind for e in entries[:2]] == ["reserve", "reserve"]
    top_up, pilot = entries[:2]
    assert top_up.reserved_microusd >= CAP
    assert pilot.reserved_microusd == 300_000 + 3 * 64 * 1450
    released = [e for e in entries if e.kind == "release"]
    assert [e.job_key for e in released] == [top_up.job_key]
    said = braket.control()
    assert spent() == said["bill"] < 300_000 + 3 * 2000 * 1450
    assert receipt.job.split() == [task["arn"] for task in said["tasks"]]
    assert receipt.shots == sum(task["shots"] for task in said["tasks"])
    assert ledger.budget("default").reserved.microusd == 0
    assert ledger.audit() == ()


def test_what_cannot_be_topped_up_is_not_piloted(braket, ledger, moons, evaluate, cap, quick):
    """The budget holds a pilot, but not what may follow it."""
    cap(CAP // 2)
    with pytest.raises(BudgetExceeded):
        evaluate(plan(moons, ADAPTIVE), blocks=((1, 1),))
    assert braket.control()["creates"] == 0
    assert ledger.budget("default").reserved.microusd == 0


@pytest.mark.parametrize("stage", ["pilot", "split", "top-up"])
def test_an_adaptive_block_that_was_interrupted_goes_on_where_it_was(
    braket, ledger, moons, monkeypatch, stage, evaluate, quick, spent
):
    """A retry of the task has another holder; what the first one set aside is its to use."""
    whole = plan(moons, ADAPTIVE)
    calls = {"pilot": "__call__", "split": "split", "top-up": "__call__"}
    real = getattr(devices.PaidRun, calls[stage])

    def interrupted(self, part, *arguments):
        if stage == "split" or part.endswith("pilot") == (stage == "pilot"):
            raise BackendBusy("the process ends here")
        return real(self, part, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(devices.PaidRun, calls[stage], interrupted)
        with pytest.raises(BackendBusy):
            evaluate(whole, blocks=((1, 1),))
    before = braket.control()["creates"]
    assert before == (0 if stage == "pilot" else 1)
    (receipt,) = evaluate(whole, blocks=((1, 1),)).receipts
    said = braket.control()
    assert len(receipt.job.split()) == said["creates"]
    assert spent() == said["bill"]
    assert ledger.budget("default").reserved.microusd == 0
    assert ledger.audit() == ()


def test_errors_of_pooled_entries_are_about_those_of_all_their_shots(moons, evaluate, drawn):
    whole = plan(moons, BackendSpec(shots=4000, allocation="adaptive", target_error=0.01))
    _, beside = drawn(whole, evaluate(whole).receipts[0])
    upper = np.triu_indices(12)
    found, shots = beside.errors[upper], beside.shots[upper]
    np.testing.assert_allclose(found, posterior_error(beside.counts[upper], shots), rtol=0.6)
