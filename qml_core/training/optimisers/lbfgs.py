"""L-BFGS with a strong-Wolfe line search, of torch.optim."""

import torch

from qml_core.training.objective import Evaluation, Objective
from qml_core.training.optimisers._optimiser import Step, gradient_step
from qml_core.training.optimisers.first_order import Parameters, flat_state, load_flat_state
from qml_core.training.state import OptimiserState

_EVALUATIONS = 26
"""Of one step at most: one where it starts, then the line search."""


class LBFGS:
    """One iteration a step over all rows (Liu and Nocedal 1989); needs exact gradients."""

    def __init__(self, parameters: Parameters) -> None:
        self._torch = torch.optim.LBFGS(
            parameters,
            max_iter=1,
            max_eval=_EVALUATIONS,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )

    def step(self, objective: Objective, learning_rate: float) -> Step:
        self._torch.param_groups[0]["lr"] = learning_rate
        before, seen = objective.entries.vector(), list[Step]()

        def evaluate() -> float:
            found: Evaluation = objective.gradient()
            if not seen:
                seen.append(gradient_step(objective, found))
            return found.loss

        try:
            self._torch.step(evaluate)  # type: ignore[no-untyped-call]
        except BaseException:
            objective.entries.assign(before)
            raise
        return seen[0]

    def state(self) -> OptimiserState:
        for memory in self._torch.state.values():
            memory.pop("al", None)  # scratch space of one iteration
        return flat_state(self._torch)

    def load(self, state: OptimiserState) -> None:
        load_flat_state(self._torch, state)

    def close(self) -> None:
        pass
