"""Classical models by name: their parameters, their seed, their one thread."""

import warnings

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from qml_core.errors import SpecError
from qml_core.evaluation.objectives.classical import check_parameters, classical_estimator
from qml_core.specs.contestant import CLASSICAL_OF
from qml_core.specs.search_checks import _WITHOUT_PROBABILITIES

PARAMETERS = {
    "xgboost": {"max_depth": 2, "n_estimators": 5},
    "rbf_svm": {"C": 2.0, "gamma": 0.1},
    "random_forest": {"max_depth": 3, "n_estimators": 5},
    "logistic": {"C": 0.5},
    "ridge": {"alpha": 2.0},
    "poly_svm": {"C": 2.0, "degree": 2, "coef0": 1.0},
    "mlp": {"hidden_layer_sizes": 8, "alpha": 0.1, "max_iter": 50},
    "knn": {"n_neighbors": 3, "weights": "distance"},
    "gaussian_process": {"length_scale": 0.7, "nu": 1.5},
    "dummy": {},
}
STANDARDISED = ["rbf_svm", "poly_svm", "logistic", "ridge", "mlp", "knn", "gaussian_process"]


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_same_seed_gives_the_same_predictions(name):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    y = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)
    fitted = [
        classical_estimator(name, "classification", PARAMETERS[name], 3).fit(X, y).predict(X)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*fitted)


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in ("logistic", "dummy")])
def test_values_are_predicted_in_their_own_units(name):
    X = np.linspace(-1, 1, 60)[:, None]
    parameters = {**PARAMETERS[name], **({"alpha": 1e-3} if name == "ridge" else {})}
    y = 1000 + 100 * X[:, 0]
    found = classical_estimator(name, "regression", parameters, 0).fit(X, y).predict(X)
    assert np.corrcoef(found, y)[0, 1] > 0.9
    assert abs(found.mean() - 1000) < 30


def test_a_dummy_of_values_says_their_mean():
    y = np.array([1.0, 2.0, 6.0])
    found = classical_estimator("dummy", "regression", {}, 0).fit(np.eye(3), y)
    np.testing.assert_allclose(found.predict(np.zeros((2, 3))), 3.0)


def test_a_dummy_of_classes_says_how_often_each_is():
    found = classical_estimator("dummy", "classification", {}, 0).fit(np.eye(4), [0, 1, 1, 1])
    np.testing.assert_allclose(found.predict_proba(np.zeros((1, 4))), [[0.25, 0.75]])


@pytest.mark.parametrize("name", STANDARDISED)
def test_the_units_of_a_feature_do_not_matter(name):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    y = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)
    # powers of two: the rows are the same bits once they are standardised
    other = X * np.array([1.0, 1024.0, 2.0**-10])
    said = [
        classical_estimator(name, "classification", PARAMETERS[name], 3).fit(rows, y).predict(rows)
        for rows in (X, other)
    ]
    np.testing.assert_array_equal(*said)


@pytest.mark.parametrize("name", ["rbf_svm", "poly_svm", "mlp", "gaussian_process"])
def test_the_units_of_the_target_do_not_matter(name):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    y = X[:, 0] + X[:, 1] ** 2
    small, large = (
        classical_estimator(name, "regression", PARAMETERS[name], 3).fit(X, factor * y).predict(X)
        for factor in (1.0, 4096.0)
    )
    np.testing.assert_allclose(large, 4096 * small, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "probable"),
    [
        ("mlp", True),
        ("knn", True),
        ("gaussian_process", True),
        ("dummy", True),
        ("poly_svm", False),
        ("rbf_svm", False),
        ("ridge", False),
    ],
)
def test_which_models_give_probabilities(name, probable):
    X = np.random.default_rng(0).normal(size=(30, 2))
    y = np.arange(30) % 3
    fitted = classical_estimator(name, "classification", PARAMETERS[name], 0).fit(X, y)
    assert hasattr(fitted, "predict_proba") == probable == (name not in _WITHOUT_PROBABILITIES)
    if probable:
        np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1.0)


@pytest.mark.parametrize("nu", ["inf", 0.5, 2.5])
def test_a_gaussian_process_of_classes_is_that_of_scikit_learn_with_a_fixed_kernel(nu):
    X = StandardScaler().fit_transform(np.random.default_rng(0).normal(size=(40, 3)))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    kernel = ConstantKernel(5.0) * (RBF(0.8) if nu == "inf" else Matern(0.8, nu=nu))
    expected = GaussianProcessClassifier(kernel, optimizer=None).fit(X, y).predict_proba(X)
    parameters = {"length_scale": 0.8, "nu": nu, "constant_value": 5.0}
    found = classical_estimator("gaussian_process", "classification", parameters, 0).fit(X, y)
    np.testing.assert_allclose(found.predict_proba(X), expected, atol=1e-10)


def test_a_gaussian_process_of_values_is_kernel_ridge_regression_with_the_noise_as_penalty():
    X = StandardScaler().fit_transform(np.random.default_rng(0).normal(size=(40, 3)))
    y = X[:, 0] + X[:, 1] ** 2
    z = (y - y.mean()) / y.std()
    K = np.exp(-cdist(X, X, "sqeuclidean") / (2 * 0.8**2))
    expected = y.mean() + y.std() * K @ np.linalg.solve(K + 0.3 * np.eye(40), z)
    parameters = {"length_scale": 0.8, "noise_level": 0.3}
    found = classical_estimator("gaussian_process", "regression", parameters, 0).fit(X, y)
    np.testing.assert_allclose(found.predict(X), expected, rtol=1e-8)


def test_a_polynomial_svm_is_that_of_scikit_learn():
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    parameters = {"degree": 2, "coef0": 1.0, "gamma": 0.5, "C": 3.0}
    machine = SVC(kernel="poly", **parameters)
    expected = make_pipeline(StandardScaler(), machine).fit(X, y).decision_function(X)
    found = classical_estimator("poly_svm", "classification", parameters, 0).fit(X, y)
    np.testing.assert_array_equal(found.decision_function(X), expected)


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("name", ["mlp", "poly_svm", "logistic"])
def test_a_model_that_is_stopped_early_is_used_without_a_warning(name, task):
    if (name, task) == ("logistic", "regression"):
        return
    X = np.random.default_rng(0).normal(size=(60, 4))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = classical_estimator(name, task, {"max_iter": 2}, 0).fit(X, y)
    assert fitted.predict(X).shape == (60,)


@pytest.mark.parametrize("name", ["xgboost", "random_forest"])
def test_one_thread_and_the_seed_are_set(name):
    parameters = classical_estimator(name, "classification", {}, 7).get_params()
    assert (parameters["n_jobs"], parameters["random_state"]) == (1, 7)


@pytest.mark.parametrize(
    ("name", "parameter", "reason"),
    [
        ("xgboost", "max_dept", "near names: max_depth"),
        ("rbf_svm", "gama", "near names: gamma"),
        ("random_forest", "n_jobs", "set by the search"),
        ("rbf_svm", "kernel", "set by the search"),
        ("poly_svm", "kernel", "set by the search"),
        ("knn", "n_jobs", "set by the search"),
        ("gaussian_process", "length_scales", "near names: length_scale"),
        ("gaussian_process", "noise_level", "has no parameter"),
        ("dummy", "C", "has no parameter"),
    ],
)
def test_a_parameter_that_there_is_not_is_refused_before_fitting(name, parameter, reason):
    with pytest.raises(SpecError, match=reason):
        check_parameters(name, "classification", [parameter])


@pytest.mark.parametrize("task", CLASSICAL_OF)
def test_every_model_of_a_benchmark_can_be_built_and_cloned(task):
    for name in CLASSICAL_OF[task]:
        machine = classical_estimator(name, task, {}, 0)
        assert clone(machine).get_params().keys() == machine.get_params().keys()


def test_a_logistic_regression_of_values_is_refused_with_what_there_is():
    with pytest.raises(SpecError, match=r"regression; use .*ridge"):
        classical_estimator("logistic", "regression", {}, 0)
