"""Linear machines on the features of a Nyström approximation: cost linear in the rows."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from qml_core.models.decision import Decision
from qml_core.models.primal import hinge, minimise, tube

Array = NDArray[np.float64]

# SVC(kernel="linear") takes between N² and N³. liblinear's solvers are linear in N, but for a large
# penalty the primal one took 14 s and a thousand steps where Newton's method takes 12 steps and
# 0.3 s (3,000 rows, 800 landmarks, C = 1000), and the dual ones draw at random and do not converge.


def fit_classes(features: Array, labels: NDArray[np.integer[Any]], C: float) -> Decision:
    """Support vector classifier (squared hinge) of features (n, r) and labels 0 … classes−1 (n,).

    More than two classes: one machine per class against the rest; the differences of two of them
    are the pairwise decisions, whose vote is won by the largest.
    """
    n_classes = int(labels.max()) + 1
    if n_classes == 2:  # a positive decision is a vote for class 0
        weights, intercept = minimise(features, hinge(_signs(labels, 0)), C)
        return Decision(weights[:, np.newaxis], np.array([intercept]), 2)
    machines = [minimise(features, hinge(_signs(labels, c)), C) for c in range(n_classes)]
    weights = np.column_stack([w for w, _ in machines])
    intercepts = np.array([b for _, b in machines])
    i, j = np.triu_indices(n_classes, 1)
    return Decision(weights[:, i] - weights[:, j], intercepts[i] - intercepts[j], n_classes)


def _signs(labels: NDArray[np.integer[Any]], positive: int) -> Array:
    return np.where(labels == positive, 1.0, -1.0)


def fit_values(features: Array, y: Array, C: float, epsilon: float) -> Decision:
    """Support vector regression (squared loss beyond ε standard deviations) of y (n,)."""
    mean, scale = float(np.mean(y)), float(np.std(y)) or 1.0
    weights, intercept = minimise(features, tube((y - mean) / scale, epsilon), C)
    return Decision(weights[:, np.newaxis] * scale, np.array([intercept * scale + mean]), 0)


class LinearClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """`fit_classes` for cross-validation."""

    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def fit(self, X: Array, y: ArrayLike) -> Self:
        self.classes_, labels = np.unique(y, return_inverse=True)
        self.decision_ = fit_classes(X, labels, self.C)
        return self

    def predict(self, X: Array) -> NDArray[np.float64]:
        check_is_fitted(self)
        return np.asarray(self.classes_[self.decision_.labels(X)])


class LinearRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """`fit_values` for cross-validation."""

    def __init__(self, C: float = 1.0, epsilon: float = 0.1) -> None:
        self.C = C
        self.epsilon = epsilon

    def fit(self, X: Array, y: Array) -> Self:
        self.decision_ = fit_values(X, y, self.C, self.epsilon)
        return self

    def predict(self, X: Array) -> Array:
        check_is_fitted(self)
        return self.decision_.values(X)[:, 0]
