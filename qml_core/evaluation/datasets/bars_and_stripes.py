"""Noisy images of bars or stripes (Bowles et al., arXiv:2403.07059)."""

import numpy as np
from numpy.typing import NDArray


def bars_and_stripes(
    rng: np.random.RandomState, *, n_samples: int, height: int, width: int, noise: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Pixels -1, random rows (label +1) or columns (label -1) set to +1, plus normal noise.

    Returns:
        X (n, height·width), row by row, and y (n,).
    """
    images = np.full((n_samples, height, width), -1.0)
    y = np.empty(n_samples, dtype=np.int64)
    for row, image in enumerate(images):
        if rng.rand() > 0.5:
            y[row] = 1
            image[rng.rand(height) > 0.5, :] = 1.0
        else:
            y[row] = -1
            image[:, rng.rand(width) > 0.5] = 1.0
        image += rng.normal(0, noise, size=(height, width))
    return images.reshape(n_samples, height * width), y
