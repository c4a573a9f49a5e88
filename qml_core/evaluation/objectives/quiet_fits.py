"""Classical models that are stopped after so many steps, which is part of them and no warning."""

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    with without_convergence_warnings():
        fit()


class _Quiet:
    """Python keeps its filters once for all threads: the first to come changes them, the last to
    leave restores them."""

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._kept = warnings.catch_warnings()

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._kept = warnings.catch_warnings()
                self._kept.__enter__()
                warnings.simplefilter("ignore", ConvergenceWarning)
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._kept.__exit__(None, None, None)


_quiet = _Quiet()


@contextmanager
def without_convergence_warnings() -> Iterator[None]:
    """A slow optimum is a configuration like any other; safe on several threads."""
    _quiet.enter()
    try:
        yield
    finally:
        _quiet.leave()
