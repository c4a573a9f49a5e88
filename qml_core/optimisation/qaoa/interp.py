"""Angles of one more layer by interpolation, the INTERP strategy of Zhou et al. 2020."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def one_more_layer(angles: Array) -> Array:
    """(2, p + 1) of (2, p): θ'_i = ((i − 1) θ_{i−1} + (p − i + 1) θ_i)/p (eq. B1)."""
    p = angles.shape[1]
    before = np.pad(angles, ((0, 0), (1, 0)))
    after = np.pad(angles, ((0, 0), (0, 1)))
    i = np.arange(p + 1)
    found: Array = (i * before + (p - i) * after) / p
    return found


def stage_ends(layers: int, begin: int, end: int) -> list[int]:
    """Where each of the stages of 1 … p layers ends, of evaluations begin … end.

    Shares grow with the layers, which are the number of angles; the last stage has one at least.
    """
    shares = np.arange(1, layers + 1) / (layers * (layers + 1) / 2)
    before_last = begin + np.floor((end - begin) * np.cumsum(shares[:-1])).astype(int)
    return [*np.minimum(before_last, end - 1).tolist(), end]
