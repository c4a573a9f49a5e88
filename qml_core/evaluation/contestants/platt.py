"""Probabilities of machines that only have decision values (Platt 1999)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Platt:
    """P(class | f) = 1/(1 + exp(−(a f + b))); of more than two classes one against the rest.

    Args:
        slopes, offsets: a and b, (1,) of the second of two classes, else (c,).
    """

    slopes: Array
    offsets: Array

    def __call__(self, decision: Array) -> Array:
        """(m, c) probabilities of decision values (m,) or (m, c); rows sum to 1."""
        if decision.ndim == 1:
            second = expit(self.slopes[0] * decision + self.offsets[0])
            return np.column_stack([1 - second, second])
        each = expit(decision * self.slopes + self.offsets)
        total = each.sum(axis=1, keepdims=True)
        even = np.full_like(each, 1 / each.shape[1])
        return np.asarray(np.divide(each, total, out=even, where=total > 0))


def fit_platt(decision: Array, y: NDArray[Any]) -> Platt:
    """Fit to decision values (n,) or (n, c) of rows that the machine was not fitted on.

    Args:
        y: (n,) labels 0 … c−1.
    """
    if decision.ndim == 1:
        return Platt(*np.array([_sigmoid(decision, y == 1)]).T)
    fitted = [_sigmoid(decision[:, k], y == k) for k in range(decision.shape[1])]
    return Platt(*np.array(fitted).T)


def _sigmoid(decision: Array, positive: NDArray[np.bool_]) -> tuple[float, float]:
    """a and b of largest likelihood, of targets (n₊+1)/(n₊+2) and 1/(n₋+2) (Platt's eq. 8)."""
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    target = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    largest = float(np.abs(decision).max())
    scale = largest if largest > 0 else 1.0
    features = np.column_stack([decision / scale, np.ones(len(decision))])

    def loss(at: Array) -> tuple[float, Array]:
        z = features @ at
        value = np.logaddexp(0.0, z) - target * z
        return float(value.sum()), features.T @ (expit(z) - target)

    def curvature(at: Array) -> Array:
        p = expit(features @ at)
        return np.asarray(features.T @ (features * (p * (1 - p))[:, None]))

    start = np.array([0.0, np.log((n_positive + 1) / (n_negative + 1))])
    options = {"gtol": 1e-9, "maxiter": 200}
    found = minimize(loss, start, jac=True, hess=curvature, method="trust-exact", options=options).x
    return float(found[0] / scale), float(found[1])
