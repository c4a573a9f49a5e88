"""Classical models that are stopped after so many steps, which is part of them and no warning."""

import warnings
from collections.abc import Callable
from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR


class QuietSVC(SVC):  # type: ignore[misc]
    """An SVC whose `max_iter` ends it without a word."""

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """As SVC."""
        _quietly(lambda: super(QuietSVC, self).fit(X, y, sample_weight))
        return self


class QuietSVR(SVR):  # type: ignore[misc]
    """An SVR whose `max_iter` ends it without a word."""

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """As SVR."""
        _quietly(lambda: super(QuietSVR, self).fit(X, y, sample_weight))
        return self


class QuietLogisticRegression(LogisticRegression):  # type: ignore[misc]
    """A logistic regression whose `max_iter` ends it without a word."""

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """As LogisticRegression."""
        _quietly(lambda: super(QuietLogisticRegression, self).fit(X, y, sample_weight))
        return self


class QuietMLPClassifier(MLPClassifier):  # type: ignore[misc]
    """A network whose `max_iter` ends its training without a word."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """As MLPClassifier."""
        _quietly(lambda: super(QuietMLPClassifier, self).fit(X, y))
        return self


class QuietMLPRegressor(MLPRegressor):  # type: ignore[misc]
    """A network whose `max_iter` ends its training without a word."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """As MLPRegressor."""
        _quietly(lambda: super(QuietMLPRegressor, self).fit(X, y))
        return self


def _quietly(fit: Callable[[], Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit()
