"""Newton's method on the primal against liblinear, and against the optimality conditions."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC, LinearSVR

from qml_core.models import primal
from qml_core.models.primal import hinge, minimise, tube


def example(n=300, r=20, scale=1.0):
    X, y = make_classification(n, r, n_informative=5, flip_y=0.1, random_state=0)
    return X * scale, np.where(y == 1, 1.0, -1.0)


@pytest.mark.parametrize("C", [1e-3, 1.0, 100.0])
def test_the_classifier_is_liblinears(C):
    X, y = example()
    theirs = LinearSVC(C=C, dual=False, tol=1e-10, max_iter=50_000).fit(X, y)
    w, b = minimise(X, hinge(y), C)
    np.testing.assert_allclose(w, theirs.coef_[0], rtol=1e-5, atol=1e-8)
    assert b == pytest.approx(theirs.intercept_[0], rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("C", [1e-2, 10.0])
def test_the_regression_is_liblinears(C):
    X, _ = example()
    y = np.sin(X[:, 0]) + 0.1 * X[:, 1]
    theirs = LinearSVR(
        C=C, epsilon=0.2, loss="squared_epsilon_insensitive", dual=False, tol=1e-10, max_iter=50_000
    ).fit(X, y)
    w, b = minimise(X, tube(y, 0.2), C)
    np.testing.assert_allclose(w, theirs.coef_, rtol=1e-4, atol=1e-7)
    assert b == pytest.approx(theirs.intercept_[0], rel=1e-4, abs=1e-7)


@pytest.mark.parametrize(("n", "r", "C", "scale"), [(200, 300, 1e6, 1.0), (300, 20, 1e4, 1e-6)])
def test_at_the_minimum_the_gradient_vanishes_however_bad_the_condition(n, r, C, scale):
    X, y = example(n, r, scale)
    w, b = minimise(X, hinge(y), C)
    missed = hinge(y)(X @ w + b)
    gradient = np.append(w + 2 * C * X.T @ missed, b + 2 * C * missed.sum())
    largest = 2 * C * np.abs(X).sum(axis=0).max()
    assert np.abs(gradient).max() < 1e-6 * largest


def test_too_few_steps_are_said(monkeypatch):
    monkeypatch.setattr(primal, "_MOST_STEPS", 1)
    X, y = example()
    with pytest.warns(ConvergenceWarning, match="not converged after 1 Newton steps"):
        minimise(X, hinge(y), 1.0)
