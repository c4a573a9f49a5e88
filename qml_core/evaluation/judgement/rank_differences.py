"""Average ranks of models over data sets, and how far apart they must be to tell models apart."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import studentized_range

from qml_core.optimisation.comparison.tests_of_seeds import average_ranks, friedman

LEAST_MODELS = 3
"""Of Friedman's test."""


@dataclass(frozen=True)
class RankDifferences:
    """Friedman's test and Nemenyi's after it; None where there is too little for them.

    Args:
        ranks: average of each model, 1 is best, equals share their mean; best first.
        p: Friedman's, that all models are alike.
        critical: difference of average ranks beyond which two models differ.
        cliques: maximal groups of models that are not told apart, best first.
    """

    ranks: dict[str, float]
    p: float | None = None
    critical: float | None = None
    cliques: tuple[tuple[str, ...], ...] = ()


def rank_differences(
    scores: Mapping[str, NDArray[np.float64]], alpha: float, least_data_sets: int
) -> RankDifferences:
    """Of the mean scores (data sets,) of each model, larger is better, none of them NaN.

    With fewer than `least_data_sets` data sets only the ranks are given.
    """
    if not scores:
        return RankDifferences({})
    smaller_is_better = {label: -values for label, values in scores.items()}
    averages = average_ranks(smaller_is_better)
    ranks = dict(sorted(averages.items(), key=lambda item: item[1]))
    data_sets = len(next(iter(scores.values())))
    if data_sets < least_data_sets or len(ranks) < 2:
        return RankDifferences(ranks)
    p = friedman(smaller_is_better).p if len(ranks) >= LEAST_MODELS else None
    critical = critical_difference(len(ranks), data_sets, alpha)
    return RankDifferences(ranks, p, critical, cliques(ranks, critical))


def critical_difference(models: int, data_sets: int, alpha: float) -> float:
    """Nemenyi's, of average ranks (Demšar, J. Mach. Learn. Res. 7 (2006) 1, section 3.2.2)."""
    quantile = studentized_range.isf(alpha, models, np.inf) / np.sqrt(2)
    return float(quantile * np.sqrt(models * (models + 1) / (6 * data_sets)))


def cliques(ranks: Mapping[str, float], critical: float) -> tuple[tuple[str, ...], ...]:
    """Maximal groups of two or more models whose ranks lie within `critical` of each other."""
    ordered = sorted(ranks.items(), key=lambda item: item[1])
    found: list[tuple[str, ...]] = []
    furthest = 0
    for first, (_, best) in enumerate(ordered):
        last = max(k for k, (_, rank) in enumerate(ordered) if rank - best <= critical)
        if last > max(first, furthest):
            found.append(tuple(label for label, _ in ordered[first : last + 1]))
            furthest = last
    return tuple(found)
