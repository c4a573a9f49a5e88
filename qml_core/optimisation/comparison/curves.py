"""Anytime curves of a search: best loss so far, its regret, and bands over the seeds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

FloatArray = NDArray[np.float64]
Statistic = Literal["mean", "median"]


@dataclass(frozen=True, eq=False)
class Band:
    """A statistic over seeds with its confidence interval, arrays of one shape."""

    centre: FloatArray
    low: FloatArray
    high: FloatArray


def regret(best: FloatArray, optimum: float, worst: float) -> FloatArray:
    """(best − optimum) / (worst − optimum), between 0 and 1; of a flat landscape 0."""
    spread = worst - optimum
    return (best - optimum) / spread if spread > 0 else np.zeros_like(best)


def area(best: FloatArray, optimum: float, worst: float) -> FloatArray:
    """Under the anytime curve of the regret: its mean over the trials, (seeds, trials) -> (seeds,).

    Between 0 (the first trial was the optimum) and 1; smaller is better.
    """
    return np.asarray(regret(best, optimum, worst).mean(axis=-1))


def band(
    curves: FloatArray,
    rng: np.random.Generator,
    statistic: Statistic = "mean",
    confidence: float = 0.95,
    resamples: int = 2000,
) -> Band:
    """Of curves (seeds, …), pointwise: the percentile bootstrap that draws whole seeds.

    Of one seed the band is the curve. Efron & Tibshirani, An Introduction to the Bootstrap (1993),
    section 13.3.
    """
    of = np.mean if statistic == "mean" else np.median
    centre = np.asarray(of(curves, axis=0))
    if len(curves) < 2:
        return Band(centre, centre, centre)
    found = bootstrap(
        (curves,),
        of,
        axis=0,
        n_resamples=resamples,
        batch=max(1, 2**22 // curves.size),
        confidence_level=confidence,
        method="percentile",
        rng=rng,
    )
    return Band(
        centre,
        np.asarray(found.confidence_interval.low),
        np.asarray(found.confidence_interval.high),
    )
