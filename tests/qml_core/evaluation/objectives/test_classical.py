"""Classical models by name: their parameters, their seed, their one thread."""

import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.evaluation.objectives.classical import check_parameters, classical_estimator

PARAMETERS = {
    "xgboost": {"max_depth": 2, "n_estimators": 5},
    "rbf_svm": {"C": 2.0, "gamma": 0.1},
    "random_forest": {"max_depth": 3, "n_estimators": 5},
    "logistic": {"C": 0.5},
    "ridge": {"alpha": 2.0},
}


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


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name != "logistic"])
def test_values_are_predicted_in_their_own_units(name):
    X = np.linspace(-1, 1, 60)[:, None]
    parameters = {**PARAMETERS[name], **({"alpha": 1e-3} if name == "ridge" else {})}
    y = 1000 + 100 * X[:, 0]
    found = classical_estimator(name, "regression", parameters, 0).fit(X, y).predict(X)
    assert np.corrcoef(found, y)[0, 1] > 0.9
    assert abs(found.mean() - 1000) < 30


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
    ],
)
def test_a_parameter_that_there_is_not_is_refused_before_fitting(name, parameter, reason):
    with pytest.raises(SpecError, match=reason):
        check_parameters(name, "classification", [parameter])


def test_a_logistic_regression_of_values_is_refused_with_what_there_is():
    with pytest.raises(SpecError, match=r"regression; use .*ridge"):
        classical_estimator("logistic", "regression", {}, 0)
