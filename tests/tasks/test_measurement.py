"""Shards from shots: measured once, whoever asks again; adaptive ones spend what they must."""

from contextlib import nullcontext
from datetime import datetime, timezone
from functools import partial

import numpy as np
import pytest

from qml_core.budget.ledger import open_ledger
from qml_core.errors import BackendBusy, BudgetExceeded, DeviceRefused
from qml_core.hardware.orders import Patience
from qml_core.hardware.shots import posterior_error
from qml_core.kernels import kernel_matrix
from qml_core.kernels.planning import plan_kernel
from qml_core.references import Grant
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.blocks import find_block, read_block, read_measurement, receipt_path
from qml_core.storage.jobs import get_calibration, job_documents
from qml_core.storage.store import open_store
from tasks import devices, measurement
from tasks.datasets import load_dataset, read_columns
from tasks.kernel import evaluate_shard

BATCHED = BackendSpec(shots=1000)
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1})
RUN = RunSpec(canary=False)


def garnet(shots=1000, **fields):
    return BackendSpec(name="braket.iqm.Garnet", shots=shots, **fields)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    return load_dataset.fn(DatasetSpec(name="moons", parameters={"n_samples": 12}))


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """A budget of 1,000 USD; waiting is short, and slots are free."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    monkeypatch.setenv("QML_JOB_GRACE_S", "0.05")
    monkeypatch.setenv("QML_JOB_LEASE_S", "0.3")
    monkeypatch.setattr(measurement, "device_slot", lambda name: nullcontext())
    quick = partial(Patience, first_poll=0.01, longest_poll=0.05)
    monkeypatch.setattr(devices, "Patience", quick)
    opened = open_ledger(url)
    opened.set_budget("default", 10**9, datetime.now(timezone.utc))
    return opened


def plan(data, backend, **sides):
    return plan_kernel(data, KERNEL, backend, RUN, **sides)


def evaluate(plan, blocks=None, stored=(), run=RUN):
    grant = Grant(
        plan_key=plan.key, backend_asked=plan.backend, backend_used=plan.backend, reason="r",
        estimate=plan.estimate, granted_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
    )  # fmt: skip
    return evaluate_shard.fn(blocks or plan.blocks, plan.head, grant, stored, run)


def measured(plan, receipt):
    store = open_store(plan.store)
    return read_block(store, receipt), read_measurement(store, receipt)


def exact(plan, rows="all", columns=None):
    (X,) = read_columns(plan.data, rows, "x")
    Y = None if columns is None else read_columns(plan.data, columns, "x")[0]
    return kernel_matrix(X, Y, kernel=KERNEL)


def assert_drawn(values, beside, truth):
    """Within 5 standard errors of the true probability, everywhere."""
    shots = (
        np.maximum(beside.shots, beside.shots.T) if len(truth) == truth.shape[1] else beside.shots
    )
    error = np.sqrt(truth * (1 - truth) / shots) + 1 / shots
    assert (abs(values - truth) < 5 * error).all()
    assert (values == np.rint(values * shots) / shots).all()


def spent(ledger):
    return sum(job.settled.microusd for job in ledger.jobs() if job.settled)


def test_entries_are_shares_of_shots_around_the_exact_kernel(data):
    whole = plan(data, BATCHED)
    result = evaluate(whole)
    (receipt,) = result.receipts
    values, beside = measured(whole, receipt)
    assert_drawn(values, beside, exact(whole))
    assert receipt.shots == beside.shots.sum() == 78 * 1000
    assert (receipt.job, receipt.calibration) == (None, None)
    assert (result.computed, result.reused) == (1, 0)


def test_the_other_kinds_of_matrices_are_measured_too(data):
    cross, own = plan(data, BATCHED, rows="test", columns="train"), plan(
        data, BATCHED, rows="test", columns="self"
    )  # fmt: skip
    values, beside = measured(cross, evaluate(cross).receipts[0])
    assert_drawn(values, beside, exact(cross, "test", "train"))
    values, beside = measured(own, evaluate(own).receipts[0])
    assert values.shape == (3, 1)
    np.testing.assert_array_equal(values, 1)
    assert (beside.errors > 0).all()


def test_a_repetition_measures_nothing_and_the_order_of_blocks_changes_nothing(data, tmp_path):
    whole = plan(data, garnet(20_000).model_copy(update={"name": "qml.batched", "shots": 10**6}))
    first = evaluate(whole)
    again = evaluate(whole, stored=whole.blocks)
    assert again.receipts == first.receipts
    assert (again.computed, again.reused, again.seconds) == (0, len(whole.blocks), 0)
    store = open_store(whole.store)
    for block in whole.blocks:
        store.delete(receipt_path(whole.key, block))
    anew = evaluate(whole, blocks=whole.blocks[::-1])
    digests = {r.block: r.logical_digest for r in first.receipts}
    assert {r.block: r.logical_digest for r in anew.receipts} == digests


def test_a_damaged_block_is_measured_again_and_counts_as_computed(data):
    whole = plan(data, BATCHED)
    (receipt,) = evaluate(whole).receipts
    store = open_store(whole.store)
    store.put(receipt.path, store.get(receipt.path)[:-9] + bytes(9))
    again = evaluate(whole, stored=whole.blocks)
    assert (again.computed, again.reused) == (1, 0)
    assert again.receipts[0].logical_digest == receipt.logical_digest


def test_blocks_of_an_earlier_attempt_of_the_task_count_as_computed(data):
    whole = plan(data, BATCHED)
    evaluate(whole)
    assert evaluate(whole, stored=()).computed == 1


def test_float32_is_stored_as_such_and_measured_in_full(data):
    whole = plan(data, BackendSpec(shots=1000, storage="float32"))
    (receipt,) = evaluate(whole).receipts
    assert receipt.dtype == "float32"
    values, beside = measured(whole, receipt)
    np.testing.assert_allclose(values, beside.corrected, rtol=1e-7)


def test_an_adaptive_matrix_spends_shots_where_they_are_needed(data):
    whole = plan(
        data, BackendSpec(shots=20_000, allocation="adaptive", pilot_shots=64, target_error=0.015)
    )
    (receipt,) = evaluate(whole).receipts
    values, beside = measured(whole, receipt)
    assert_drawn(values, beside, exact(whole))
    upper = np.triu_indices(12)
    shots, errors = beside.shots[upper], beside.errors[upper]
    assert set(shots) <= {64 + (64 * 2**k if k >= 0 else 0) for k in range(-1, 8)}
    assert len(set(shots)) > 2
    diagonal = np.diagonal(beside.shots)
    assert diagonal.max() < shots.max(), "k(x, x) = 1 needs few"
    assert receipt.shots == shots.sum() < 78 * 20_000 / 5
    assert (errors < 0.015 * 1.1).all()


def test_a_pilot_that_is_enough_is_all(data):
    lax = BackendSpec(shots=5000, allocation="adaptive", pilot_shots=1000, target_error=0.1)
    whole = plan(data, lax)
    (receipt,) = evaluate(whole).receipts
    assert receipt.shots == 78 * 1000


def test_no_entry_gets_more_than_the_cap(data):
    strict = BackendSpec(shots=300, allocation="adaptive", pilot_shots=64, target_error=0.001)
    whole = plan(data, strict)
    _, beside = measured(whole, evaluate(whole).receipts[0])
    assert (beside.shots[np.triu_indices(12)] == 300).all()


def test_a_paid_block_is_one_job_with_its_calibration_and_is_settled(braket, ledger, data):
    whole = plan(data, garnet(500))
    first = evaluate(whole, blocks=((1, 1),))
    (receipt,) = first.receipts
    said = braket.control()
    assert [task["arn"] for task in said["tasks"]] == [receipt.job]
    assert (said["tasks"][0]["executables"], said["tasks"][0]["shots"]) == (3, 1500)
    store = open_store(whole.store)
    assert get_calibration(store, receipt.calibration).backend == "braket.iqm.Garnet"
    assert [d.calibration for d in job_documents(store, whole.key)] == [receipt.calibration]
    (job,) = ledger.jobs()
    assert (job.state, job.outcome, job.provider_job) == ("settled", "done", receipt.job)
    assert spent(ledger) == said["bill"] == 300_000 + 1500 * 1450
    assert ledger.audit() == ()


def test_a_paid_block_that_was_lost_is_fetched_and_not_bought_again(braket, ledger, data):
    """Killed after settling and before storing, or damaged since: recalibrated in between."""
    whole = plan(data, garnet(500))
    (receipt,) = evaluate(whole, blocks=((1, 1),)).receipts
    store = open_store(whole.store)
    store.delete(receipt_path(whole.key, (1, 1)))
    braket.control(updated_at="2020-01-01T00:00:00Z", status="OFFLINE")
    (again,) = evaluate(whole, blocks=((1, 1),)).receipts
    assert (again.logical_digest, again.job) == (receipt.logical_digest, receipt.job)
    assert again.calibration == receipt.calibration
    assert braket.control()["creates"] == 1


def test_the_gate_of_each_job_refuses_before_anything_is_reserved(braket, ledger, data):
    braket.control(status="OFFLINE")
    for backend in (garnet(500), ADAPTIVE):
        with pytest.raises(DeviceRefused):
            evaluate(plan(data, backend), blocks=((1, 1),))
    assert braket.control()["creates"] == 0
    budget = ledger.budget("default")
    assert (budget.reserved.microusd, budget.spent.microusd) == (0, 0)
    braket.control(status="ONLINE")
    receipt = evaluate(plan(data, ADAPTIVE), blocks=((1, 1),)).receipts[0]
    assert receipt.shots > 3 * 64
    most = max(entry.reserved_microusd for entry in ledger.entries("default"))
    assert most >= CAP, "set aside once more"
    assert ledger.budget("default").reserved.microusd == 0


ADAPTIVE = garnet(2000, allocation="adaptive", pilot_shots=64, target_error=0.03)
CAP = 3 * 1936 * 1450 + 300_000
"""Shots of a block of 3 after its pilot, in one job."""


def test_the_top_up_is_reserved_at_the_cap_and_settled_at_the_actual(braket, ledger, data):
    whole = plan(data, ADAPTIVE)
    (receipt,) = evaluate(whole, blocks=((1, 1),)).receipts
    entries = [e for e in ledger.entries("default") if e.job_key]
    assert [e.kind for e in entries[:2]] == ["reserve", "reserve"]
    top_up, pilot = entries[:2]
    assert top_up.reserved_microusd >= CAP
    assert pilot.reserved_microusd == 300_000 + 3 * 64 * 1450
    released = [e for e in entries if e.kind == "release"]
    assert [e.job_key for e in released] == [top_up.job_key]
    said = braket.control()
    assert spent(ledger) == said["bill"] < 300_000 + 3 * 2000 * 1450
    assert receipt.job.split() == [task["arn"] for task in said["tasks"]]
    assert receipt.shots == sum(task["shots"] for task in said["tasks"])
    assert ledger.budget("default").reserved.microusd == 0
    assert ledger.audit() == ()


def test_what_cannot_be_topped_up_is_not_piloted(braket, ledger, data):
    """The budget holds a pilot, but not what may follow it."""
    ledger.set_budget("default", CAP // 2, datetime.now(timezone.utc))
    with pytest.raises(BudgetExceeded):
        evaluate(plan(data, ADAPTIVE), blocks=((1, 1),))
    assert braket.control()["creates"] == 0
    assert ledger.budget("default").reserved.microusd == 0


@pytest.mark.parametrize("stage", ["pilot", "split", "top-up"])
def test_an_adaptive_block_that_was_interrupted_goes_on_where_it_was(
    braket, ledger, data, monkeypatch, stage
):
    """A retry of the task has another holder; what the first one set aside is its to use."""
    whole = plan(data, ADAPTIVE)
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
    assert spent(ledger) == said["bill"]
    assert ledger.budget("default").reserved.microusd == 0
    assert ledger.audit() == ()


def test_errors_of_pooled_entries_are_about_those_of_all_their_shots(data):
    whole = plan(data, BackendSpec(shots=4000, allocation="adaptive", target_error=0.01))
    _, beside = measured(whole, evaluate(whole).receipts[0])
    upper = np.triu_indices(12)
    found, shots = beside.errors[upper], beside.shots[upper]
    np.testing.assert_allclose(found, posterior_error(beside.counts[upper], shots), rtol=0.6)


def test_a_block_found_meanwhile_is_adopted(data):
    """Two runs measure one block at the same time: both end with the same one."""
    whole = plan(data, BATCHED)
    first = evaluate(whole).receipts
    assert evaluate(whole).receipts == first
    assert find_block(open_store(whole.store), whole.key, (0, 0)) == first[0]
