"""Successive halving (Jamieson, Talwalkar, arXiv:1502.07943): who goes on, and what that showed."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau


def promoted(losses: Sequence[float], keep: float) -> NDArray[np.int64]:
    """Positions of the best share `keep` of losses (m,), at least one, ties in their order.

    Failed trials, whose loss is not finite, are never promoted.
    """
    values = np.asarray(losses, dtype=np.float64)
    sound = np.flatnonzero(np.isfinite(values))
    count = math.ceil(keep * len(sound) - 1e-9)
    return sound[np.argsort(values[sound], kind="stable")][:count]


def agreement(below: Sequence[float], above: Sequence[float]) -> float | None:
    """Kendall's τ of the losses of the same configurations on two rungs; none: undefined."""
    pairs = np.array([below, above], dtype=np.float64)
    pairs = pairs[:, np.isfinite(pairs).all(axis=0)]
    if pairs.shape[1] < 2 or np.ptp(pairs, axis=1).min() == 0:
        return None
    return float(kendalltau(*pairs).statistic)
