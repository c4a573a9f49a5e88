"""Plans of trainings: a key of all that changes the parameters, segments that do not move."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.references import ArtifactRef, DatasetRef
from qml_core.specs import BackendSpec, CircuitSpec, ModelSpec, RunSpec, TrainingSpec
from qml_core.training.planning import MOST_SEGMENTS, segments, training_key

SHA = "a" * 64


def data(sha256=SHA, **more):
    fitted = ArtifactRef(store="file:///s", path="p.json", sha256="b" * 64)
    return DatasetRef(
        store="file:///s", path="d", sha256=sha256, name="n", digest="c" * 64,
        task="classification", rows=10, features=2, raw_columns=("a", "b"), target="y",
        classes=("0", "1"), n_train=8, n_test=2, split_seed=0, preprocessing=fitted, **more,
    )  # fmt: skip


def model(name="vqc", circuit=None, hidden=None, **training):
    more = {} if hidden is None else {"hidden": hidden}
    return ModelSpec(
        name=name, circuit=CircuitSpec(**(circuit or {})), training=TrainingSpec(**training), **more
    )


def key(found=None, asked=None, backend=None, noise=None, n_qubits=2, **run):
    return training_key(
        found or data(), asked or model(), n_qubits, backend or BackendSpec(), RunSpec(**run), noise
    )


@pytest.mark.parametrize(
    "same",
    [
        {"found": data().model_copy(update={"store": "s3://elsewhere", "name": "other"})},
        {"asked": model(epochs=99)},
        {"asked": model(checkpoint_epochs=1, checkpoint_s=1.0)},
        {"asked": model(circuit={"encoding": {"name": "angle", "n_qubits": 2}})},
        {"asked": model(damping=0.5)},
        {"asked": model(perturbation=0.5)},
        {"asked": model(decay=0.5)},
        {"project": "other", "task_runner": "dask", "on_refusal": "wait"},
        {"backend": BackendSpec(storage="float32")},
        {"asked": model(loss="cross_entropy")},
    ],
)
def test_what_changes_no_parameter_is_not_in_the_key(same):
    assert key(**same) == key()


@pytest.mark.parametrize(
    "other",
    [
        {"found": data("d" * 64)},
        {"asked": model("hybrid")},
        {"asked": model(circuit={"layers": 3})},
        {"asked": model(circuit={"ansatz": "real_amplitudes"})},
        {"asked": model(circuit={"encoding": {"name": "angle", "bandwidth": 0.5}})},
        {"asked": model(circuit={"measurement": {"kind": "parity"}})},
        {"n_qubits": 3},
        {"asked": model(optimiser="sgd")},
        {"asked": model(learning_rate=0.1)},
        {"asked": model(batch_size=4)},
        {"asked": model(gradient="shift")},
        {"asked": model(loss="linear")},
        {"asked": model(initialisation="small")},
        {"asked": model(layerwise=2)},
        {"asked": model(validation=0.3)},
        {"asked": model(patience=3)},
        {"asked": model(schedule="cosine")},
        {"asked": model(schedule="exponential")},
        {"seed": 1},
        {"remeasure": 1},
        {"backend": BackendSpec(precision="single")},
        {"backend": BackendSpec(name="default.qubit")},
        {"backend": BackendSpec(shots=100)},
        {"noise": "e" * 64},
    ],
)
def test_what_changes_the_parameters_is(other):
    assert key(**other) != key()


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"schedule": "cosine", "epochs": 10}, {"schedule": "cosine", "epochs": 20}),
        ({"schedule": "exponential", "decay": 0.9}, {"schedule": "exponential", "decay": 0.8}),
        ({"optimiser": "qng", "damping": 0.1}, {"optimiser": "qng", "damping": 0.2}),
        ({"optimiser": "spsa", "perturbation": 0.1}, {"optimiser": "spsa", "perturbation": 0.2}),
        ({"gradient": "spsa", "perturbation": 0.1}, {"gradient": "spsa", "perturbation": 0.2}),
    ],
)
def test_a_field_in_use_is_in_the_key(one, two):
    assert key(asked=model(**one)) != key(asked=model(**two))


def test_shots_and_their_correction_are_in_the_key_of_a_measured_training():
    garnet = BackendSpec(name="braket.iqm.Garnet", shots=100)
    raw = garnet.model_copy(update={"corrections": ()})
    only = garnet.model_copy(update={"corrections": ("readout",)})
    more = garnet.model_copy(update={"shots": 200})
    found = [key(backend=b) for b in (garnet, raw, only, more)]
    assert found[0] == found[2]
    assert len(set(found)) == 3


def test_the_gradient_that_auto_stands_for_is_no_other_training_to_be_bought_again():
    garnet = BackendSpec(name="braket.iqm.Garnet", shots=100)
    assert key(backend=garnet) == key(backend=garnet, asked=model(gradient="shift"))
    assert key() != key(asked=model(gradient="shift"))


def test_the_layers_of_the_encoder_are_those_of_hybrid():
    assert key(asked=model("hybrid")) != key(asked=model("hybrid", hidden=(8,)))


@given(epochs=st.integers(1, 10**5), seconds=st.floats(0, 1e4))
def test_segments_end_with_the_epochs_and_are_few(epochs, seconds):
    found = segments(epochs, seconds)
    assert found[-1] == epochs
    assert list(found) == sorted(set(found))
    assert found[0] >= 1
    assert len(found) <= MOST_SEGMENTS


@given(epochs=st.integers(1, 2000), more=st.integers(1, 2000), seconds=st.floats(0, 1e4))
def test_more_epochs_move_no_end_but_leave_some_out(epochs, more, seconds):
    before, after = segments(epochs, seconds), segments(epochs + more, seconds)
    assert {end for end in after if end < epochs} <= set(before)


def test_long_epochs_are_tasks_of_their_own_and_short_ones_share_one():
    assert segments(5, 60.0) == (1, 2, 3, 4, 5)
    assert segments(5, 0.001) == (5,)
    assert segments(30, 60.0) == (*range(2, 30, 2), 30)
