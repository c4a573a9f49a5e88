"""95 % intervals: Wilson for a proportion, bootstrap percentiles, t corrected for re-splitting."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from qml_core.errors import DataError

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]

CONFIDENCE = 0.95
_TAIL = (1.0 - CONFIDENCE) / 2.0
_ENTRIES_AT_ONCE = 2_000_000
# Values that differ by rounding only have no spread to judge by.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Metric:
    """A value and its 95 % interval; low and high are None where none can be given."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class CorrectedT:
    """Mean of J values of overlapping splits, its 95 % interval, p-value of mean 0 (two-sided)."""

    mean: Metric
    p_value: float | None


def wilson(successes: int, n: int) -> Metric:
    """Proportion successes/n with the score interval (Wilson, JASA 22 (1927) 209), n ≥ 1."""
    z = float(stats.norm.isf(_TAIL))
    p = successes / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    # No success gives a low of exactly 0, n of n a high of exactly 1: not so after rounding.
    low = 0.0 if successes == 0 else float(centre - half)
    return Metric(p, low, 1.0 if successes == n else float(centre + half))


def resampled_rows(n: int, draws: int, generator: np.random.Generator) -> Iterator[Array]:
    """How often each of n rows is drawn in each of `draws` bootstrap samples: (b, n) at a time."""
    at_once = max(1, _ENTRIES_AT_ONCE // n)
    for begin in range(0, draws, at_once):
        size = min(at_once, draws - begin)
        yield generator.multinomial(n, np.full(n, 1.0 / n), size=size).astype(np.float64)


def percentile(value: float, resampled: Array) -> Metric:
    """Percentile bootstrap interval (Efron & Tibshirani 1993, ch. 13) of resampled values (draws,).

    Resamples in which the statistic is undefined (NaN) are left out. No interval where all the
    others are equal: resampling a perfect score says nothing about its uncertainty.
    """
    defined = resampled[~np.isnan(resampled)]
    if defined.size < 2 or np.ptp(defined) <= _ROUNDING * abs(value):
        return Metric(value)
    low, high = np.quantile(defined, (_TAIL, 1.0 - _TAIL))
    return Metric(value, float(low), float(high))


def corrected_t(
    values: Sequence[float],
    n_train: int,
    n_test: int,
    *,
    limits: tuple[float, float] = (-math.inf, math.inf),
    scale: float | None = None,
) -> CorrectedT:
    """Corrected resampled t interval of the mean of J values, one per random split.

    Splits share rows, so the variance factor is 1/J + n_test/n_train and not 1/J; J − 1 degrees
    of freedom (Nadeau & Bengio, Machine Learning 52 (2003) 239, section 3). One value, or values
    without any spread, give the mean without interval and p-value.

    Args:
        values: one per split (J,).
        n_train: training rows of one split.
        n_test: test rows of one split.
        limits: the interval is cut at them, for instance (0, 1) for an accuracy.
        scale: size of the numbers that the values are made of; a spread of 1e-12 of it is rounding.
            None: the largest value.

    Raises:
        DataError: no value, one that is not finite, or an empty side of the split.
    """
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or found.size == 0 or not np.isfinite(found).all():
        raise DataError(f"scores of splits {list(values)}", "pass one finite number per split")
    if n_train < 1 or n_test < 1:
        raise DataError(
            f"splits of {n_train} training and {n_test} test rows", "both sides need a row"
        )
    mean = float(found.mean())
    size = float(np.abs(found).max()) if scale is None else scale
    if np.ptp(found) <= _ROUNDING * size:
        return CorrectedT(Metric(mean), None)
    freedom = found.size - 1
    error = float(np.sqrt((1 / found.size + n_test / n_train) * found.var(ddof=1)))
    half = float(stats.t.isf(_TAIL, freedom)) * error
    p_value = 2.0 * float(stats.t.sf(abs(mean) / error, freedom))
    return CorrectedT(
        Metric(mean, max(limits[0], mean - half), min(limits[1], mean + half)), p_value
    )
