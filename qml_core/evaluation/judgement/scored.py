"""What is judged, and under which terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.specs.benchmark import MetricName
from qml_core.specs.contestant import Kind
from qml_core.specs.search import LOWER_IS_BETTER

Array = NDArray[np.float64]

STEPS = ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc")
"""Metrics that take steps of about one over the test rows."""


@dataclass(frozen=True)
class Terms:
    """What decides, fixed before the first fit.

    Args:
        metric: the primary one.
        also: metrics that are corrected together with it.
        threshold: least difference of the primary metric that matters.
        alpha: most false advantages.
        equivalence: least probability of practical equivalence.
    """

    metric: MetricName
    also: tuple[MetricName, ...]
    threshold: float
    alpha: float
    equivalence: float


@dataclass(frozen=True)
class Scored:
    """All models on all outer folds of one data set.

    Args:
        values: by metric and label (J,), in the metric's own sign, NaN where a fold failed.
        inner: mean inner score by label, of the primary metric, in its own sign.
        kinds: by label, in the order of the tables.
        deciding: labels of the tuned classical models, the dummy and the controls left out.
        n_train: mean number of training rows of a fold.
        n_test: mean number of test rows of a fold.
        rows: of the data set.
        folds: of one repeat.
        repeats: of the folds.
        usd: spent, by label.
    """

    values: Mapping[MetricName, Mapping[str, Array]]
    inner: Mapping[str, float]
    kinds: Mapping[str, Kind]
    deciding: tuple[str, ...]
    n_train: float
    n_test: float
    rows: int
    folds: int
    repeats: int
    usd: Mapping[str, float]

    @property
    def quantum(self) -> tuple[str, ...]:
        """Labels of the quantum models."""
        return tuple(label for label, kind in self.kinds.items() if kind == "quantum")

    def turned(self, metric: MetricName, label: str) -> Array:
        """Scores (J,), larger is better; NaN where there is none."""
        found = self.values.get(metric, {}).get(label)
        if found is None:
            return np.full(self.folds * self.repeats, np.nan)
        return sign_of(metric) * np.asarray(found, np.float64)

    def resolution(self, metric: MetricName) -> float:
        """Smallest step of the metric on one fold; 0 where it takes any value."""
        return 1 / self.n_test if metric in STEPS else 0.0

    def failed(self, metric: MetricName, label: str) -> int:
        """Folds without a score."""
        return int((~np.isfinite(self.turned(metric, label))).sum())

    def best(self, metric: MetricName, labels: Sequence[str]) -> str:
        """By inner score, of models without failed folds unless all have some.

        The first of equals; empty where none has an inner score.
        """
        inner = {label: sign_of(metric) * self.inner.get(label, np.nan) for label in labels}
        known = [label for label in labels if np.isfinite(inner[label])]
        whole = [label for label in known if not self.failed(metric, label)]
        return max(whole or known, key=lambda label: inner[label], default="")


def sign_of(metric: MetricName) -> float:
    """1 where larger is better, else −1."""
    return -1.0 if metric in LOWER_IS_BETTER else 1.0
