"""Two interleaving half circles (scikit-learn's make_moons)."""

import numpy as np
from numpy.typing import NDArray


def moons(
    rng: np.random.RandomState, *, n_samples: int, noise: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """X (n, 2) and y (n,) of 0 and 1; `noise` is the standard deviation around the circles."""
    from sklearn.datasets import make_moons

    X, y = make_moons(n_samples, noise=noise, random_state=rng)
    return X, y.astype(np.int64)
