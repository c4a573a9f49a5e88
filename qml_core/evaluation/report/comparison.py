"""What a report page says of searchers that were compared on the same spaces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.references import Interval

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ComparedSearcher:
    """One searcher on one space, over all seeds.

    Args:
        name: qaoa, anneal, random, grid, tpe, gp or exhaustive.
        mean: best value so far after each trial, mean over the seeds, (t,); NaN: none yet.
        low, high: its confidence band, (t,) each.
        area: under the anytime curve, mean over the seeds; smaller is better whatever the
            direction, as `ComparedSpace.area_name` says.
        rank: average over the seeds, 1 is best.
        final: best value after the last trial, mean over the seeds.
        hits: share of the seeds that found the optimum; None where it is unknown.
        seconds: wall time of the searcher itself per search; trials apart.
        evaluations: of the QAOA objective by the searcher itself, per search.
        circuits, shots, usd: that a device would take for it, per search; usd None: not priced.
    """

    name: str
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    area: Interval
    rank: float
    final: Interval
    hits: float | None = None
    seconds: float = 0.0
    circuits: int = 0
    shots: int = 0
    evaluations: int = 0
    usd: float | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.mean), len(self.low), len(self.high)}
        if len(lengths) > 1 or 0 in lengths:
            raise SpecError(
                f"curve of {self.name} asked, found {len(self.mean)} means and bands of "
                f"{len(self.low)} and {len(self.high)}, at least 1 trial",
                "pass mean, low and high of each trial",
            )


@dataclass(frozen=True)
class DeclaredContrast:
    """A paired difference that was declared beforehand: first − second, of the area per seed.

    Args:
        p: Wilcoxon's signed ranks, two-sided; `corrected`: after Holm.
        estimate: Hodges-Lehmann, with its interval; negative: the first is better.
    """

    first: str
    second: str
    p: float
    corrected: float
    estimate: Interval
    note: str = ""


@dataclass(frozen=True, eq=False)
class ComparedSpace:
    """All searchers on one space.

    Args:
        value_name: of the objective, e.g. "accuracy"; `maximised`: whether larger is better.
        size: feasible configurations; `design`: random trials that all searchers share per seed.
        optimum: best value of the space; None: unknown.
        friedman: p that all searchers are alike; None: fewer than three.
        verdict: one sentence.
        area_name: what is summed, e.g. "mean regret over the trials".
    """

    name: str
    value_name: str
    maximised: bool
    size: int
    trials: int
    design: int
    seeds: int
    searchers: tuple[ComparedSearcher, ...]
    contrasts: tuple[DeclaredContrast, ...]
    verdict: str
    optimum: float | None = None
    friedman: float | None = None
    area_name: str = "mean regret over the trials"
    variables: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.searchers:
            raise SpecError(
                f"comparison on {self.name} asked, found no searcher, at least 1",
                "pass the curve of each searcher",
            )

    @property
    def ranked(self) -> tuple[ComparedSearcher, ...]:
        """The best first."""
        return tuple(sorted(self.searchers, key=lambda s: (s.rank, s.area.value)))


@dataclass(frozen=True)
class TunedAngles:
    """Tuning of QAOA's angles against fixed ones at equal circuit evaluations, on one problem.

    Args:
        problem: what, e.g. "20 random 3-regular graphs of 12 nodes".
        evaluations: of the objective, of both; `shots` of each, None: exact.
        start: angles that the tuning begins with.
        fixed, tuned: approximation ratio, mean; `difference`: tuned − fixed, paired.
        p: Wilcoxon's signed ranks, two-sided, after Holm over all rows.
    """

    problem: str
    layers: int
    evaluations: int
    fixed: Interval
    tuned: Interval
    difference: Interval
    optimiser: str = ""
    p: float | None = None
    start: str = ""
    shots: int | None = None


@dataclass(frozen=True)
class ComparisonSection:
    """Spaces are never pooled. `method`: how curves, bands and tests were made, one or two
    sentences; `confidence`: of bands and intervals; `tuning`: QAOA's own angles."""

    spaces: tuple[ComparedSpace, ...]
    tuning: tuple[TunedAngles, ...] = ()
    tuning_verdict: str = ""
    confidence: float = 0.95
    method: str = ""
    notes: tuple[str, ...] = ()
