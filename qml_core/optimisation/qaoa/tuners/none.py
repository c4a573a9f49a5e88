"""No tuning: the start is kept."""

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.qaoa.evaluations import Evaluations


def none(
    evaluations: Evaluations, start: NDArray[np.float64], end: int, rng: np.random.Generator
) -> None:
    """Evaluate the start once."""
    evaluations.value(start, end)
