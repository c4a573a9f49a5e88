"""Central differences, to check other gradients with."""

from collections.abc import Callable

import numpy as np

from qml_core.training.functions import Array


def central_differences(loss: Callable[[Array], float], theta: Array, step: float = 1e-5) -> Array:
    """(L(θ + h e_p) − L(θ − h e_p)) / 2h of each entry p: (P,); its error is of order h²."""
    shifts = step * np.eye(len(theta))
    return np.array([(loss(theta + s) - loss(theta - s)) / (2 * step) for s in shifts])
