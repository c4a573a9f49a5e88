"""As many configurations as are asked for, all different, of parameters that the models have."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.errors import SpecError
from qml_core.evaluation.baselines import rbf_grid
from qml_core.evaluation.contestants.grids import classical_configurations
from qml_core.evaluation.objectives.classical import check_parameters, classical_estimator
from qml_core.specs.contestant import CLASSICAL_OF

MODELS = [(name, task) for task, names in CLASSICAL_OF.items() for name in names]
TUNED = [(name, task) for name, task in MODELS if name != "dummy"]
every = pytest.mark.parametrize(("name", "task"), TUNED)


def values(name, task, count, key):
    found = classical_configurations(name, task, count, n_features=4, n_train=200)
    return [configuration[key] for configuration in found]


@every
@settings(deadline=None, max_examples=12, derandomize=True)
@given(count=st.integers(1, 60), n_features=st.integers(1, 64), n_train=st.integers(4, 2000))
def test_there_are_exactly_so_many_and_no_two_are_the_same(name, task, count, n_features, n_train):
    found = classical_configurations(name, task, count, n_features=n_features, n_train=n_train)
    assert len(found) == count
    assert len({tuple(sorted(c.items())) for c in found}) == count
    assert found == classical_configurations(
        name, task, count, n_features=n_features, n_train=n_train
    )


@every
def test_a_thousand_are_as_many(name, task):
    found = classical_configurations(name, task, 1000, n_features=2, n_train=20)
    assert len({tuple(sorted(c.items())) for c in found}) == 1000


@pytest.mark.parametrize("task", CLASSICAL_OF)
def test_a_dummy_has_nothing_to_tune(task):
    assert classical_configurations("dummy", task, 12, n_features=2, n_train=50) == ({},)


@every
def test_all_are_parameters_that_the_model_has_and_plain_values(name, task):
    for configuration in classical_configurations(name, task, 12, n_features=3, n_train=50):
        check_parameters(name, task, configuration)
        for value in configuration.values():
            assert type(value) in (int, float, str)
            assert isinstance(value, str) or math.isfinite(value)


@every
def test_each_can_be_fitted_on_few_rows(name, task):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6, 2)), np.array([0, 1, 0, 1, 0, 1])
    for configuration in classical_configurations(name, task, 8, n_features=2, n_train=12):
        fitted = classical_estimator(name, task, configuration, 0).fit(X, y)
        assert np.isfinite(fitted.predict(X)).all()


@pytest.mark.parametrize("count", [1, 2, 12, 31])
def test_an_rbf_svm_has_the_grid_of_the_baseline_the_usual_pair_first(count):
    found = classical_configurations("rbf_svm", "classification", count, n_features=5, n_train=80)
    expected = {(C, gamma) for C, widths in rbf_grid(count, 5) for gamma in widths}
    assert {(c["C"], c["gamma"]) for c in found} == expected
    off = [abs(math.log(c["C"])) + abs(math.log(5 * c["gamma"])) for c in found]
    assert off == sorted(off)


@pytest.mark.parametrize(
    ("name", "task", "key"), [("logistic", "classification", "C"), ("ridge", "regression", "alpha")]
)
def test_one_penalty_is_spread_evenly_over_six_decades_from_the_middle_outwards(name, task, key):
    found = np.log10(values(name, task, 13, key))
    np.testing.assert_allclose(np.sort(found), np.linspace(-3, 3, 13), atol=1e-5)
    assert np.all(np.diff(np.abs(found)) > -1e-9)


@pytest.mark.parametrize(
    ("name", "key", "low", "high"),
    [
        ("poly_svm", "gamma", 0.025, 2.5),
        ("xgboost", "learning_rate", 0.03, 0.5),
        ("random_forest", "max_features", 0.1, 1.0),
        ("mlp", "alpha", 1e-3, 100.0),
        ("gaussian_process", "length_scale", 0.4, 10.0),
    ],
)
def test_every_hyper_parameter_is_spread_evenly_behind_the_usual_one(name, key, low, high):
    found = np.array(values(name, "classification", 13, key)[1:])
    cells = np.floor(12 * np.log(found / low) / np.log(high / low))
    assert sorted(cells) == list(range(12))


@given(n_train=st.integers(2, 300))
def test_no_configuration_asks_for_more_neighbours_than_half_of_the_rows(n_train):
    found = classical_configurations("knn", "regression", 12, n_features=2, n_train=n_train)
    assert all(1 <= c["n_neighbors"] <= max(1, n_train // 2) for c in found)


def test_widths_grow_with_the_features_as_distances_do():
    few, many = (
        classical_configurations("gaussian_process", "regression", 5, n_features=d, n_train=90)
        for d in (4, 16)
    )
    for a, b in zip(few, many, strict=True):
        assert b["length_scale"] == pytest.approx(2 * a["length_scale"], rel=1e-4)


def test_no_configuration_is_refused():
    with pytest.raises(SpecError, match="0 configurations of knn"):
        classical_configurations("knn", "classification", 0, n_features=2, n_train=9)
