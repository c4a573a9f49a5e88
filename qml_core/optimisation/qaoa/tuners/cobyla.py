"""COBYLA: linear models of the objective on a simplex, values alone (Powell 1994)."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from qml_core.optimisation.qaoa.evaluations import Evaluations

_FIRST_STEP, _LAST_STEP = 0.1, 5e-3


def cobyla(
    evaluations: Evaluations, start: NDArray[np.float64], end: int, rng: np.random.Generator
) -> None:
    """scipy's COBYLA; steps are in radians, of gammas times the phase scale."""
    fewest = len(start) + 2  # scipy warns below; the record stops it where fewer are left
    minimize(
        lambda x: evaluations.value(x, end),
        start,
        method="COBYLA",
        tol=_LAST_STEP,
        options={"rhobeg": _FIRST_STEP, "maxiter": max(end, fewest)},
    )
