"""The tuned RBF-SVM as plain arrays predicts what scikit-learn's estimators do."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine, make_blobs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from qml_core.errors import DataError
from qml_core.evaluation.baselines import tuned_rbf
from qml_core.evaluation.preprocessing import fit
from qml_core.models import fitted_svm
from qml_core.models.fitted_svm import FittedSVM, radial_machine
from qml_core.specs import PreprocessingSpec

DATA = {
    "two classes": load_breast_cancer(return_X_y=True),
    "three classes": load_wine(return_X_y=True),
    "six classes": make_blobs(240, 4, centers=6, cluster_std=4.0, random_state=0),
}


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("C", [0.1, 30.0])
def test_labels_are_scikit_learns(name: str, C: float) -> None:
    X, y = DATA[name]
    pipeline = make_pipeline(StandardScaler(), SVC(C=C, gamma=0.05)).fit(X[::2], y[::2])
    found = radial_machine(pipeline)
    assert np.array_equal(found.labels(X), pipeline.predict(X))
    assert len(found.support) == pipeline[-1].n_support_.sum() < len(X[::2]) + 1
    if name == "two classes":
        ours = -found.decision.values(next(found._kernels(X)))[:, 0]
        np.testing.assert_allclose(ours, pipeline.decision_function(X), atol=1e-10)


def test_values_are_scikit_learns() -> None:
    X, y = load_diabetes(return_X_y=True)
    machine = make_pipeline(StandardScaler(), SVR(C=3.0, gamma=0.07, epsilon=0.1))
    whole = TransformedTargetRegressor(regressor=machine, transformer=StandardScaler())
    whole.fit(X[:300], y[:300])
    found = radial_machine(whole).values(X)
    np.testing.assert_allclose(found, whole.predict(X), rtol=1e-10, atol=1e-10)
    assert np.ptp(found) > 50, "in the units of the target"


def test_a_constant_feature_changes_nothing() -> None:
    X, y = DATA["three classes"]
    X = np.hstack([X, np.full((len(X), 1), 7.0)])
    pipeline = make_pipeline(StandardScaler(), SVC(gamma=0.1)).fit(X, y)
    assert np.array_equal(radial_machine(pipeline).labels(X), pipeline.predict(X))


def test_blocks_of_rows_give_the_same(monkeypatch) -> None:
    X, y = DATA["two classes"]
    found = radial_machine(make_pipeline(StandardScaler(), SVC(gamma=0.05)).fit(X, y))
    whole = found.labels(X)
    monkeypatch.setattr(fitted_svm, "_ENTRIES", 7 * len(found.support))
    assert len(list(found._kernels(X))) == -(-len(X) // 7)
    assert np.array_equal(found.labels(X), whole)
    assert found.labels(X[:0]).shape == (0,)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_baseline_hands_out_the_machine_that_predicted(task: str) -> None:
    load = load_wine if task == "classification" else load_diabetes
    X, y = load(return_X_y=True)
    chosen = {"n_configurations": 4, "inner_folds": 3, "seed": 0}
    found = tuned_rbf(X[::2], y[::2], X[1::2], task=task, **chosen)
    machine = found.machine
    assert machine.gamma == found.parameters["gamma"]
    if task == "classification":
        assert np.array_equal(machine.labels(X[1::2]), found.y_pred)
    else:
        np.testing.assert_allclose(machine.values(X[1::2]), found.y_pred, rtol=1e-10)


def test_a_fitted_svm_takes_data_frames_and_gives_class_names() -> None:
    X, y = DATA["three classes"]
    features = pd.DataFrame(X, columns=[f"c{k}" for k in range(X.shape[1])])
    spec = PreprocessingSpec(reduce="pca", n_components=2)
    preprocessing = fit(spec, features, y, "classification")
    raw = preprocessing.raw(features)
    pipeline = make_pipeline(StandardScaler(), SVC(gamma=0.1)).fit(raw, y)
    classes = ("red", "green", "blue")
    machine = radial_machine(pipeline)
    svm = FittedSVM("RBF-SVM", "classification", classes, "kind", machine, preprocessing)
    expected = np.array(classes)[pipeline.predict(raw)]
    assert np.array_equal(svm.predict(features[features.columns[::-1]]), expected)
    with pytest.raises(DataError, match="missing 'c3'"):
        svm.predict(features.drop(columns="c3"))
