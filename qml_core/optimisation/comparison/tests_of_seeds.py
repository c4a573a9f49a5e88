"""Tests over the seeds of one space: are searchers alike, and the contrasts declared beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import friedmanchisquare, rankdata

from qml_core.errors import SpecError
from qml_core.optimisation.comparison.signed_ranks import signed_ranks

DECLARED = (("qaoa", "anneal"), ("qaoa", "random"))
"""The contrasts that are tested, and no others: first − second."""

Areas = Mapping[str, NDArray[np.float64]]
"""By searcher, one per seed in the same order, (seeds,); smaller is better."""


@dataclass(frozen=True)
class Friedman:
    """Friedman's test over the seeds; `ranks`: average of each searcher, 1 is best."""

    statistic: float
    p: float
    ranks: dict[str, float]
    seeds: int


@dataclass(frozen=True)
class Contrast:
    """A paired difference first − second over the seeds; negative: the first is better.

    Args:
        p: Wilcoxon's signed ranks, two-sided; `corrected`: after Holm, of the declared ones.
        estimate: Hodges-Lehmann, with its confidence interval.
        direction: sign of the signed ranks.
        zeros: seeds without a difference.
    """

    first: str
    second: str
    p: float
    corrected: float
    estimate: float
    low: float
    high: float
    direction: int
    seeds: int
    zeros: int

    def outcome(self, level: float = 0.05) -> int:
        """−1: the first is better, 1: it is worse, 0: no difference was found at this level."""
        return self.direction if self.corrected <= level else 0


def average_ranks(areas: Areas) -> dict[str, float]:
    """Of each searcher among all, mean over the seeds; 1 is best, equals share their mean."""
    ranks = rankdata(_table(areas), axis=1).mean(axis=0)
    return dict(zip(areas, ranks.tolist(), strict=True))


def friedman(areas: Areas) -> Friedman:
    """Of three searchers or more, with scipy's correction for ties; raises SpecError for fewer.

    Where every seed ties all searchers, p is 1.
    """
    if len(areas) < 3:
        raise SpecError(
            f"Friedman's test of {', '.join(areas) or 'no searcher'} asked, it needs 3",
            "compare more searchers",
        )
    table = _table(areas)
    ranks = average_ranks(areas)
    if (table == table[:, :1]).all():
        return Friedman(0.0, 1.0, ranks, len(table))
    found = friedmanchisquare(*table.T)
    return Friedman(float(found.statistic), float(found.pvalue), ranks, len(table))


def contrasts(areas: Areas, confidence: float = 0.95) -> tuple[Contrast, ...]:
    """The declared contrasts between searchers that are there, corrected among themselves."""
    pairs = [pair for pair in DECLARED if set(pair) <= set(areas)]
    _table(areas)
    found = [signed_ranks(areas[first] - areas[second], confidence) for first, second in pairs]
    corrected = holm([one.p for one in found])
    return tuple(
        Contrast(
            *pair,
            p=one.p,
            corrected=float(p),
            estimate=one.estimate,
            low=one.low,
            high=one.high,
            direction=one.direction,
            seeds=one.pairs,
            zeros=one.zeros,
        )
        for pair, one, p in zip(pairs, found, corrected, strict=True)
    )


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """p values (k,) corrected for each other (Holm 1979), in the same order."""
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")
    stepped = values[order] * (len(values) - np.arange(len(values)))
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(stepped))
    return corrected


def _table(areas: Areas) -> NDArray[np.float64]:
    """(seeds, searchers); raises SpecError where searchers have other numbers of seeds, or NaN."""
    lengths = {name: len(values) for name, values in areas.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise SpecError(f"areas of {lengths} seeds", "run every searcher with the same seeds")
    table = np.column_stack([np.asarray(values, np.float64) for values in areas.values()])
    if not np.isfinite(table).all():
        raise SpecError("an area is NaN or infinite", "give finite areas, one per seed")
    return table
