"""What a benchmark would need to see a difference of the threshold: rows, or repeats."""

import math
from functools import lru_cache

from scipy import optimize, stats

POWER = 0.8
_MOST_REPEATS = 100
# from here on the noncentral t is normal to four digits
_NORMAL = 2000


@lru_cache(maxsize=1024)
def detectable(freedom: int, alpha: float, power: float = POWER) -> float:
    """True difference, in standard errors, that a two-sided t-test at alpha finds with `power`.

    Solves P(|T| > t) = power of the noncentral t distribution for its noncentrality (Cohen,
    Statistical Power Analysis, 1988, chapter 2).
    """
    if freedom > _NORMAL:
        return float(stats.norm.isf(alpha / 2) + stats.norm.ppf(power))
    limit = float(stats.t.isf(alpha / 2, freedom))

    def lacking(noncentrality: float) -> float:
        return float(stats.nct.sf(limit, freedom, noncentrality)) - power

    # the other tail is below 1e-3 at this power
    return float(optimize.brentq(lacking, 0.0, 3.0 * limit + 3.0, xtol=1e-9))


def samples_needed(
    rows: int, error: float, freedom: int, threshold: float, alpha: float, power: float = POWER
) -> int:
    """Rows at which a true difference of `threshold` is found with `power`, two-sided at alpha.

    The variance of a fold's difference falls as one over its test rows; folds and repeats stay.

    Args:
        rows: of the data set.
        error: corrected standard error of the mean difference on these rows.
        freedom: degrees of freedom, folds · repeats − 1.
        threshold: in units of the metric, as `error`.
    """
    needed = rows * (detectable(freedom, alpha, power) * error / threshold) ** 2
    # an error made of roundings must not ask for a row more
    return max(1, math.ceil(needed * (1 - 1e-9)))


def repeats_needed(
    spread: float,
    folds: int,
    ratio: float,
    threshold: float,
    alpha: float,
    power: float = POWER,
    most: int = _MOST_REPEATS,
) -> int | None:
    """Fewest repeats that find a true difference of `threshold`, None where `most` do not suffice.

    More repeats take 1/J of the variance factor 1/J + n_test/n_train down and leave the rest.

    Args:
        spread: standard deviation of one fold's difference, in units of the metric.
        folds: of one repeat.
        ratio: n_test / n_train of a fold.
    """

    def suffice(repeats: int) -> bool:
        count = folds * repeats
        error = math.sqrt(1 / count + ratio) * spread
        return detectable(count - 1, alpha, power) * error <= threshold

    if not suffice(most):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffice(middle) else (middle, high)
    return high
