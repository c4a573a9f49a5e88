"""L-BFGS on values and gradients."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from qml_core.optimisation.qaoa.evaluations import Evaluations

_GRADIENT, _CHANGE = 1e-7, 1e-13


def lbfgs(
    evaluations: Evaluations, start: NDArray[np.float64], end: int, rng: np.random.Generator
) -> None:
    """scipy's L-BFGS-B without bounds; a value with its gradient is one evaluation."""
    minimize(
        lambda x: evaluations.value_and_gradient(x, end),
        start,
        jac=True,
        method="L-BFGS-B",
        options={"gtol": _GRADIENT, "ftol": _CHANGE, "maxfun": end + 1, "maxiter": end + 1},
    )
