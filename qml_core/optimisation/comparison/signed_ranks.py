"""Wilcoxon's signed-rank test, exact with ties and zeros, and Hodges-Lehmann's estimate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class SignedRanks:
    """Of paired differences.

    Args:
        p: two-sided; 1 where all differences are zero.
        direction: sign of the sum of the signed ranks.
        estimate: Hodges-Lehmann: median of the Walsh averages.
        low, high: its confidence interval; infinite where there are too few pairs for one.
        pairs: differences; `zeros`: of them zero.
    """

    p: float
    direction: int
    estimate: float
    low: float
    high: float
    pairs: int
    zeros: int


def signed_ranks(differences: FloatArray, confidence: float = 0.95) -> SignedRanks:
    """The test that differences (n,) are symmetric about 0.

    p is exact given the absolute differences, whatever their ties: zeros take part in the ranking
    and are then left out (Pratt 1959). The interval inverts the test without ties (Hollander &
    Wolfe, Nonparametric Statistical Methods, section 3.3).
    """
    # rounding must not break ties: differences of areas that are equal on paper
    size = np.abs(differences).max(initial=0.0)
    rounded = np.round(differences / size, 12) if size > 0 else np.zeros_like(differences)
    ranks = rankdata(np.abs(rounded))
    signs = np.sign(rounded)
    positive = float(ranks[signs > 0].sum())
    negative = float(ranks[signs < 0].sum())
    low, high = _interval(differences, confidence)
    return SignedRanks(
        p=_two_sided(ranks[signs != 0], min(positive, negative)),
        direction=int(np.sign(positive - negative)),
        estimate=float(np.median(walsh_averages(differences))),
        low=low,
        high=high,
        pairs=len(differences),
        zeros=int((signs == 0).sum()),
    )


def walsh_averages(values: FloatArray) -> FloatArray:
    """(x_i + x_j) / 2 for i ≤ j, ascending, (n (n + 1) / 2,)."""
    i, j = np.triu_indices(len(values))
    return np.sort((values[i] + values[j]) / 2)


def rank_sum_distribution(ranks: FloatArray) -> FloatArray:
    """Probabilities of 0, ½, 1, … as the sum of the ranks (k,) whose fair coin shows heads."""
    doubled = np.rint(2 * ranks).astype(int)
    chances = np.zeros(int(doubled.sum()) + 1)
    chances[0] = 1.0
    for rank in doubled:
        moved = np.zeros_like(chances)
        moved[rank:] = chances[: len(chances) - rank]
        chances = (chances + moved) / 2
    return chances


def _two_sided(ranks: FloatArray, smaller: float) -> float:
    below = rank_sum_distribution(ranks)[: round(2 * smaller) + 1].sum()
    return float(min(1.0, 2 * below))


def _interval(differences: FloatArray, confidence: float) -> tuple[float, float]:
    n = len(differences)
    below = np.cumsum(rank_sum_distribution(np.arange(1.0, n + 1))[::2])
    left_out = int((below <= (1 - confidence) / 2).sum())
    if left_out == 0:
        return -np.inf, np.inf
    averages = walsh_averages(differences)
    return float(averages[left_out - 1]), float(averages[-left_out])
