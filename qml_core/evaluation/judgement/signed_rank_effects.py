"""Beside Wilcoxon's p: how large an effect is, and how likely it is to matter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]

_PRIOR_WEIGHT = 0.5


@dataclass(frozen=True)
class Probabilities:
    """Posterior probabilities that add up to 1."""

    better: float
    equivalent: float
    worse: float


def rank_biserial(differences: Array) -> float | None:
    """Matched-pairs rank-biserial correlation of differences (n,), −1 … 1; None where all are 0.

    Share of the ranks that speak for, less the share that speak against (Kerby, Comprehensive
    Psychology 3 (2014) 11.IT.3.1); zeros are ranked and then left out, as in the test.
    """
    ranks = rankdata(np.abs(differences))
    total = ranks[differences != 0].sum()
    if total == 0:
        return None
    return float((np.sign(differences) * ranks).sum() / total)


def signed_rank_probabilities(
    differences: Array,
    threshold: float,
    *,
    generator: np.random.Generator,
    draws: int = 20_000,
) -> Probabilities:
    """The Bayesian signed-rank test with a region of practical equivalence ± threshold.

    A Dirichlet process with a prior of weight 0.5 on no difference; each draw weighs the
    differences (n,), and whichever of better, equivalent and worse holds most of the weight of
    the Walsh averages wins it (Benavoli et al., J. Mach. Learn. Res. 18(77) (2017), section 4.2).
    """
    points = np.concatenate([[0.0], differences])
    averages = (points[:, None] + points[None, :]) / 2
    shares = generator.dirichlet(np.r_[_PRIOR_WEIGHT, np.ones(len(differences))], size=draws)
    above = _weight_of(averages > threshold, shares)
    below = _weight_of(averages < -threshold, shares)
    table = np.column_stack([above, 1.0 - above - below, below])
    won = table == table.max(axis=1, keepdims=True)
    better, equivalent, worse = (won / won.sum(axis=1, keepdims=True)).mean(axis=0)
    return Probabilities(float(better), float(equivalent), float(worse))


def _weight_of(pairs: NDArray[np.bool_], shares: Array) -> Array:
    """Sum of w_i w_j over the pairs (n, n) that are true, for each draw of w: (draws,)."""
    weight: Array = ((shares @ pairs.astype(np.float64)) * shares).sum(axis=1)
    return weight
