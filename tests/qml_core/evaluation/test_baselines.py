import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine, make_moons
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from qml_core.errors import DataError, SpecError
from qml_core.evaluation.baselines import rbf_grid, tuned_rbf

ASKED = {"task": "classification", "n_configurations": 16, "inner_folds": 5, "seed": 0}


def _halves(X, y, seed=0):
    order = np.random.default_rng(seed).permutation(len(y))
    train, test = order[: len(y) * 4 // 5], order[len(y) * 4 // 5 :]
    return X[train], y[train], X[test], y[test]


def _tune(X, y, rows, **changed):
    return tuned_rbf(X, y, rows, **{**ASKED, **changed})


@given(n=st.integers(1, 300), d=st.integers(1, 50))
def test_the_grid_has_exactly_as_many_different_pairs_as_asked_around_one_over_d(n, d):
    pairs = [(C, gamma) for C, gammas in rbf_grid(n, d) for gamma in gammas]
    assert len(pairs) == len(set(pairs)) == n
    per_penalty = [len(gammas) for _, gammas in rbf_grid(n, d)]
    assert max(per_penalty) - min(per_penalty) <= 1
    for _, gammas in rbf_grid(n, d):
        assert np.exp(np.mean(np.log(gammas))) == pytest.approx(1 / d)


def test_sixteen_configurations_are_four_penalties_by_four_widths():
    grid = rbf_grid(16, 10)
    assert [C for C, _ in grid] == [0.1, 1.0, 10.0, 100.0]
    np.testing.assert_allclose(grid[0][1], 0.1 * 10.0 ** np.array([-1.5, -0.5, 0.5, 1.5]))
    with pytest.raises(SpecError):
        rbf_grid(0, 3)


def test_the_result_is_what_scikit_learn_gives_when_the_grid_is_walked_by_hand():
    X, y, X_test, _ = _halves(*make_moons(150, noise=0.25, random_state=0))
    found = _tune(X, y, X_test, n_configurations=5, seed=3)
    folds = StratifiedKFold(5, shuffle=True, random_state=3)
    scored = [
        (cross_val_score(make_pipeline(StandardScaler(), SVC(C=C, gamma=g)), X, y, cv=folds), C, g)
        for C, gammas in rbf_grid(5, 2)
        for g in gammas
    ]
    scores, C, gamma = max(scored, key=lambda entry: entry[0].mean())
    machine = make_pipeline(StandardScaler(), SVC(C=C, gamma=gamma)).fit(X, y)
    assert found.parameters == {"C": C, "gamma": gamma}
    assert found.inner_score == pytest.approx(scores.mean())
    assert found.configurations == 5
    assert np.array_equal(found.y_pred, machine.predict(X_test))
    np.testing.assert_allclose(found.scores, machine.decision_function(X_test))


def test_real_data_reach_the_accuracy_an_rbf_svm_is_known_for():
    X, y, X_test, y_test = _halves(*load_breast_cancer(return_X_y=True))
    found = _tune(X, y, X_test)
    assert np.mean(found.y_pred == y_test) >= 0.95
    assert np.array_equal(found.scores > 0, found.y_pred == 1)


def test_the_test_rows_change_neither_the_choice_nor_the_fit():
    X, y, X_test, _ = _halves(*load_wine(return_X_y=True))
    alone, beside = _tune(X, y, X_test), _tune(X, y, np.vstack([X_test, 1e6 * X_test]))
    assert alone.parameters == beside.parameters
    assert np.array_equal(alone.scores, beside.scores[: len(X_test)])


def test_labels_that_carry_nothing_score_by_chance_in_the_inner_folds():
    """A leak from the validation folds would show here: 200 features, labels by coin."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 200)), np.arange(100) % 2
    assert _tune(X, y, X[:2], n_configurations=4).inner_score <= 0.65


def test_equal_arguments_give_equal_results():
    X, y, X_test, _ = _halves(*load_wine(return_X_y=True))
    first, second = _tune(X, y, X_test, seed=5), _tune(X, y, X_test, seed=5)
    assert first.parameters == second.parameters
    assert np.array_equal(first.scores, second.scores)


def test_regression_is_free_of_the_units_of_the_target():
    X, y, X_test, y_test = _halves(*load_diabetes(return_X_y=True))
    found = _tune(X, y, X_test, task="regression")
    scaled = _tune(X, 1e4 * y - 7, X_test, task="regression")
    assert found.scores is None
    assert found.parameters == scaled.parameters
    np.testing.assert_allclose(1e4 * found.y_pred - 7, scaled.y_pred, rtol=1e-3)
    error = np.mean((found.y_pred - y_test) ** 2)
    assert error <= 0.7 * np.var(y_test)


def test_labels_may_be_text_and_there_may_be_more_than_two():
    X, y, X_test, _ = _halves(*load_wine(return_X_y=True))
    found = _tune(X, np.array(["a", "b", "c"])[y], X_test, n_configurations=2)
    assert set(found.y_pred) <= {"a", "b", "c"}
    assert found.scores.shape == (len(X_test), 3)


def test_small_classes_get_fewer_folds_and_constant_columns_do_no_harm():
    rng = np.random.default_rng(1)
    X = np.column_stack([rng.normal(size=(23, 2)), np.full(23, 7.0)])
    found = _tune(X, np.r_[np.zeros(20), np.ones(3)], X, n_configurations=3)
    assert found.folds == 3
    flat = _tune(np.ones((8, 2)), np.arange(8) % 2, np.ones((1, 2)), n_configurations=1)
    assert flat.parameters == {"C": 1.0, "gamma": 1.0}


def test_a_constant_target_and_few_rows_of_regression_are_fitted():
    X = np.random.default_rng(2).normal(size=(5, 2))
    found = _tune(X, np.full(5, 3.5), X, task="regression", n_configurations=2)
    np.testing.assert_allclose(found.y_pred, 3.5)
    assert found.folds == 2


@pytest.mark.parametrize(
    ("y", "task"),
    [
        ([1, 1, 1, 1], "classification"),
        ([0, 0, 0, 1], "classification"),
        ([1.0, 2.0, 3.0], "regression"),
    ],
)
def test_too_few_rows_to_cross_validate_are_refused(y, task):
    with pytest.raises(DataError, match="cannot cross-validate"):
        _tune(np.ones((len(y), 1)), y, np.ones((1, 1)), task=task)
