"""Simultaneous perturbation: a gradient from two losses, whatever the number of parameters.

Spall, IEEE Trans. Autom. Control 37, 332 (1992), eq. 2.2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qml_core.training.functions import Array

Side = Literal["plus", "minus"]
Loss = Callable[[Array, Side], float]
"""Loss at a point (P,); the side names its evaluation."""


@dataclass(frozen=True, eq=False)
class SPSAGradient:
    """An estimate of the gradient (P,), unbiased but for the third derivatives."""

    gradient: Array
    plus: float
    """Loss at theta + c Δ."""
    minus: float

    @property
    def loss(self) -> float:
        """Mean of both, that at theta up to the second order in c."""
        return (self.plus + self.minus) / 2


def rademacher(size: int, rng: np.random.Generator) -> Array:
    """Entries −1 and 1 with equal probability: (size,)."""
    return rng.choice(np.array([-1.0, 1.0]), size)


def spsa_gradient(
    loss: Loss, theta: Array, perturbation: float, rng: np.random.Generator
) -> SPSAGradient:
    """(L(θ + cΔ) − L(θ − cΔ)) / (2c) · 1/Δ in a random direction Δ of entries ±1.

    Args:
        theta: (P,).
        perturbation: c, in the units of theta.
    """
    direction = rademacher(len(theta), rng)
    plus = loss(theta + perturbation * direction, "plus")
    minus = loss(theta - perturbation * direction, "minus")
    return SPSAGradient((plus - minus) / (2 * perturbation) * direction, plus, minus)
