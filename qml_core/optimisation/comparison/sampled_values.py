"""The objective from shots that are drawn from an exact state: the noise of a perfect device."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.evolution import Evolution
from qml_core.optimisation.qaoa.objectives import Expectation
from qml_core.optimisation.qaoa.samples import Samples

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SampledValues:
    """An evaluator of means of `shots` energies each; it has no gradient."""

    ising: Ising
    evolution: Evolution
    shots: int
    rng: np.random.Generator
    differentiable: bool = False

    def values(self, angles: Array, part: str) -> Array:
        """(b,) at angles (b, 2, p)."""
        drawn = [self.samples(one, self.shots, part) for one in angles]
        of_samples = Expectation().of_samples
        return np.array([of_samples(one.energies(self.ising), one.counts) for one in drawn])

    def value_and_gradient(self, angles: Array) -> tuple[float, Array]:
        raise SpecError("a gradient of values from shots asked, there is none", "use cobyla")

    def samples(self, angles: Array, shots: int, part: str) -> Samples:
        return self.evolution.sample(angles, shots, self.rng)
