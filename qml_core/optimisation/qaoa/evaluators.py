"""The costly half of QAOA: values of the objective and samples, exact or measured."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.evolution import Evolution
from qml_core.optimisation.qaoa.objectives import Objective
from qml_core.optimisation.qaoa.samples import Samples

Array = NDArray[np.float64]


class Evaluator(Protocol):
    """Angles are (2, p): gammas, betas, radians. Parts name what a measurement is for, once each:
    "evaluation 3", "evaluation 3 plus", "readout", from the second round on "round 2 readout"."""

    @property
    def differentiable(self) -> bool:
        """Whether value_and_gradient can be asked for."""

    def values(self, angles: Array, part: str) -> Array:
        """(b,) of the objective at angles (b, 2, p)."""

    def value_and_gradient(self, angles: Array) -> tuple[float, Array]:
        """Of the objective at angles (2, p), and its gradient (2, p)."""

    def samples(self, angles: Array, shots: int, part: str) -> Samples:
        """Bit strings with their counts."""


@runtime_checkable
class RoundEvaluator(Protocol):
    """An evaluator that recursive QAOA can ask about the smaller problems of its rounds."""

    def of_round(self, ising: Ising, prefix: str) -> Evaluator:
        """The same measurements on another problem; parts begin with `prefix`, "round 2 "."""


class ExactEvaluator:
    """Values by exact simulation; samples are drawn from exact probabilities."""

    differentiable = True

    def __init__(
        self, evolution: Evolution, objective: Objective, rng: np.random.Generator
    ) -> None:
        self.evolution = evolution
        self._observable = objective.observable(evolution.energies)
        self._rng = rng

    def values(self, angles: Array, part: str = "") -> Array:
        return self.evolution.values(angles, self._observable)

    def value_and_gradient(self, angles: Array) -> tuple[float, Array]:
        return self.evolution.value_and_gradient(angles, self._observable)

    def samples(self, angles: Array, shots: int, part: str = "") -> Samples:
        return self.evolution.sample(angles, shots, self._rng)

    def expectation(self, angles: Array) -> float:
        """⟨C⟩, whatever the objective."""
        return float(self.evolution.values(angles[None])[0])

    def correlations(self, angles: Array) -> tuple[Array, Array]:
        """⟨Z_i⟩ (n,) and ⟨Z_i Z_j⟩ (n, n)."""
        return self.evolution.correlations(angles)
