"""What machines say of rows before all of them have probabilities: decision values or these."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from qml_core.evaluation.contestants.platt import Platt
from qml_core.evaluation.objectives.scores import Predicted
from qml_core.references import Task

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outputs:
    """Of m rows: what is predicted, and decision values where there are no probabilities."""

    y: NDArray[Any]
    """(m,) labels 0 … c−1, or values."""
    decision: Array | None = None
    """(m,), positive for the second of two classes, or (m, c)."""
    probabilities: Array | None = None
    """(m, c)"""

    def predicted(self, platt: Platt | None = None) -> Predicted:
        """With the probabilities of decision values, where they are known."""
        probabilities = self.probabilities
        if probabilities is None and self.decision is not None and platt is not None:
            probabilities = platt(self.decision)
        scores = None
        if self.decision is not None and self.decision.ndim == 1:
            scores = self.decision
        elif probabilities is not None and probabilities.shape[1] == 2:
            scores = probabilities[:, 1]
        return Predicted(self.y, probabilities, scores)


def outputs_of(fitted: BaseEstimator, X: Array, task: Task) -> Outputs:
    """What a fitted scikit-learn estimator says of rows X (m, d)."""
    if task == "regression":
        return Outputs(np.asarray(fitted.predict(X), dtype=np.float64))
    found = np.asarray(fitted.predict(X)).astype(np.int64)
    if hasattr(fitted, "predict_proba"):
        probabilities = np.asarray(fitted.predict_proba(X), dtype=np.float64)
        # some are of single precision, in which a row does not quite sum to 1
        return Outputs(found, None, probabilities / probabilities.sum(axis=1, keepdims=True))
    return Outputs(found, np.asarray(fitted.decision_function(X), dtype=np.float64))
