"""Trainings in segments: repeated, extended, cut short, finished early, on other workers."""

import math
import time

import pytest
import torch
from straight_trainings import MOONS, bits, epochs_in, model_of, outcome_of, result

from flows.train import train
from qml_core.errors import StorageUnavailable
from qml_core.specs import DatasetSpec, RunSpec
from tasks import segments
from tasks.segments import train_segment


@pytest.mark.prefect
def test_a_segment_that_fails_is_repeated_and_finished_ones_are_not(
    prefect_server, stores, short_segments, parts, monkeypatch
):
    stores("failing")
    put, failures = segments.put_checkpoint, ["once", "twice"]

    def unavailable(store, key, state, shape):
        if state.epoch == 3 and failures:
            raise StorageUnavailable(failures.pop())
        return put(store, key, state, shape)

    monkeypatch.setattr(segments, "put_checkpoint", unavailable)
    monkeypatch.setattr(train_segment, "retry_delay_seconds", [0.01] * 3)
    state = train(MOONS, model_of(), return_state=True)
    run = state.result()
    counts = run_counts(state.state_details.flow_run_id, "train-segment", 4)
    assert counts == [1, 1, 3, 1]
    steps = [part for part in parts if " step " in part]
    repeated = {part for part in steps if steps.count(part) > 1}
    assert repeated == {f"epoch 3 step {step}" for step in (1, 2, 3)}
    stores("undisturbed")
    undisturbed = outcome_of(model_of())
    assert bits(run.trainings[0]) == bits(undisturbed.training)
    assert run.models[0].sha256 == undisturbed.model.sha256


def run_counts(flow_run, name, number):
    """How often each task of a flow ran, in the order they began; the server hears of it late."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter

    only = FlowRunFilter.model_validate({"id": {"any_": [flow_run]}})
    give_up = time.monotonic() + 30
    while True:
        with get_client(sync_client=True) as client:
            found = [t for t in client.read_task_runs(flow_run_filter=only) if name in t.name]
        if len(found) == number and all(t.state and t.state.is_completed() for t in found):
            return [t.run_count for t in sorted(found, key=lambda t: t.start_time)]
        assert time.monotonic() < give_up, [(t.name, t.state_type) for t in found]
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.prefect
def test_a_dask_cluster_trains_the_same_bits(prefect_server, stores, short_segments):
    data = DatasetSpec(name="moons", parameters={"n_samples": 60}, split={"repeats": 2})
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as the workers have it
    try:
        stores("threads")
        here = train(data, model_of())
    finally:
        torch.set_num_threads(threads)
    stores("dask")
    there = train(data, model_of(), run=RunSpec(task_runner="dask"))
    assert [bits(t) for t in there.trainings] == [bits(t) for t in here.trainings]
    assert [m.sha256 for m in there.models] == [m.sha256 for m in here.models]


@pytest.mark.parametrize(
    "training",
    [{}, {"optimiser": "lbfgs"}, {"optimiser": "cobyla"}, {"layerwise": 1}, {"patience": 50}],
    ids=["adam", "lbfgs", "cobyla", "layerwise", "patient"],
)
def test_more_epochs_train_only_those_and_end_where_all_at_once_end(
    stores, short_segments, parts, training
):
    stores("extended")
    short = outcome_of(model_of(epochs=2, **training))
    parts.clear()
    extended = outcome_of(model_of(epochs=5, **training))
    asked = {int(part.split()[1]) for part in parts if part.startswith("epoch")}
    assert asked == {3, 4, 5}
    assert (short.training.reused, extended.training.reused) == (0, 2)
    assert extended.training.plan_key == short.training.plan_key
    stores("at once")
    assert result(outcome_of(model_of(epochs=5, **training))) == result(extended)


@pytest.mark.parametrize("kept", [True, False], ids=["end of a segment", "checkpoint is gone"])
def test_fewer_epochs_than_stored_give_the_result_of_so_many(stores, monkeypatch, parts, kept):
    monkeypatch.setattr("qml_core.training.planning.SHORT_SEGMENT", 0.0 if kept else math.inf)
    stores("longer")
    longer = outcome_of(model_of(epochs=8, checkpoint_epochs=1))
    parts.clear()
    shorter = outcome_of(model_of(epochs=3, checkpoint_epochs=1))
    assert epochs_in(parts) == ([] if kept else [1, 2, 3])
    assert shorter.training.epochs == 3
    assert result(outcome_of(model_of(epochs=8, checkpoint_epochs=1))) == result(longer)
    stores("so many")
    assert result(outcome_of(model_of(epochs=3))) == result(shorter)


def test_the_end_of_a_cosine_schedule_makes_another_training(stores):
    stores("one")
    two, three = (outcome_of(model_of(epochs=n, schedule="cosine")) for n in (2, 3))
    assert two.training.plan_key != three.training.plan_key
    assert three.training.reused == 0


def test_a_training_that_stopped_early_stays_finished(stores, short_segments, parts):
    stores("stopped")
    stopping = {"patience": 1, "learning_rate": 1.0, "validation": 0.3}
    first = outcome_of(model_of(epochs=30, **stopping))
    assert "no better validation loss" in first.training.stopped
    assert first.training.best_epoch == first.training.epochs - 1 < 29
    parts.clear()
    for epochs in (30, 60):
        again = outcome_of(model_of(epochs=epochs, **stopping))
        assert again.training.reused == first.training.epochs
        assert result(again) == result(first)
    assert epochs_in(parts) == []
