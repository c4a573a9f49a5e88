"""Points labelled by the parity of the planes they lie above (Bowles et al., arXiv:2403.07059)."""

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.evaluation.datasets.balanced import halves, standardised


def hyperplanes(
    rng: np.random.RandomState,
    *,
    n_samples: int,
    n_features: int,
    n_hyperplanes: int,
    dim_hyperplanes: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """n/2 points above an even number of planes (label -1), then n/2 above an odd number (+1).

    Args:
        dim_hyperplanes: dimension of the space of the planes, embedded linearly into n_features.

    Raises:
        SpecError: `n_samples` is odd, or one parity holds fewer than half of it among 4n draws.
    """
    half = halves(n_samples)
    weights = rng.uniform(size=(n_hyperplanes, dim_hyperplanes))
    biases = rng.uniform(size=n_hyperplanes)
    points = rng.normal(size=(4 * n_samples, dim_hyperplanes))
    odd = (points @ weights.T + biases > 0).sum(axis=1) % 2 == 1
    even_rows, odd_rows = np.flatnonzero(~odd)[:half], np.flatnonzero(odd)[:half]
    if min(len(even_rows), len(odd_rows)) < half:
        raise SpecError(
            f"{n_hyperplanes} hyperplanes give {len(even_rows)} even and {len(odd_rows)} odd "
            f"points, {half} of each are needed",
            "take another seed or another number of hyperplanes",
        )
    embedding = rng.uniform(size=(dim_hyperplanes, n_features))
    chosen = points[np.concatenate([even_rows, odd_rows])]
    return standardised(chosen @ embedding), np.repeat([-1, 1], half)
