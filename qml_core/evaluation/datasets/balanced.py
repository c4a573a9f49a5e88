"""What generators with two equal halves share."""

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError


def halves(n_samples: int) -> int:
    """Rows per class; raises SpecError where `n_samples` is odd."""
    if n_samples % 2:
        raise SpecError(f"n_samples={n_samples} is odd, the two classes are equally large")
    return n_samples // 2


def standardised(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Zero mean and unit variance per column of X (n, d), rounded as scikit-learn rounds."""
    from sklearn.preprocessing import StandardScaler

    result: NDArray[np.float64] = StandardScaler().fit_transform(X)
    return result
