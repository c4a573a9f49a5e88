"""Quantum natural gradient descent."""

import numpy as np
import torch

from qml_core.training.objective import Objective
from qml_core.training.optimisers._optimiser import Step, gradient_step
from qml_core.training.state import OptimiserState


class NaturalGradient:
    """θ ← θ − η (F + λ1)⁻¹ ∇L, block by block (Stokes et al. 2020, eq. 14).

    F is the Fubini-Study metric averaged over the rows of the step. Parameters outside of the
    circuit, and trained entries that no block holds, take a plain gradient step.

    Args:
        damping: λ, added to the diagonal of each block.
    """

    def __init__(self, damping: float) -> None:
        self._damping = damping

    def step(self, objective: Objective, learning_rate: float) -> Step:
        seen = gradient_step(objective, objective.gradient())
        entries = objective.entries
        direction = objective.theta_gradient.copy()
        for block, metric in objective.metric():
            inside = np.isin(block, entries.trained)
            kept = np.asarray(block)[inside]
            f = metric.detach().numpy(force=True)[np.ix_(inside, inside)]
            damped = f + self._damping * np.eye(len(kept))
            direction[kept] = np.linalg.solve(damped, direction[kept])
        with torch.no_grad():
            for p in entries.others:
                if p.grad is not None:
                    p.sub_(learning_rate * p.grad)
            entries.theta.sub_(learning_rate * torch.from_numpy(direction).to(entries.theta))
        return seen

    def state(self) -> OptimiserState:
        return OptimiserState()

    def load(self, state: OptimiserState) -> None:
        pass

    def close(self) -> None:
        pass
