"""Simultaneous perturbation stochastic approximation."""

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.qaoa.evaluations import Evaluations

# Spall 1998, section III: exponents of both gains, and steps in which the first hardly falls.
_ALPHA, _GAMMA = 0.602, 0.101
_STABILITY = 10
_STEP, _PERTURBATION = 0.05, 0.1  # radians


def spsa(
    evaluations: Evaluations, start: NDArray[np.float64], end: int, rng: np.random.Generator
) -> None:
    """Two evaluations a step, along one random direction of signs (Spall 1992).

    Gains of step k = 0, 1, …: a_k = a_0 ((A + 1)/(A + k + 1))^0.602 and c_k = c/(k + 1)^0.101.
    Slopes are divided by their mean size so far, so that a_0 is the length of a first step in
    radians for objectives of any size. The last evaluation is of the point it came to.
    """
    x, sizes, k = np.array(start, dtype=np.float64), [], 0
    while evaluations.used + 3 <= end:
        signs = rng.choice([-1.0, 1.0], size=len(x))
        reach = _PERTURBATION / (k + 1) ** _GAMMA
        above, below = evaluations.pair(x + reach * signs, x - reach * signs, end)
        slope = (above - below) / (2 * reach)
        sizes.append(abs(slope))
        gain = _STEP * ((_STABILITY + 1) / (_STABILITY + k + 1)) ** _ALPHA
        x = x - gain * slope / (np.mean(sizes) or 1.0) * signs
        k += 1
    evaluations.value(x, end)
