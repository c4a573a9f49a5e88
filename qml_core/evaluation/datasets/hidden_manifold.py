"""Points of a low-dimensional manifold labelled by a random network on it.

Goldt et al., arXiv:1909.11500, as in the study of Bowles et al., arXiv:2403.07059.
"""

import numpy as np
from numpy.typing import NDArray


def hidden_manifold(
    rng: np.random.RandomState, *, n_samples: int, n_features: int, manifold_dimension: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """X = tanh(C F / √m - b) for manifold points C (n, m); labels ±1 halve the network's scores."""
    m = manifold_dimension
    embedding = rng.normal(size=(m, n_features))
    manifold = rng.normal(size=(n_samples, m))
    biases = 2 * rng.uniform(size=n_features) - 1
    X = np.tanh(manifold @ embedding / np.sqrt(m) - biases)
    hidden = rng.normal(size=(m, m))
    output = rng.normal(size=m)
    scores = np.tanh(manifold @ hidden.T) @ output / np.sqrt(m)
    return X, np.where(scores < np.median(scores), -1, 1)
