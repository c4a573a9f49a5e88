"""Trained circuits on a fold are those of `fit_network` on its inner folds."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

import qml_core.evaluation.contestants.estimators as estimators
from qml_core.errors import DataError, TrainingDiverged
from qml_core.evaluation.contestants import FoldRows, evaluate_contestant, tuned_model
from qml_core.evaluation.objectives.networks import fit_network
from qml_core.specs import BackendSpec, ModelSpec
from qml_core.specs.configuration import configured
from qml_core.specs.contestant import ContestantSpec

MODEL = ModelSpec.model_validate(
    {"name": "vqc", "circuit": {"layers": 1}, "training": {"epochs": 2, "batch_size": 8}}
)
VQC = ContestantSpec(label="vqc angle", kind="quantum", model=MODEL)
ASKED = {
    "task": "classification",
    "n_classes": 2,
    "configurations": 4,
    "inner_folds": 2,
    "metric": "log_loss",
    "seed": 4,
    "backend": BackendSpec(),
}
NETWORK = {"task": "classification", "n_classes": 2, "seed": 4, "backend": BackendSpec()}


def rows() -> FoldRows:
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, size=(36, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(float)
    return FoldRows(X[:28], X[:28], y[:28], X[28:], X[28:])


def test_a_trained_circuit_is_tuned_by_training_on_the_inner_folds() -> None:
    fold = rows()
    tested = evaluate_contestant(VQC, fold, **ASKED)
    assert set(tested.configuration) == {"bandwidth", "learning_rate"}
    model, inner_score, configuration = tuned_model(VQC, fold, **ASKED)
    assert model == configured(MODEL, tested.configuration)
    assert configuration == tested.configuration
    y, losses = fold.y_train.astype(int), []
    for fit, held in StratifiedKFold(2, shuffle=True, random_state=4).split(y, y):
        said = fit_network(model, fold.x_train[fit], y[fit], **NETWORK)(fold.x_train[held])
        losses.append(-np.log(said.probabilities[np.arange(len(held)), y[held]]).mean())
    assert tested.inner_score == pytest.approx(np.mean(losses)) == pytest.approx(inner_score)
    said = fit_network(model, fold.x_train, y, **NETWORK)(fold.x_test)
    np.testing.assert_array_equal(tested.predicted.probabilities, said.probabilities)
    np.testing.assert_array_equal(tested.predicted.scores, said.probabilities[:, 1])


def test_a_training_that_diverges_loses_and_only_all_of_them_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fast_ones_diverge(model, *args, **kwargs):  # type: ignore[no-untyped-def]
        if model.training.learning_rate > limit:
            raise TrainingDiverged("the loss is NaN", "lower the learning rate")
        return fit_network(model, *args, **kwargs)

    monkeypatch.setattr(estimators, "fit_network", fast_ones_diverge)
    limit = 0.03
    tested = evaluate_contestant(VQC, rows(), **ASKED)
    assert np.isnan(tested.inner_scores).sum() == 2
    assert tested.configuration["learning_rate"] < limit
    limit = 0.0
    with pytest.raises(DataError, match="none of 4 configurations"):
        evaluate_contestant(VQC, rows(), **ASKED)
