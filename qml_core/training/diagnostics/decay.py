"""How a variance falls with the qubits: slope in log2, exponential against power law, verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qml_core.references import Interval

Array = NDArray[np.float64]
Outcome = Literal["barren plateau", "polynomial", "flat", "inconclusive"]

RESAMPLES = 1000
FLAT = -0.25
"""log2 per qubit: a slope certainly above it loses less than a factor of two in four qubits."""
SURE = 0.95
"""Share of the resamples in which one law must fit better than the other."""
FEWEST_SIZES = 3


@dataclass(frozen=True, eq=False)
class Decay:
    """Variance against size.

    Attributes:
        sizes: (k,) qubits.
        variances: (k,).
        slope: of log2 variance per qubit by least squares, 95 % bootstrap interval.
        intercept: of the same line, at 0 qubits.
        power: exponent c of the power law n^c, with its interval.
        exponential_share: share of resamples in which the exponential fits better.
        low, high: (k,) bootstrap band of the line, log2.
    """

    sizes: Array
    variances: Array
    slope: Interval
    intercept: float
    power: Interval
    exponential_share: float
    low: Array
    high: Array
    outcome: Outcome


def fit_decay(
    sizes: Sequence[int], samples: Sequence[Array], rng: np.random.Generator
) -> Decay | None:
    """Least squares through log2 of the variances, resampled 1,000 times; None: fewer than 2 sizes.

    Args:
        samples: gradients (S, P) of each size, S independent draws of P entries; the variance of
            a size is that over the draws, averaged over the entries.
    """
    if len(sizes) < 2 or any(not np.any(s) for s in samples):
        return None
    n = np.asarray(sizes, dtype=np.float64)
    variances = np.array([float(np.mean(np.var(s, axis=0, ddof=1))) for s in samples])
    resampled = np.stack([resampled_variances(s, rng) for s in samples])  # (k, R)
    logs = np.log2(np.maximum(resampled, 1e-300))
    lines, rest = _fit(n, logs)
    powers, power_rest = _fit(np.log2(n), logs)
    band = np.percentile(lines[1] + np.outer(n, lines[0]), [2.5, 97.5], axis=1)
    (slope, intercept), _ = _fit(n, np.log2(variances)[:, None])
    (power, _), _ = _fit(np.log2(n), np.log2(variances)[:, None])
    interval = _interval(float(slope[0]), lines[0])
    share = float(np.mean(rest < power_rest))
    return Decay(
        sizes=n,
        variances=variances,
        slope=interval,
        intercept=float(intercept[0]),
        power=_interval(float(power[0]), powers[0]),
        exponential_share=share,
        low=band[0],
        high=band[1],
        outcome=judge(len(sizes), interval, share),
    )


def judge(sizes: int, slope: Interval, exponential_share: float) -> Outcome:
    """The outcome: flat, a law that certainly fits better, or inconclusive."""
    assert slope.low is not None
    assert slope.high is not None
    if sizes < FEWEST_SIZES:
        return "inconclusive"
    if slope.low > FLAT:
        return "flat"
    if slope.high >= 0:
        return "inconclusive"
    if exponential_share >= SURE and slope.high < FLAT:
        return "barren plateau"
    return "polynomial" if exponential_share <= 1 - SURE else "inconclusive"


def resampled_variances(samples: Array, rng: np.random.Generator) -> Array:
    """Variances of RESAMPLES bootstrap samples of (S, P), each averaged over P: (RESAMPLES,)."""
    drawn = len(samples)
    counts = rng.multinomial(drawn, np.full(drawn, 1 / drawn), size=RESAMPLES) / drawn
    centred = samples - samples.mean(axis=0)
    found = (counts @ centred**2 - (counts @ centred) ** 2) * drawn / (drawn - 1)
    variances: Array = found.mean(axis=1)
    return variances


def variance_error(samples: Array) -> float:
    """Standard error of the variance of samples (S,): √((m₄ − s⁴)/S)."""
    centred = samples - samples.mean()
    return float(np.sqrt(max(np.mean(centred**4) - np.var(centred) ** 2, 0.0) / len(samples)))


def line_slope(x: Array, y: Array, resampled: Array) -> tuple[Interval, float]:
    """Slope and intercept of y (k,) over x (k,) with the interval of resampled y (k, R)."""
    (slope, intercept), _ = _fit(x, y[:, None])
    (slopes, _), _ = _fit(x, resampled)
    return _interval(float(slope[0]), slopes), float(intercept[0])


def _fit(x: Array, y: Array) -> tuple[tuple[Array, Array], Array]:
    """Slopes and intercepts (R,) of the columns of y (k, R) over x (k,), and squared residuals."""
    centred = x - x.mean()
    spread = np.sum(centred**2) or 1.0
    slope = centred @ y / spread
    intercept = y.mean(axis=0) - slope * x.mean()
    rest = np.sum((y - intercept - np.outer(x, slope)) ** 2, axis=0)
    return (slope, intercept), rest


def _interval(value: float, resampled: Array) -> Interval:
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(value=value, low=min(float(low), value), high=max(float(high), value))
