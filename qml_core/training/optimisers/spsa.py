"""Simultaneous perturbation stochastic approximation."""

from qml_core.training.objective import Objective
from qml_core.training.optimisers._optimiser import Step
from qml_core.training.state import OptimiserState

# Spall 1998, section III: exponents, and steps in which the gain hardly falls. The latter is a
# constant, not a share of the steps to come, so that more epochs continue the same sequence.
_ALPHA, _GAMMA, _STABILITY = 0.602, 0.101, 50


class SPSA:
    """Two evaluations a step, whatever the number of parameters (Spall 1992).

    Gains of step k = 0, 1, …: a_k = η ((A + 1)/(A + k + 1))^0.602, so that a_0 = η, and
    c_k = c/(k + 1)^0.101.

    Args:
        perturbation: c, radians.
    """

    def __init__(self, perturbation: float) -> None:
        self._perturbation = perturbation
        self._done = 0

    def step(self, objective: Objective, learning_rate: float) -> Step:
        gain = learning_rate * ((_STABILITY + 1) / (_STABILITY + self._done + 1)) ** _ALPHA
        size = self._perturbation / (self._done + 1) ** _GAMMA
        found, slope = objective.simultaneous_gradient(size)
        objective.entries.assign(objective.entries.vector() - gain * slope)
        self._done += 1
        return Step(found.loss, found.outputs)

    def state(self) -> OptimiserState:
        return OptimiserState(numbers={"done": self._done})

    def load(self, state: OptimiserState) -> None:
        self._done = int(state.numbers["done"])

    def close(self) -> None:
        pass
