"""The canary: a first small job that tells whether a device is worth the rest of the plan."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]
Entries = NDArray[np.int64]

DIAGONALS, PAIRS = 5, 5
LARGE = 0.3
"""Entries below it tell little of the fidelity for their shots."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Fidelity:
    """Measured over exact probability of 0…0, all pairs pooled, and its upper 95 % bound."""

    value: float
    upper: float


def canary_pairs(
    rows: Sequence[int],  # (n,)
    exact_kernel: Array | None,  # (n, n) of these rows; none: too large to simulate
    seed: int,
) -> Entries:
    """(k, 2) pairs of rows: up to 5 of a row with itself, and up to 5 others with K ≥ 0.3.

    A row with itself has K = 1 at any size, so a device can be judged where nothing can be
    simulated.
    """
    rng, names = np.random.default_rng(seed), np.asarray(rows, dtype=np.int64)
    chosen = np.sort(rng.permutation(len(names))[:DIAGONALS])
    positions = np.column_stack([chosen, chosen])
    if exact_kernel is not None:
        large = np.argwhere(np.triu(exact_kernel >= LARGE, k=1))
        drawn = np.sort(rng.permutation(len(large))[:PAIRS])
        positions = np.concatenate([positions, large[drawn]])
    return names[positions]


def canary_fidelity(
    zero_counts: ArrayLike,  # (k,)
    shots: int,
    exact: ArrayLike,  # (k,), 1 for a row with itself
) -> Fidelity:
    """Σ zero counts / Σ shots · exact, and the bound that the true ratio exceeds in 5 % at most.

    The bound is Clopper and Pearson's (Biometrika 26 (1934) 404) of all shots as if they had one
    probability; a sum of different ones varies less (Hoeffding 1956), so it is conservative.
    """
    zeros, expected = int(np.sum(np.asarray(zero_counts))), np.asarray(exact, dtype=float)
    total = shots * expected.size
    upper = 1.0 if zeros >= total else float(stats.beta.ppf(CONFIDENCE, zeros + 1, total - zeros))
    mean = float(expected.mean())
    return Fidelity(zeros / total / mean, upper / mean)


def judge(upper: float, threshold: float) -> bool:
    """Whether the run goes on: the fidelity may still be as high as the threshold asks."""
    return upper >= threshold
