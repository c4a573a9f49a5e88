"""Scales that an estimator learns from its training rows, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DEVIATIONS = 2.0
"""Standard deviations around the mean that fill the range of an encoding's angles."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """(X − centre) · factor + offset; of constants the factor is that of deviation 1."""

    centre: Array
    """(d,)"""
    factor: Array
    """(d,)"""
    offset: float

    @classmethod
    def fit(cls, X: Array, angle_range: tuple[float, float] | None = None) -> "Scaling":
        """Standardised columns of X (n, d); ±2 standard deviations fill the range, radians."""
        deviation = np.std(X, axis=0)
        deviation[deviation <= 1e-12 * np.max(np.abs(X), axis=0)] = 1.0  # rounding, not a spread
        low, high = angle_range or (-DEVIATIONS, DEVIATIONS)
        reach = (high - low) / 2 / DEVIATIONS
        return cls(np.mean(X, axis=0), reach / deviation, (low + high) / 2)

    def __call__(self, X: Array) -> Array:
        return (X - self.centre) * self.factor + self.offset

    def inverse(self, X: Array) -> Array:
        return (X - self.offset) / self.factor + self.centre
