"""Units that make the angles of all problems alike: of about 1, both positive when annealing."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.scales import phase_scale

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AngleUnits:
    """Radians of one unit of γ and of β.

    γ has 1/κ, with κ the phase scale of the problem. β has −1, because the start is the uppermost
    state of the mixer and energies are minimised; +1 after a warm start, which is the lowest state
    of its mixer (Egger et al. 2021); −2/(k − 1) with a complete XY mixer on up to k ≥ 3 levels,
    whose spectrum is so much wider than that of a ring.
    """

    gamma: float
    beta: float = -1.0

    @classmethod
    def of(
        cls, ising: Ising, registers: Registers | None, mixer: str, *, warm: bool = False
    ) -> Self:
        beta = 1.0 if warm else -1.0
        if registers is not None and mixer == "xy_complete":
            beta *= 2 / max(2, max(registers.levels) - 1)
        return cls(1 / phase_scale(ising, registers if mixer != "x" else None), beta)

    @property
    def column(self) -> Array:
        """(2, 1)."""
        return np.array([[self.gamma], [self.beta]])

    def radians(self, x: Array) -> Array:
        """Angles (2, p) of the same in units, (2p,) or (2, p)."""
        return np.asarray(x, dtype=np.float64).reshape(2, -1) * self.column

    def of_radians(self, angles: Array) -> Array:
        """(2, p) in units."""
        found: Array = angles / self.column
        return found
