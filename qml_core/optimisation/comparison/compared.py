"""Searchers on one space over the same seeds: curves, areas, tests and the sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.comparison.curves import Band, area, band
from qml_core.optimisation.comparison.landscape import Landscape
from qml_core.optimisation.comparison.replay import Replay
from qml_core.optimisation.comparison.tests_of_seeds import (
    Contrast,
    Friedman,
    average_ranks,
    contrasts,
    friedman,
)
from qml_core.optimisation.comparison.verdict import verdict


@dataclass(frozen=True, eq=False)
class Compared:
    """One searcher over the seeds.

    Args:
        mean, median: of the best loss so far after each trial, with bands, (trials,).
        areas: under the regret of each seed, (seeds,); `area`: their mean with its interval.
        final: mean best loss after the last trial, with its interval.
        rank: average over the seeds by area, 1 is best.
        hits: share of the seeds that found the optimum.
        evaluations, readouts, seconds: of the searcher itself, mean per search.
    """

    mean: Band
    median: Band
    areas: NDArray[np.float64]
    area: Band
    final: Band
    rank: float
    hits: float
    evaluations: float
    readouts: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """All searchers on one space; spaces are never pooled.

    Args:
        size: configurations of the space; `feasible`: of them with a finite loss.
        friedman: None with fewer than three searchers.
        verdict: one sentence.
    """

    name: str
    size: int
    feasible: int
    optimum: float
    worst: float
    trials: int
    design: int
    seeds: tuple[int, ...]
    searchers: dict[str, Compared]
    friedman: Friedman | None
    contrasts: tuple[Contrast, ...]
    verdict: str


def compare(
    landscape: Landscape,
    replays: Sequence[Replay],
    rng: np.random.Generator,
    confidence: float = 0.95,
) -> Comparison:
    """Replays of several searchers on one landscape, one per searcher and seed.

    Raises SpecError where they are of other landscapes, where searchers have other seeds or numbers
    of trials, or where those of one seed did not begin with the same design.
    """
    by_name = _by_searcher(landscape, replays)
    best = {n: np.stack([one.best_so_far for one in of]) for n, of in by_name.items()}
    areas = {n: area(of, landscape.optimum, landscape.worst) for n, of in best.items()}
    ranks = average_ranks(areas)
    tested = contrasts(areas, confidence)
    first = next(iter(by_name.values()))
    return Comparison(
        name=landscape.name,
        size=landscape.space.size,
        feasible=landscape.feasible,
        optimum=landscape.optimum,
        worst=landscape.worst,
        trials=len(first[0].losses),
        design=first[0].design,
        seeds=tuple(one.seed for one in first),
        searchers={
            name: _compared(of, areas[name], ranks[name], landscape.optimum, rng, confidence)
            for name, of in by_name.items()
        },
        friedman=friedman(areas) if len(areas) > 2 else None,
        contrasts=tested,
        verdict=verdict(tested, len(first)),
    )


def _compared(
    replays: Sequence[Replay],
    areas: NDArray[np.float64],
    rank: float,
    optimum: float,
    rng: np.random.Generator,
    confidence: float,
) -> Compared:
    best = np.stack([one.best_so_far for one in replays])
    return Compared(
        mean=band(best, rng, "mean", confidence),
        median=band(best, rng, "median", confidence),
        areas=areas,
        area=band(areas, rng, "mean", confidence),
        final=band(best[:, -1], rng, "mean", confidence),
        rank=rank,
        hits=float((best[:, -1] == optimum).mean()),
        evaluations=float(np.mean([one.evaluations for one in replays])),
        readouts=float(np.mean([one.readouts for one in replays])),
        seconds=float(np.mean([one.seconds for one in replays])),
    )


def _by_searcher(landscape: Landscape, replays: Sequence[Replay]) -> dict[str, list[Replay]]:
    """In the order of the replays, each searcher's by seed."""
    names = list(dict.fromkeys(one.searcher for one in replays))
    found = {
        n: sorted((r for r in replays if r.searcher == n), key=lambda r: r.seed) for n in names
    }
    if not found:
        raise SpecError("comparison of no replay asked", "replay at least one searcher")
    others = sorted({one.landscape for one in replays} - {landscape.name})
    if others:
        raise SpecError(
            f"comparison on {landscape.name!r}, found replays of {', '.join(map(repr, others))}",
            "compare each space by itself",
        )
    first = found[names[0]]
    if len({one.seed for one in first}) < len(first):
        raise SpecError(f"{names[0]} has a seed twice", "replay each seed once")
    for name, of in found.items():
        if [_start(one) for one in of] != [_start(one) for one in first]:
            raise SpecError(
                f"{name} and {names[0]} differ in seeds, trials or initial designs",
                "replay every searcher with the same seeds, trials and search",
            )
    return found


def _start(one: Replay) -> tuple[int, int, list[list[int]]]:
    return one.seed, len(one.losses), one.codes[: one.design].tolist()
