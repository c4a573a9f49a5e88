"""A support vector machine with a radial kernel as plain arrays: no estimator has to be stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.svm import SVC

from qml_core.evaluation.preprocessing import FittedPreprocessing
from qml_core.evaluation.training_range import TrainingRange
from qml_core.models.decision import Decision, svc_decision, svr_decision
from qml_core.references import Task

Array = NDArray[np.float64]

_ENTRIES = 2**24  # of the kernel at once, 128 MiB


@dataclass(frozen=True, eq=False)
class RadialMachine:
    """Standardise, k(x, s) = exp(−γ‖x − s‖²) with the support rows s, decide."""

    mean: Array
    """(D,) of the training rows."""
    deviation: Array
    support: Array
    """(k, D), standardised."""
    gamma: float
    """1 / standardised feature²."""
    decision: Decision
    """Over the support rows; in regression in the units of the target."""

    def labels(self, X: Array) -> NDArray[np.int64]:
        """(m,) positions of the classes of rows (m, D)."""
        return np.concatenate([self.decision.labels(K) for K in self._kernels(X)])

    def values(self, X: Array) -> Array:
        """(m,) values of rows (m, D)."""
        return np.concatenate([self.decision.values(K)[:, 0] for K in self._kernels(X)])

    def _kernels(self, X: Array) -> Iterator[Array]:
        """K (rows, k) of one block of rows after the other."""
        standardised = (X - self.mean) / self.deviation
        edge = max(1, _ENTRIES // max(1, len(self.support)))
        for start in range(0, max(1, len(X)), edge):
            squares = cdist(standardised[start : start + edge], self.support, "sqeuclidean")
            yield np.exp(-self.gamma * squares)


@dataclass(frozen=True, eq=False)
class FittedSVM:
    """The tuned classical model of one split, with its preprocessing."""

    name: str
    task: Task
    classes: tuple[str, ...]
    target: str
    machine: RadialMachine
    """On all features, imputed and standardised."""
    preprocessing: FittedPreprocessing
    ranges: TrainingRange | None = None

    def predict(self, features: pd.DataFrame) -> NDArray[np.str_] | Array:
        """(m,) class names, or values in the units of the target.

        Raises:
            DataError: the columns are not those the model was trained on.
        """
        X = self.preprocessing.raw(features)
        if self.task == "regression":
            return self.machine.values(X)
        return np.asarray(self.classes)[self.machine.labels(X)]


def radial_machine(estimator: Any) -> RadialMachine:
    """Of a fitted Pipeline (scaler, SVC), or TransformedTargetRegressor around (scaler, SVR).

    The classes of an SVC are the numbers of their positions.
    """
    pipeline = getattr(estimator, "regressor_", estimator)
    scaler, machine = pipeline[0], pipeline[-1]
    n = int(machine.shape_fit_[0])
    if isinstance(machine, SVC):
        decision = svc_decision(machine, n)
    else:
        of_target = estimator.transformer_
        mean, scale = float(of_target.mean_[0]), float(of_target.scale_[0])
        decision = svr_decision(machine, n, mean, scale)
    kept = decision.coefficients[machine.support_]
    return RadialMachine(
        mean=scaler.mean_.copy(),
        deviation=scaler.scale_.copy(),
        support=machine.support_vectors_.copy(),
        gamma=float(machine.gamma),
        decision=Decision(kept, decision.intercepts, decision.n_classes),
    )
