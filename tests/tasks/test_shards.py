"""Shards: state vectors stay between shards of one plan, errors of the store end the shard."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from qml_core.budget.gate import open_gate
from qml_core.errors import StorageUnavailable
from qml_core.kernels import kernel_matrix
from qml_core.kernels.planning import plan_kernel
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.blocks import put_block
from tasks import shards
from tasks.datasets import load_dataset, read_columns
from tasks.kernel import evaluate_shard

KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1})


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    data = load_dataset.fn(DatasetSpec(name="moons", parameters={"n_samples": 700}))
    return plan_kernel(data, KERNEL, BackendSpec(), RunSpec())


@pytest.fixture
def grant(plan):
    from datetime import datetime, timezone

    return open_gate(plan, 2**30, datetime(2026, 1, 1, tzinfo=timezone.utc))


def test_blocks_are_those_of_the_whole_matrix_bit_for_bit(plan, grant):
    (X,) = read_columns(plan.data, "all", "x")
    K = kernel_matrix(X, kernel=KERNEL)
    shard = shards.Shard(plan.head, grant)
    for i, j in plan.blocks:
        values, _ = shard.evaluate((i, j))
        rows, columns = (slice(512 * k, min(512 * (k + 1), 700)) for k in (i, j))
        np.testing.assert_array_equal(values, K[rows, columns])


def test_no_state_vector_is_computed_twice_by_the_shards_of_a_plan(plan, grant, monkeypatch):
    computed = []
    states = shards.open_kernel(KERNEL, BackendSpec(), 2).represent

    def counted(self, X):
        computed.append(len(X))
        return states(X)

    monkeypatch.setattr(type(shards.open_kernel(KERNEL, BackendSpec(), 2)), "represent", counted)

    def run():
        for block in plan.blocks:
            shards.Shard(plan.head, grant).evaluate(block)

    thread = threading.Thread(target=run)  # a worker thread of its own, as in a task runner
    thread.start()
    thread.join()
    assert sorted(computed) == [188, 512]


def test_an_error_of_the_store_ends_the_workers_and_is_not_swallowed(plan, grant, monkeypatch):
    def refuse(*arguments):
        raise StorageUnavailable("the store does not answer")

    monkeypatch.setattr(shards, "put_block", refuse)
    before = torch.get_num_threads()
    shard = shards.Shard(plan.head, grant, workers=2)
    try:
        torch.set_num_threads(4)  # which the two workers share meanwhile
        with pytest.raises(StorageUnavailable), shards.Workers(shard, None, 4) as workers:
            workers.put((0, 0))
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)


def test_workers_share_the_states_and_give_the_blocks_one_thread_gives(plan, grant):
    alone, together = shards.Shard(plan.head, grant), shards.Shard(plan.head, grant, workers=3)
    together.open()
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(together.evaluate, plan.blocks))
    for block, (values, _) in zip(plan.blocks, found, strict=True):
        np.testing.assert_allclose(values, alone.evaluate(block)[0], rtol=1e-13, atol=1e-15)


def test_blocks_of_an_earlier_attempt_of_the_task_count_as_computed(plan, grant, monkeypatch):
    calls = []

    def fail_once(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise StorageUnavailable("for a moment")
        return put_block(*arguments)

    monkeypatch.setattr(shards, "put_block", fail_once)
    with pytest.raises(StorageUnavailable):
        evaluate_shard.fn(plan.blocks, plan.head, grant)
    again = evaluate_shard.fn(plan.blocks, plan.head, grant)
    assert (again.computed, again.reused) == (3, 0)
    later = evaluate_shard.fn(plan.blocks, plan.head, grant, stored=plan.blocks)
    assert (later.computed, later.reused) == (0, 3)
