"""Adam on values and gradients."""

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.optimisation.qaoa.evaluations import Evaluations

_LEARNING_RATE = 0.03
_CONVERGED = 1e-7


def adam(
    evaluations: Evaluations, start: NDArray[np.float64], end: int, rng: np.random.Generator
) -> None:
    """torch's Adam, one evaluation a step; it ends where the gradient vanishes."""
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([x], lr=_LEARNING_RATE)
    while evaluations.used < end:
        _, gradient = evaluations.value_and_gradient(x.detach().numpy().copy(), end)
        if np.abs(gradient).max() < _CONVERGED:
            return
        x.grad = torch.from_numpy(gradient)
        optimiser.step()
