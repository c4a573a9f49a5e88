"""VQC, VQR and the hybrid estimators on data."""

import pickle

import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris, make_blobs, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split

from qml_core.errors import DataError, QMLError, SpecError
from qml_core.models import VQC, VQR, HybridClassifier, HybridRegressor, variational_estimator
from qml_core.specs import (
    BackendSpec,
    CircuitSpec,
    EncodingSpec,
    MeasurementSpec,
    TrainingSpec,
)

SHORT = TrainingSpec(epochs=2)
ONE_LAYER = CircuitSpec(layers=1)


def test_moons_are_told_apart_and_probabilities_are_those_of_the_logits():
    X, y = make_moons(200, noise=0.1, random_state=0)
    names = np.array(["lower", "upper"])[y]
    model = VQC(
        CircuitSpec(ansatz="reuploading", layers=4), TrainingSpec(epochs=30, learning_rate=0.1)
    ).fit(X, names)
    assert model.score(X, names) > 0.9
    assert list(model.classes_) == ["lower", "upper"]
    logits = model.decision_function(X)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], expit(logits), rtol=1e-12)
    np.testing.assert_array_equal(model.predict(X), model.classes_[(logits > 0).astype(int)])
    assert model.n_iter_ == len(model.history_) == len(model.loss_curve_) == 30
    assert model.loss_curve_[-1] < 0.6 * model.loss_curve_[0]


def test_three_classes_of_two_features_take_as_many_qubits():
    X, y = make_blobs(90, centers=3, random_state=0)
    model = VQC(ONE_LAYER, TrainingSpec(epochs=10, learning_rate=0.2)).fit(X, y)
    assert model.copies_ == 2
    assert model.predict_proba(X).shape == (90, 3)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert model.score(X, y) > 0.85
    with pytest.raises(SpecError, match="3 classes"):
        VQC(ONE_LAYER, SHORT, copies=1).fit(X, y)


def test_the_linear_loss_of_a_sum_beyond_one_still_gives_probabilities():
    X, y = make_blobs(40, centers=2, random_state=0)
    twice = CircuitSpec(layers=1, measurement=MeasurementSpec(kind="pauli", paulis=("2*ZI",)))
    model = VQC(twice, TrainingSpec(epochs=5, loss="linear", learning_rate=0.2)).fit(X, y)
    assert np.max(np.abs(model.decision_function(X))) > 1
    probabilities = model.predict_proba(X)
    assert (probabilities.min(), probabilities.max()) == (0, 1)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_the_linear_loss_gives_probabilities_of_the_outcome():
    X, y = make_blobs(40, centers=2, random_state=0)
    model = VQC(ONE_LAYER, TrainingSpec(epochs=5, loss="linear", optimiser="rotosolve"))
    outcome = model.fit(X, y).decision_function(X)
    assert np.max(np.abs(outcome)) <= 1
    np.testing.assert_allclose(model.predict_proba(X)[:, 0], (1 - outcome) / 2)
    assert model.score(X, y) > 0.9


def test_targets_have_their_own_units_and_each_its_own_output():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (120, 2))
    Y = np.column_stack([100 + 20 * np.sin(2 * X[:, 0]), 1e-3 * X[:, 1]])
    training = TrainingSpec(epochs=25, learning_rate=0.1)
    model = VQR(CircuitSpec(layers=2), training).fit(X, Y)
    assert model.predict(X).shape == (120, 2)
    assert model.score(X, Y) > 0.9
    assert VQR(ONE_LAYER, SHORT).fit(X, Y[:, 0]).predict(X).shape == (120,)


def test_a_hybrid_classifier_has_more_features_than_qubits():
    X, y = load_breast_cancer(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    training = TrainingSpec(epochs=5, learning_rate=0.02, pretraining=5)
    model = HybridClassifier(ONE_LAYER, training).fit(X_train, y_train)
    assert model.parameters_["theta"].shape == (12,)
    assert model.score(X_test, y_test) > 0.92


def test_a_hybrid_regressor_learns_several_targets():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 8))
    Y = np.column_stack([X[:, 0] + X[:, 3], 10 + 5 * X[:, 5]])
    training = TrainingSpec(epochs=20, learning_rate=0.03, pretraining=20)
    model = HybridRegressor(ONE_LAYER, training, hidden=(12, 8)).fit(X, Y)
    assert model.score(X, Y) > 0.7


def test_names_of_columns_are_remembered_and_enforced():
    table, y = load_iris(return_X_y=True, as_frame=True)
    model = VQC(ONE_LAYER, SHORT).fit(table, y)
    assert list(model.feature_names_in_) == list(table.columns)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(table[table.columns[::-1]])
    with pytest.raises(ValueError, match="feature names"):
        model.predict(table[table.columns[:3]])
    with pytest.warns(UserWarning, match="valid feature names"):
        model.predict(table.to_numpy())


@pytest.mark.parametrize("estimator", [VQC, HybridClassifier])
def test_the_same_seed_is_the_same_model_and_pickles_predict_alike(estimator):
    X, y = load_iris(return_X_y=True)
    model = estimator(ONE_LAYER, SHORT, seed=4).fit(X, y)
    again = clone(model).fit(X, y)
    other = clone(model).set_params(seed=5).fit(X, y)
    restored = pickle.loads(pickle.dumps(model))  # noqa: S301
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(restored.predict_proba(X), model.predict_proba(X))
    assert not np.allclose(other.predict_proba(X), model.predict_proba(X))


def test_the_best_epoch_by_validation_is_kept():
    X, y = load_iris(return_X_y=True)
    training = TrainingSpec(epochs=6, learning_rate=1.0, validation=0.3)
    model = VQC(ONE_LAYER, training).fit(X, y)
    best = int(np.argmin([record.validation_loss for record in model.history_])) + 1
    shorter = clone(model).set_params(training=training.model_copy(update={"epochs": best}))
    np.testing.assert_array_equal(
        shorter.fit(X, y).parameters_["theta"], model.parameters_["theta"]
    )


def test_specs_are_searched_as_other_parameters():
    X, y = load_iris(return_X_y=True)
    grid = {"circuit": [ONE_LAYER, CircuitSpec(ansatz="real_amplitudes", layers=1)]}
    search = GridSearchCV(VQC(training=SHORT), grid, cv=2).fit(X, y)
    assert len(search.cv_results_["mean_test_score"]) == 2


def test_a_constant_feature_and_a_constant_target_stay_finite():
    X = np.column_stack([np.linspace(0, 1, 20), np.full(20, 0.1)])
    model = VQR(ONE_LAYER, SHORT).fit(X, np.full(20, 3.0))
    assert np.isfinite(model.predict(X)).all()
    assert np.isfinite(VQR(ONE_LAYER, SHORT).fit(X, X[:, 0]).predict(X)).all()


def test_a_plateau_is_warned_of(monkeypatch):
    X, y = load_iris(return_X_y=True)
    monkeypatch.setattr(variational_estimator, "plateau_warning", lambda history: "flat as it is")
    with pytest.warns(ConvergenceWarning, match="flat as it is"):
        VQC(ONE_LAYER, SHORT).fit(X, y)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (VQC(CircuitSpec(encoding=EncodingSpec(name="angle", n_qubits=2))), "need"),
        (VQC(backend=BackendSpec(name="default.qubit", shots=100)), "qml train"),
        (VQC(training=TrainingSpec(batch_size=1000)), "1000"),
        (VQC(training=TrainingSpec(pretraining=1)), "pretraining"),
        (VQC(CircuitSpec(measurement=MeasurementSpec(kind="parity"))), "3 classes"),
    ],
)
def test_what_cannot_be_trained_is_refused(model, message):
    X, y = load_iris(return_X_y=True)
    with pytest.raises((QMLError, ValueError), match=message):
        model.fit(X, y)


def test_rows_that_cannot_be_encoded_and_one_class_are_refused():
    X, y = load_iris(return_X_y=True)
    amplitude = CircuitSpec(encoding=EncodingSpec(name="amplitude"), layers=1)
    model = VQC(amplitude, SHORT).fit(X[:100], y[:100])
    with pytest.raises(DataError, match="normalise"):
        model.predict(X[:100].mean(axis=0, keepdims=True))
    with pytest.raises(ValueError, match="one class"):
        model.fit(X[:10], np.zeros(10))
