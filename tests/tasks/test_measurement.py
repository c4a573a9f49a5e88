"""Shards from shots: measured once, whoever asks again."""

import numpy as np

from qml_core.kernels.planning import plan_kernel
from qml_core.specs import BackendSpec, KernelSpec, RunSpec
from qml_core.storage.blocks import find_block, receipt_path
from qml_core.storage.jobs import get_calibration, job_documents
from qml_core.storage.store import open_store

BATCHED = BackendSpec(shots=1000)
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1})
RUN = RunSpec(canary=False)


def garnet(shots=1000, **fields):
    return BackendSpec(name="braket.iqm.Garnet", shots=shots, **fields)


def plan(data, backend, **sides):
    return plan_kernel(data, KERNEL, backend, RUN, **sides)


def test_entries_are_shares_of_shots_around_the_exact_kernel(moons, evaluate, drawn):
    whole = plan(moons, BATCHED)
    result = evaluate(whole)
    (receipt,) = result.receipts
    _, beside = drawn(whole, receipt)
    assert receipt.shots == beside.shots.sum() == 78 * 1000
    assert (receipt.job, receipt.calibration) == (None, None)
    assert (result.computed, result.reused) == (1, 0)


def test_the_other_kinds_of_matrices_are_measured_too(moons, evaluate, drawn):
    cross = plan(moons, BATCHED, rows="test", columns="train")
    own = plan(moons, BATCHED, rows="test", columns="self")
    values, beside = drawn(cross, evaluate(cross).receipts[0])
    values, beside = drawn(own, evaluate(own).receipts[0])
    assert values.shape == (3, 1)
    np.testing.assert_array_equal(values, 1)
    assert (beside.errors > 0).all()


def test_a_repetition_measures_nothing_and_the_order_of_blocks_changes_nothing(moons, evaluate):
    whole = plan(moons, BackendSpec(shots=10**6))
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


def test_a_damaged_block_is_measured_again_and_counts_as_computed(moons, evaluate):
    whole = plan(moons, BATCHED)
    (receipt,) = evaluate(whole).receipts
    store = open_store(whole.store)
    store.put(receipt.path, store.get(receipt.path)[:-9] + bytes(9))
    again = evaluate(whole, stored=whole.blocks)
    assert (again.computed, again.reused) == (1, 0)
    assert again.receipts[0].logical_digest == receipt.logical_digest


def test_blocks_of_an_earlier_attempt_of_the_task_count_as_computed(moons, evaluate):
    whole = plan(moons, BATCHED)
    evaluate(whole)
    assert evaluate(whole, stored=()).computed == 1


def test_float32_is_stored_as_such_and_measured_in_full(moons, evaluate, drawn):
    whole = plan(moons, BackendSpec(shots=1000, storage="float32"))
    (receipt,) = evaluate(whole).receipts
    assert receipt.dtype == "float32"
    values, beside = drawn(whole, receipt)
    np.testing.assert_allclose(values, beside.corrected, rtol=1e-7)


def test_a_paid_block_is_one_job_with_its_calibration_and_is_settled(
    braket, ledger, moons, evaluate, quick, spent
):
    whole = plan(moons, garnet(500))
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
    assert spent() == said["bill"] == 300_000 + 1500 * 1450
    assert ledger.audit() == ()


def test_a_paid_block_that_was_lost_is_fetched_and_not_bought_again(
    braket, ledger, moons, evaluate, quick
):
    """Killed after settling and before storing, or damaged since: recalibrated in between."""
    whole = plan(moons, garnet(500))
    (receipt,) = evaluate(whole, blocks=((1, 1),)).receipts
    store = open_store(whole.store)
    store.delete(receipt_path(whole.key, (1, 1)))
    braket.control(updated_at="2020-01-01T00:00:00Z", status="OFFLINE")
    (again,) = evaluate(whole, blocks=((1, 1),)).receipts
    assert (again.logical_digest, again.job) == (receipt.logical_digest, receipt.job)
    assert again.calibration == receipt.calibration
    assert braket.control()["creates"] == 1


def test_a_block_found_meanwhile_is_adopted(moons, evaluate):
    """Two runs measure one block at the same time: both end with the same one."""
    whole = plan(moons, BATCHED)
    first = evaluate(whole).receipts
    assert evaluate(whole).receipts == first
    assert find_block(open_store(whole.store), whole.key, (0, 0)) == first[0]
