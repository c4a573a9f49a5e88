"""What the training loop asks of every optimiser."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.training.objective import Evaluation, Objective
from qml_core.training.state import OptimiserState

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Step:
    """What a step saw."""

    loss: float
    outputs: torch.Tensor
    """(n, k) of the rows of the step."""
    gradient: Array | None = None
    """(P,) of theta; None where the optimiser asks for none."""
    errors: Array | None = None
    """(P,) standard errors of the gradient; None where it is exact."""
    converged: str = ""
    """Why there is nothing left to do; empty: it goes on."""


class Optimiser(Protocol):
    """Moves the parameters of a network towards a smaller loss."""

    def step(self, objective: Objective, learning_rate: float) -> Step:
        """Move the trained entries once; where it raises they are where they were."""

    def state(self) -> OptimiserState:
        """All that the next step depends on, copied."""

    def load(self, state: OptimiserState) -> None:
        """Continue from there."""

    def close(self) -> None:
        """Let go of what it holds; nothing may follow."""


def gradient_step(objective: Objective, found: Evaluation) -> Step:
    """The step that saw this evaluation and its gradient."""
    if objective.simultaneous is not None:
        return Step(found.loss, found.outputs)
    errors = objective.network.gradient_errors
    return Step(
        found.loss,
        found.outputs,
        gradient=objective.theta_gradient.copy(),
        errors=None if errors is None else errors.detach().numpy(force=True),
    )
