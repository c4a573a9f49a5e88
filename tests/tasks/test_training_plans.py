"""Plans of trainings: one per split; what cannot be trained is refused before it is paid for."""

import pytest

from qml_core.errors import DataError, SpecError
from qml_core.specs import BackendSpec, CircuitSpec, DatasetSpec, ModelSpec, RunSpec, TrainingSpec
from tasks import training_plans
from tasks.datasets import load_dataset, load_splits
from tasks.training_plans import evaluations_of, plan_trainings

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=1000)


def model(name="vqc", circuit=None, **training):
    return ModelSpec(
        name=name, circuit=CircuitSpec(**(circuit or {})), training=TrainingSpec(**training)
    )


def plan(data, asked=None, backend=None, run=None):
    (found,) = plan_trainings.fn(
        (data,), asked or model(), backend or BackendSpec(), run or RunSpec()
    )
    return found


@pytest.fixture
def wine(ledger):
    """3 classes, 4 features."""
    return load_dataset.fn(DatasetSpec(name="wine", preprocessing={"n_components": 4}))


@pytest.fixture
def quantity(ledger):
    return load_dataset.fn(DatasetSpec(name="diabetes", preprocessing={"n_components": 2}))


def test_every_split_has_a_training_of_its_own(ledger):
    splits = load_splits.fn(DatasetSpec(name="moons", parameters={"n_samples": 40}))
    plans = plan_trainings.fn(splits, model(), BackendSpec(), RunSpec(seed=3))
    assert len({found.key for found in plans}) == len(splits) == 5
    assert {found.seed for found in plans} == {3}
    assert [found.data for found in plans] == list(splits)


def test_a_plan_says_what_is_trained(moons):
    """Two layers of 3 rotations on each of 2 qubits; 9 training rows, 2 of them to validate."""
    found = plan(moons, model(epochs=4))
    assert (found.n_qubits, found.n_parameters, found.segments[-1]) == (2, 12, 4)
    assert (found.measured, found.estimate.usd, found.estimate.shots) == (False, 0.0, 0)
    assert found.estimate.circuits == 4 * (7 + 2) + 3
    assert found.estimate.seconds > 0
    assert found.estimate.state_bytes > 0


def test_the_circuits_of_a_measured_training_are_counted_with_their_shifts(moons):
    """Every row with the shifted circuits of its gradient, then validation and held-out rows."""
    found = plan(moons, model(circuit={"layers": 1}, epochs=3, batch_size=2), GARNET)
    per_epoch = [e for e in evaluations_of(found).of_epoch(1) if "step" in e.part]
    assert [e.rows for e in per_epoch] == [2, 2, 2, 1]
    per_row = {e.circuits / e.rows for e in per_epoch}
    assert len(per_row) == 1
    assert found.estimate.circuits == 3 * (7 * per_row.pop() + 2) + 3
    assert found.estimate.shots == 1000 * found.estimate.circuits
    assert found.groups == 1


def test_more_epochs_are_the_same_training_with_more_segments(moons):
    short, long = plan(moons, model(epochs=4), GARNET), plan(moons, model(epochs=6), GARNET)
    assert short.key == long.key
    assert short.segments == long.segments[: len(short.segments)]
    assert short.estimate.circuits < long.estimate.circuits


def test_other_validation_rows_are_another_training(moons):
    assert plan(moons).key != plan(moons, run=RunSpec(seed=1)).key


def refused(data, asked, backend=None):
    with pytest.raises((SpecError, DataError)) as caught:
        plan(data, asked, backend)
    return f"{caught.value.message}; {caught.value.remedy}"


def test_a_model_for_another_task_is_refused(moons, quantity):
    assert "use model.name=vqr" in refused(quantity, model())
    assert "use model.name=vqc" in refused(moons, model("vqr"))


def test_more_classes_than_outcomes_are_refused(wine):
    found = refused(wine, model(circuit={"measurement": {"kind": "parity"}}))
    assert "3 classes" in found
    assert "kind=z" in found
    plan(wine)


def test_more_features_than_slots_name_both_ways_out(wine):
    found = refused(wine, model(circuit={"encoding": {"name": "angle", "n_qubits": 2}}))
    for said in ("4 features", "n_qubits=2", "preprocessing.n_components", "model.name=hybrid"):
        assert said in found
    hybrid = model("hybrid", circuit={"encoding": {"name": "angle", "n_qubits": 2}})
    assert plan(wine, hybrid).n_qubits == 2


def test_a_batch_of_more_rows_than_there_are_is_refused(moons):
    found = refused(moons, model(batch_size=8))
    assert "batch_size=8" in found
    assert "7" in found


def test_a_loss_for_another_task_is_refused(moons, wine, quantity):
    assert "loss" in refused(moons, model(loss="squared"))
    assert "two classes" in refused(wine, model(loss="linear"))


def test_rotosolve_on_shared_angles_is_refused(moons):
    asked = model(
        optimiser="rotosolve", loss="linear", circuit={"ansatz": "reuploading", "layers": 2}
    )
    assert "rotosolve" in refused(moons, asked)


def test_natural_gradients_of_what_has_no_blocks_are_refused(moons):
    encoding = {"name": "iqp", "reps": 2}
    asked = model(optimiser="qng", circuit={"ansatz": "reuploading", "encoding": encoding})
    assert "metric" in refused(moons, asked)


def test_features_that_cannot_be_encoded_are_refused(moons, monkeypatch):
    real = training_plans.read_columns

    def zeros(data, role, *names):
        return [0 * found if role == "all" else found for found in real(data, role, *names)]

    monkeypatch.setattr(training_plans, "read_columns", zeros)
    assert "amplitude" in refused(moons, model(circuit={"encoding": {"name": "amplitude"}}))


def test_one_class_among_the_training_rows_is_refused(moons, monkeypatch):
    real = training_plans.read_columns

    def one_class(data, role, *names):
        found = zip(names, real(data, role, *names), strict=True)
        return [0 * column if name == "y" else column for name, column in found]

    monkeypatch.setattr(training_plans, "read_columns", one_class)
    assert "1 class" in refused(moons, model())
