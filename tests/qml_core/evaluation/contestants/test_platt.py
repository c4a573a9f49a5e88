"""Probabilities of decision values are those of Platt's logistic fit."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from qml_core.evaluation.contestants.platt import fit_platt


class Decided(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A machine whose decision values are its input."""

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self.classes_ = np.arange(n_classes)

    def fit(self, X, y):  # type: ignore[no-untyped-def]
        return self

    def decision_function(self, X):  # type: ignore[no-untyped-def]
        return X[:, 0] if self.n_classes == 2 else X

    def predict(self, X):  # type: ignore[no-untyped-def]
        return self.decision_function(X) > 0 if self.n_classes == 2 else X.argmax(axis=1)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("size", [1e-3, 1.0, 50.0])
def test_probabilities_are_those_of_scikit_learns_sigmoid(n_classes: int, size: float) -> None:
    rng = np.random.default_rng(n_classes)
    y = rng.integers(n_classes, size=120)
    decision = rng.normal(size=(120, n_classes)) + 1.5 * np.eye(n_classes)[y]
    if n_classes == 2:
        decision = decision[:, 1:] - decision[:, :1]
    decision *= size
    reference = CalibratedClassifierCV(FrozenEstimator(Decided(n_classes)), method="sigmoid")
    expected = reference.fit(decision, y).predict_proba(decision)
    given = decision[:, 0] if n_classes == 2 else decision
    np.testing.assert_allclose(fit_platt(given, y)(given), expected, atol=2e-4)


def test_the_fit_is_the_logistic_regression_on_smoothed_targets() -> None:
    """Each row once as either class, weighted with Platt's target."""
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=60)
    decision = rng.normal(size=60) + y
    n_positive, n_negative = y.sum(), (1 - y).sum()
    target = np.where(y == 1, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    reference = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(
        np.tile(decision, 2)[:, None],
        np.repeat([1, 0], 60),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    found = fit_platt(decision, y)
    assert found.slopes[0] == pytest.approx(reference.coef_[0, 0], rel=1e-4)
    assert found.offsets[0] == pytest.approx(reference.intercept_[0], rel=1e-3)


def test_decisions_that_separate_the_classes_have_finite_probabilities() -> None:
    y = np.repeat([0, 1], 20)
    found = fit_platt(np.where(y == 1, 3.0, -3.0), y)(np.array([-3.0, 0.0, 3.0]))
    np.testing.assert_allclose(found[:, 1], [1 / 22, 0.5, 21 / 22], atol=1e-6)


def test_decisions_that_say_nothing_give_the_shares_of_the_classes() -> None:
    y = np.repeat([0, 1], [30, 10])
    found = fit_platt(np.zeros(40), y)(np.zeros(3))
    mean = (30 * (1 / 32) + 10 * (11 / 12)) / 40
    np.testing.assert_allclose(found[:, 1], mean, atol=1e-9)
