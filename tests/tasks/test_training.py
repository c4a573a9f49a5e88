"""Kernel training as a task: the training rows of a split, and nothing else."""

import pytest

from qml_core.errors import Refused, SpecError
from qml_core.events import StageStarted, StepDone, listening
from qml_core.references import CandidateKernel
from qml_core.specs import BackendSpec, DatasetSpec, ModelSpec, RunSpec
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.store import open_store
from tasks.datasets import load_splits
from tasks.training import train_kernels

WINE = DatasetSpec(name="wine", preprocessing={"n_components": 3}, split={"repeats": 2})
MODEL = ModelSpec(bandwidths=(0.2, 0.5), kernel_training=3)


@pytest.fixture
def splits(tmp_path, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    return load_splits.fn(WINE)


def trained(splits, model=MODEL, run=RunSpec()):
    return train_kernels.fn(splits, model, BackendSpec(), run)


def kernels(candidates):
    return [c.kernel for own in candidates for c in own]


def heard(splits, **arguments):
    events = []
    with listening(events.append):
        trained(splits, **arguments)
    return events


def changed(split, role):
    """The split with other features and labels in the rows of one role."""
    arrays = dict(get_arrays(split))
    rows = arrays["role"] == role
    for name in ("x", "raw", "y"):
        values = arrays[name].copy()
        values[rows] = values[rows][::-1] if name == "y" else -3 * values[rows]
        arrays[name] = values
    stored = put_arrays(open_store(split.store), "datasets", arrays, {})
    return split.model_copy(update={"path": stored.path, "sha256": stored.sha256})


def test_the_held_out_rows_change_nothing_and_the_training_rows_do(splits):
    found = kernels(trained(splits[:1]))
    assert kernels(trained([changed(splits[0], role=1)])) == found
    assert kernels(trained([changed(splits[0], role=0)])) != found


def test_every_kernel_of_the_grid_is_trained_on_every_split(splits):
    found = trained(splits)
    assert [len(own) for own in found] == [2, 2]
    assert len(set(kernels(found))) == 4
    for own in found:
        for start, candidate in zip(MODEL.bandwidths, own, strict=True):
            training = candidate.training
            assert (training.bandwidth, training.steps, training.rows) == (start, 3, 142)
            assert training.after > training.before
            assert len(candidate.kernel.encoding.weights) == 3


def test_steps_are_told_and_a_repetition_finds_the_kernels_in_the_store(splits):
    first = heard(splits)
    assert first == [StageStarted("train kernels", 12), *[StepDone()] * 12]
    assert heard(splits)[1:] == [StepDone(reused=True)] * 12
    again = trained(splits)
    assert [c.training.seconds for own in again for c in own] == [0.0] * 4
    assert heard(splits, run=RunSpec(seed=1))[1:] == [StepDone()] * 12


def test_without_training_the_candidates_are_those_asked_for(splits):
    model = ModelSpec(bandwidths=(0.2, 0.5))
    expected = tuple(CandidateKernel(kernel=k) for k in model.candidate_kernels())
    assert trained(splits, model) == (expected, expected)
    assert heard(splits, model=model) == []


def test_landmarks_stay_with_the_trained_kernel(splits):
    model = MODEL.model_copy(
        update={"kernel": MODEL.kernel.model_copy(update={"landmarks": 9}), "bandwidths": (0.5,)}
    )
    (found,) = trained(splits[:1], model)[0]
    (exact,) = trained(splits[:1], MODEL.model_copy(update={"bandwidths": (0.5,)}))[0]
    assert found.kernel.landmarks == 9
    assert found.kernel.encoding == exact.kernel.encoding


def test_what_could_not_be_used_is_refused_before_a_step(splits, monkeypatch):
    with pytest.raises(SpecError, match="is for regression"):
        trained(splits, ModelSpec(name="qsvr", kernel_training=3))
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))
    large = load_splits.fn(DatasetSpec(name="moons", parameters={"n_samples": 500}))
    with pytest.raises(Refused, match="training on a kernel matrix of 400 × 400") as caught:
        trained(large)
    assert "landmarks=" in caught.value.remedy


def test_measured_anew_the_kernels_are_trained_again_and_are_the_same(splits):
    found = kernels(trained(splits[:1]))
    assert heard(splits[:1], run=RunSpec(remeasure=1))[1:] == [StepDone()] * 6
    assert kernels(trained(splits[:1], run=RunSpec(remeasure=1))) == found
