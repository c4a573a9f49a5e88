"""The linear machines of a Nyström approximation, and the estimators that use them."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

from qml_core.kernels import kernel_matrix
from qml_core.kernels.nystrom import exact_kernel, nystrom_map
from qml_core.models import QSVC, QSVR, qsvm
from qml_core.models.linear import LinearClassifier, LinearRegressor, fit_classes, fit_values
from qml_core.specs import EncodingSpec, KernelSpec

EXACT = KernelSpec(encoding=EncodingSpec(name="iqp", bandwidth=0.2))
SPEC = EXACT.model_copy(update={"landmarks": 60})


def cancer():
    X, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X[:, :4]), y


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_one_against_the_rest_as_pairs_votes_for_the_largest(classes):
    X, y = load_digits(n_class=classes, return_X_y=True)
    X = X / 16
    decision = fit_classes(X[::2], y[::2], C=1.0)
    theirs = LinearSVC(dual=False, tol=1e-9, max_iter=20_000).fit(X[::2], y[::2])
    np.testing.assert_array_equal(decision.labels(X[1::2]), theirs.predict(X[1::2]))
    if classes == 2:
        np.testing.assert_allclose(
            decision.scores(X), theirs.decision_function(X), rtol=1e-6, atol=1e-7
        )


def test_regression_is_linear_svr_on_the_standardised_target():
    X, y = load_diabetes(return_X_y=True)
    theirs = LinearSVR(
        C=10.0,
        epsilon=0.2,
        loss="squared_epsilon_insensitive",
        dual=False,
        tol=1e-9,
        max_iter=20_000,
    ).fit(X, (y - y.mean()) / y.std())
    expected = theirs.predict(X) * y.std() + y.mean()
    found = fit_values(X, y, C=10.0, epsilon=0.2).values(X)[:, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_qsvc_with_landmarks_is_the_linear_machine_on_their_features():
    X, y = cancer()
    model = QSVC(SPEC, C=10.0).fit(X[::2], y[::2])
    assert model.X_fit_.shape == (60, 4)
    assert {tuple(row) for row in model.X_fit_} <= {tuple(row) for row in X[::2]}
    C = kernel_matrix(X, model.X_fit_, EXACT)
    nystrom = nystrom_map(kernel_matrix(model.X_fit_, model.X_fit_, EXACT))
    theirs = LinearSVC(C=10.0, dual=False, tol=1e-9, max_iter=20_000).fit(
        nystrom.features(C[::2]), y[::2]
    )
    features = nystrom.features(C[1::2])
    np.testing.assert_allclose(
        model.decision_function(X[1::2]),
        theirs.decision_function(features),
        rtol=1e-4,
        atol=1e-6,
    )
    assert model.score(X[1::2], y[1::2]) > 0.85


def test_prediction_computes_the_kernel_with_the_landmarks_only(monkeypatch):
    X, y = cancer()
    model = QSVC(SPEC).fit(X, y)
    asked = []

    def spied(rows, columns=None, kernel=None, **options):
        asked.append((len(rows), len(columns), kernel))
        return kernel_matrix(rows, columns, kernel, **options)

    monkeypatch.setattr(qsvm, "kernel_matrix", spied)
    model.predict(X[:7])
    assert asked == [(7, 60, exact_kernel(SPEC))]


def test_with_all_rows_as_landmarks_it_predicts_about_what_the_exact_machine_does():
    X, y = cancer()
    X, y = X[:200], y[:200]
    exact = QSVC(EXACT, C=10.0).fit(X, y).predict(X)
    every = QSVC(EXACT.model_copy(update={"landmarks": 200}), C=10.0).fit(X, y).predict(X)
    assert np.mean(exact == every) > 0.95


def test_landmarks_depend_on_the_seed_and_many_classes_predict_their_names():
    X, y = load_digits(n_class=4, return_X_y=True)
    X = StandardScaler().fit_transform(X[:, [10, 20, 34, 36]])
    names = np.array(["none", "one", "two", "three"])[y]
    first, again, other = (QSVC(SPEC, seed=s).fit(X[:300], names[:300]) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.X_fit_, again.X_fit_)
    assert not np.array_equal(first.X_fit_, other.X_fit_)
    assert first.decision_function(X[:5]).shape == (5, 4)
    assert set(first.predict(X)) <= set(names)
    assert first.score(X[300:], names[300:]) > 0.5
    assert clone(first).get_params()["seed"] == 0


def test_a_qsvr_with_landmarks_comes_close_to_the_exact_one():
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X[:, [2, 3, 8]])
    exact = QSVR(EXACT, C=10.0).fit(X[::2], y[::2]).score(X[1::2], y[1::2])
    model = QSVR(SPEC, C=10.0).fit(X[::2], y[::2])
    assert model.score(X[1::2], y[1::2]) == pytest.approx(exact, abs=0.1)
    assert exact > 0.3


def test_the_machines_are_cross_validated_by_scikit_learn():
    X, y = cancer()
    K = rbf_kernel(X, X[:50], gamma=0.1)
    features = nystrom_map(K[:50]).features(K)
    assert cross_val_score(LinearClassifier(C=1.0), features, y.astype(float)).mean() > 0.85
    assert cross_val_score(LinearRegressor(C=1.0), features, y.astype(float)).mean() > 0.4
