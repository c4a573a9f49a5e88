"""What a training of a circuit leaves: its history, and a model that predicts the same."""

from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
import torch
from straight_trainings import ONE, model_of, outcome_of

from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.splits import split_roles
from qml_core.models.probabilities import class_probabilities
from qml_core.specs import BackendSpec, DatasetSpec, RunSpec
from qml_core.storage.datasets import get_arrays
from qml_core.storage.models import get_model
from tasks.datasets import load_splits, read_columns
from tasks.training_plans import plan_trainings


def test_the_history_is_a_parquet_file_of_one_row_per_epoch(stores):
    stores("history")
    outcome = outcome_of(model_of(circuit={"layers": 2}, epochs=6))
    found = pd.read_parquet(Path(urlsplit(outcome.training.history.uri).path))
    assert found["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    finite = ("loss", "score", "validation_loss", "validation_score", "learning_rate")
    gradients = ("gradient_norm", "gradient_variance", "movement", "seconds")
    for name in (*finite, *gradients):
        assert np.isfinite(found[name]).all(), name
    assert (found["movement"] > 0).all()
    assert np.stack(found["layer_norms"]).shape == (6, 2)
    np.testing.assert_allclose(
        (np.stack(found["layer_norms"]) ** 2).sum(axis=1), found["gradient_norm"] ** 2
    )
    assert found["seconds"].sum() == pytest.approx(outcome.training.seconds)
    assert found["circuits"].tolist() == [0] * 6
    assert found["usd"].tolist() == [0.0] * 6
    assert found["loss"].iloc[-1] < found["loss"].iloc[0]


def test_with_shots_the_history_counts_the_circuits_that_were_estimated(stores):
    stores("shots")
    data = DatasetSpec(name="moons", parameters={"n_samples": 20}, split=ONE)
    backend, model = BackendSpec(shots=50), model_of(epochs=2, batch_size=5)
    outcome = outcome_of(model, data, backend)
    (plan,) = plan_trainings.fn(load_splits.fn(data), model, backend, RunSpec())
    found = pd.read_parquet(Path(urlsplit(outcome.training.history.uri).path))
    assert outcome.training.circuits == plan.estimate.circuits
    assert found["circuits"].sum() == plan.estimate.circuits - plan.data.n_test
    assert np.isfinite(found["signal_to_noise"]).all()


DATA = {
    "breast_cancer": {"preprocessing": {"n_components": 4}, "split": ONE},
    "diabetes": {"preprocessing": {"n_components": 3}, "split": ONE},
    "iris": {"preprocessing": {"n_components": 3}, "split": ONE},
    "moons": {"parameters": {"n_samples": 200}, "split": ONE},
}
MODELS = {
    "hybrid classifier": ("breast_cancer", {"name": "hybrid", "hidden": (8,)}, 0.85),
    "hybrid classifier of three classes": ("iris", {"name": "hybrid", "pretraining": 2}, 0.6),
    "hybrid regressor": ("diabetes", {"name": "hybrid", "hidden": (8,)}, 0.1),
    "vqr": ("diabetes", {"name": "vqr", "circuit": {"layers": 2}}, 0.15),
    "vqc of three classes": ("iris", {"learning_rate": 0.2, "circuit": {"layers": 2}}, 0.6),
    "reuploading": (
        "moons",
        {"circuit": {"ansatz": "reuploading", "layers": 4}, "learning_rate": 0.2},
        0.75,
    ),
    "tree": (
        "breast_cancer",
        {"circuit": {"ansatz": "tree", "measurement": {"qubits": [0]}}, "learning_rate": 0.2},
        0.7,
    ),
}


@pytest.mark.parametrize("case", MODELS)
def test_the_stored_model_says_of_the_held_out_rows_what_the_run_said(stores, case):
    name, asked, floor = MODELS[case]
    data = DatasetSpec(name=name, **DATA[name])
    stores("models")
    outcome = outcome_of(model_of(**{"epochs": 8, **asked}), data)
    table = load_table(data)
    roles = split_roles(table.y, table.task, data.split.test_size, outcome.model.split_seed)
    held_out, y_test = table.features[roles == 1], table.y[roles == 1]
    model, stored = get_model(outcome.model), get_arrays(outcome.predictions)
    predicted = model.predict(held_out)
    baseline = get_model(outcome.baseline_model).predict(held_out)
    np.testing.assert_array_equal(stored["y_true"], y_test)
    (X,) = read_columns(outcome.data, "test", "x")
    with torch.no_grad():
        outputs = model.network()(torch.from_numpy(X)).numpy()
    # raw columns are preprocessed in products of other shapes, which BLAS rounds otherwise
    np.testing.assert_allclose(model.outputs(held_out), outputs, rtol=1e-11, atol=1e-12)
    if table.task == "regression":
        values = outputs[:, 0] * model.target_scale[0] + model.target_mean[0]
        np.testing.assert_array_equal(values, stored["y_pred"])
        np.testing.assert_allclose(predicted, stored["y_pred"], rtol=1e-11)
        np.testing.assert_allclose(baseline, stored["y_baseline"], rtol=1e-11)
        score = 1 - np.var(y_test - predicted) / np.var(y_test)
        metric = "r2"
    else:
        classes = np.asarray(model.classes)
        np.testing.assert_array_equal(predicted, classes[stored["y_pred"].astype(int)])
        np.testing.assert_array_equal(baseline, classes[stored["y_baseline"].astype(int)])
        probabilities = class_probabilities(outputs, model.model.training.loss)
        np.testing.assert_array_equal(probabilities, stored["probabilities"])
        np.testing.assert_allclose(stored["probabilities"].sum(axis=1), 1)
        score, metric = np.mean(stored["y_pred"] == y_test), "accuracy"
        assert outcome.metrics[metric].value == pytest.approx(score)
    assert outcome.metrics[metric].low <= outcome.metrics[metric].value > floor
    training = outcome.training
    assert (training.epochs, training.circuits) == (8, 0)
    assert 1 <= training.best_epoch <= 8
    assert training.n_train + training.n_validation == (roles == 0).sum()
