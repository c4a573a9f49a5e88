"""Linear support vector machines with squared losses by Newton's method on the primal."""

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn.exceptions import ConvergenceWarning

Array = NDArray[np.float64]
Miss = Callable[[Array], Array]
"""From predictions (n,) to how far each misses what its loss asks, signed; 0 where it does not."""

_MOST_STEPS = 100
_PRECISE = 1e-12  # decrease that a step promises, of the objective
_SHORTEST = 1e-10


def hinge(signs: Array) -> Miss:
    """Misses the side ±1 it is on by less than a margin of 1."""
    return lambda predicted: np.where(signs * predicted < 1.0, predicted - signs, 0.0)


def tube(y: Array, epsilon: float) -> Miss:
    """Misses y by more than ε."""

    def miss(predicted: Array) -> Array:
        away = predicted - y
        return np.sign(away) * np.maximum(np.abs(away) - epsilon, 0.0)

    return miss


def minimise(features: Array, miss: Miss, C: float) -> tuple[Array, float]:
    """Weights (r,) and intercept b that minimise ½(‖w‖² + b²) + C Σ miss(Φw + b)².

    Chapelle, Neural Computation 19 (2007) 1155: each step is a ridge regression on the rows that
    miss, n r² + r³/3 operations, and few are needed; the intercept is penalised as in liblinear.
    """
    A = np.column_stack([features, np.ones(len(features))])
    w, predicted = np.zeros(A.shape[1]), np.zeros(len(A))
    objective = _objective(w, miss(predicted), C)
    for _ in range(_MOST_STEPS):
        missed = miss(predicted)
        on = missed != 0.0
        used = A[on]
        gradient = w + 2.0 * C * (used.T @ missed[on])
        curvature = 2.0 * C * (used.T @ used)
        curvature[np.diag_indices(len(w))] += 1.0
        step = -cho_solve(cho_factor(curvature, overwrite_a=True), gradient)
        promised, along, length = float(-gradient @ step), A @ step, 1.0
        reached = _objective(w + step, miss(predicted + along), C)
        while reached > objective - 1e-4 * length * promised and length > _SHORTEST:
            length /= 2.0
            reached = _objective(w + length * step, miss(predicted + length * along), C)
        if promised <= _PRECISE * objective or reached >= objective:  # the rest is rounding
            return w[:-1], float(w[-1])
        w, predicted, objective = w + length * step, predicted + length * along, reached
    _warn(objective)
    return w[:-1], float(w[-1])


def _objective(w: Array, missed: Array, C: float) -> float:
    return float(0.5 * (w @ w) + C * (missed @ missed))


def _warn(objective: float) -> None:
    warnings.warn(
        f"linear machine not converged after {_MOST_STEPS} Newton steps, at {objective:.6g}",
        ConvergenceWarning,
        stacklevel=3,
    )
