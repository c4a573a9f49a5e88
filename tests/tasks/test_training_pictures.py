"""Pictures of trainings say what the store holds of them."""

import numpy as np
import pytest
import torch

from qml_core.evaluation.report import render
from qml_core.evaluation.report.content import ReportContent
from qml_core.models.network import build_network
from qml_core.models.probabilities import class_probabilities
from qml_core.references import (
    CircuitOutcome,
    Estimate,
    Interval,
    ModelRef,
    TrainedCircuit,
    TrainingPlan,
)
from qml_core.specs import BackendSpec, CircuitSpec, DatasetSpec, ModelSpec, TrainingSpec
from qml_core.storage.checkpoint_document import network_shape
from qml_core.storage.checkpoints import put_checkpoint
from qml_core.storage.datasets import put_arrays
from qml_core.storage.histories import put_history
from qml_core.storage.store import open_store
from qml_core.training.loop import load_best, train
from tasks.datasets import load_splits, read_columns
from tasks.training_pictures import (
    boundary_picture,
    circuit_picture_of,
    reliability_picture,
    training_picture,
    training_sections,
)
from tasks.trainings import training_data

MODEL = ModelSpec(
    name="vqc",
    circuit=CircuitSpec(ansatz="reuploading", layers=2),
    training=TrainingSpec(epochs=3, batch_size=8),
)


@pytest.fixture
def splits(ledger):
    """Two splits of 24 rows of two features."""
    dataset = DatasetSpec(name="moons", parameters={"n_samples": 24})
    return load_splits.fn(
        dataset.model_copy(update={"split": dataset.split.model_copy(update={"repeats": 2})})
    )


def plan_of(data, model=MODEL):
    return TrainingPlan(
        key="a" * 63 + str(data.split_seed),
        data=data,
        model=model,
        backend=BackendSpec(),
        seed=5,
        n_qubits=2,
        n_parameters=16,
        segments=(3,),
        estimate=Estimate.model_construct(),
    )


def outcome_of(plan, stopped=""):
    """Trained for three epochs, and what the best parameters say of the held-out rows."""
    data, store = plan.data, open_store(plan.data.store)
    network = build_network(
        plan.model, data.task, data.features, 2, np.random.default_rng(plan.seed)
    )
    rows, _ = training_data(plan)
    state = train(network, rows, plan.model.training, task=data.task, seed=plan.seed)
    load_best(network, state)
    shape = network_shape(plan.model, dict(network.named_parameters()))
    X, y = read_columns(data, "test", "x", "y")
    with torch.no_grad():
        P = class_probabilities(network(torch.from_numpy(X)).numpy(), "auto")
    columns = {
        "y_true": y,
        "y_pred": P.argmax(1).astype(float),
        "y_baseline": y,
        "probabilities": P,
    }
    nothing = {"accuracy": Interval(value=0.5)}
    outcome = CircuitOutcome(
        data=data,
        training=TrainedCircuit(
            plan_key=plan.key,
            checkpoint=put_checkpoint(store, plan.key, state, shape),
            history=put_history(store, state.history),
            epochs=state.epoch,
            best_epoch=state.best.epoch,
            n_parameters=network.circuit.n_parameters,
            n_train=len(rows.X),
            n_validation=len(rows.X_validation),
            stopped=stopped,
            seconds=1.0,
        ),
        model=ModelRef(store=data.store, path="m", sha256="0" * 64, name="vqc", split_seed=0),
        predictions=put_arrays(store, "predictions", columns, {}),
        metrics=nothing,
        baseline_metrics=nothing,
        baseline_parameters={"C": 1.0},
        baseline_inner_score=0.9,
        seconds=1.0,
    )
    return outcome, state, network, P, y


def test_sections_hold_histories_angles_probabilities_and_the_map_of_the_best_epoch(
    splits, binary_content
):
    plans = [plan_of(data) for data in splits]
    (first, state, network, P, y), (second, *_, P2, y2) = map(outcome_of, plans)
    sections = training_sections(plans, [first, second])

    training = sections["training"]
    assert training.first["loss"].tolist() == [r.loss for r in state.history]
    assert training.first.layer_norms.tolist() == [list(r.layer_norms) for r in state.history]
    assert (training.first.best_epoch, training.trained) == (state.best.epoch, "3")
    angles = ~np.array(network.circuit.is_factor)
    assert training.parameters.after.tolist() == network.theta.detach().numpy()[angles].tolist()
    start = build_network(MODEL, "classification", 2, 2, np.random.default_rng(5))
    assert training.parameters.before.tolist() == start.theta.detach().numpy()[angles].tolist()
    assert training.parameters.factors == 4

    (curve,) = sections["reliability"].curves
    stated, truth = np.concatenate([P, P2])[:, 1], np.concatenate([y, y2])
    assert curve.brier == pytest.approx(np.mean((stated - truth) ** 2))

    found = sections["boundary"]
    with torch.no_grad():
        corner = torch.tensor([[found.x[-1], found.y[0]]])
        expected = class_probabilities(network(corner).numpy(), "auto")[0]
    assert found.probabilities[0, -1] == pytest.approx(expected, abs=1e-12)
    assert found.held_out.sum() == splits[0].n_test
    assert len(render(binary_content(sections)).encode()) < 2_000_000


@pytest.fixture
def binary_content():
    """A page of nothing but the sections."""
    from datetime import datetime

    def content(sections) -> ReportContent:
        return ReportContent("t", "r", datetime(2026, 1, 1), "v", "c", {}, {}, **sections)

    return content


def test_a_reason_to_stop_and_epochs_that_are_missing_are_told(splits):
    outcome, *_ = outcome_of(plan_of(splits[0]), stopped="no better loss in 2 epochs")
    training = training_picture([outcome], shots=100, asked_epochs=9)
    assert training.sentences == ("Ended after epoch 3: no better loss in 2 epochs.",)
    assert training.trained == "3 of 9"
    assert training.shots == 0


def test_a_training_without_an_epoch_has_no_picture(splits):
    outcome, *_ = outcome_of(plan_of(splits[0]))
    none = outcome.training.model_copy(update={"epochs": 0})
    assert training_picture([outcome.model_copy(update={"training": none})]) is None


@pytest.mark.parametrize(
    ("changes", "picture"),
    [({"features": 3}, False), ({"task": "regression"}, False), ({}, True)],
)
def test_only_classifiers_of_two_features_have_a_map(splits, changes, picture):
    data = splits[0].model_copy(update=changes)
    found = boundary_picture(data, lambda X: np.full((len(X), 2), 0.5))
    assert (found is not None) == picture


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"reduce": "none", "scale": "minmax"}, ("x0, radians", "x1, radians")),
        ({"reduce": "pca", "scale": "none"}, ("component 1", "component 2")),
        (
            {"reduce": "select", "scale": "standard"},
            ("selected feature 1, standard deviations", "selected feature 2, standard deviations"),
        ),
    ],
)
def test_axes_are_named_after_what_the_features_are_and_their_units(splits, asked, names):
    preprocessing = splits[0].preprocessing_asked.model_copy(update=asked)
    data = splits[0].model_copy(update={"preprocessing_asked": preprocessing})
    found = boundary_picture(data, lambda X: np.full((len(X), 2), 0.5))
    assert (found.x_name, found.y_name) == names


def test_predictions_without_probabilities_have_no_calibration(splits):
    outcome, *_, y = outcome_of(plan_of(splits[0]))
    plain = put_arrays(open_store(splits[0].store), "predictions", {"y_true": y}, {})
    assert reliability_picture([outcome.model_copy(update={"predictions": plain})], "VQC") is None


def test_the_circuit_is_drawn_with_its_ansatz_layers_and_measurement(splits):
    picture = circuit_picture_of(MODEL, splits[0])
    assert (picture.n_qubits, picture.layers, picture.ansatz) == (2, 2, "reuploading")
    assert picture.measurement == "⟨Z0⟩"
    assert "1 of 2 layers" in picture.drawing
    hybrid = ModelSpec(name="hybrid", hidden=(5,))
    told = circuit_picture_of(hybrid, splits[0])
    assert told.notes[0].startswith("A classical encoder, 2 → 5 → 4, makes the angles")
    assert told.measurement == "⟨Z0⟩, ⟨Z1⟩, ⟨Z2⟩, ⟨Z3⟩"
