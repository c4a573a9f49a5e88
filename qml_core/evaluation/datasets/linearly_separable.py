"""Points of a cube on either side of a diagonal plane (Bowles et al., arXiv:2403.07059)."""

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError


def linearly_separable(
    rng: np.random.RandomState, *, n_samples: int, n_features: int, margin: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Uniform points x of [-1, 1]^n with |Σx| > margin·n; label -1 where Σx > 0, else +1.

    Args:
        margin: half width of the empty slab in units of the number of features.

    Raises:
        SpecError: the slab leaves fewer than `n_samples` of the 2·n_samples points drawn.
    """
    cube = 2 * rng.rand(2 * n_samples, n_features) - 1
    sums = cube @ np.ones(n_features)
    outside = np.flatnonzero(np.abs(sums) > margin * n_features)[:n_samples]
    if len(outside) < n_samples:
        raise SpecError(
            f"margin={margin} leaves {len(outside)} of the {n_samples} points asked for",
            "make margin smaller",
        )
    return cube[outside], np.where(sums[outside] > 0, -1, 1)
