"""Two noisy Fourier curves at a distance (Bowles et al., arXiv:2403.07059)."""

import numpy as np
from numpy.typing import NDArray

from qml_core.evaluation.datasets.balanced import halves, standardised


def two_curves(
    rng: np.random.RandomState,
    *,
    n_samples: int,
    n_features: int,
    degree: int,
    offset: float,
    noise: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """n/2 points of a random curve (label -1), then n/2 of the same one shifted by `offset` (+1).

    Args:
        degree: largest frequency of the curve, in half turns.
        offset: shift of every feature before the standardisation.
        noise: standard deviation around the curve before the standardisation.

    Raises:
        SpecError: `n_samples` is odd.
    """
    half = halves(n_samples)
    coefficients = rng.uniform(size=(n_features, degree + 1, 2))
    coefficients = coefficients / np.linalg.norm(coefficients)
    lower = _curve(rng, coefficients, half, noise)
    upper = _curve(rng, coefficients, half, noise) + offset
    return standardised(np.concatenate([lower, upper])), np.repeat([-1, 1], half)


def _curve(
    rng: np.random.RandomState, coefficients: NDArray[np.float64], n: int, noise: float
) -> NDArray[np.float64]:
    """Points (n, d); the published stream alternates one position and d noise values."""
    positions, noises = np.empty(n), np.empty((n, len(coefficients)))
    for row in range(n):
        positions[row] = rng.rand()
        noises[row] = rng.normal(0, noise, size=len(coefficients))
    points = np.tile(coefficients[:, 0, 0] + coefficients[:, 0, 1], (n, 1))
    for frequency in range(1, coefficients.shape[1]):
        angles = (frequency * np.pi * positions)[:, None]
        cosine, sine = coefficients[:, frequency, 0], coefficients[:, frequency, 1]
        points += cosine * np.cos(angles) + sine * np.sin(angles)
    return points + noises
