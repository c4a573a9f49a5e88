"""The end of a comparison: statistics per space, page and record."""

import re
from collections.abc import Sequence

import numpy as np
from prefect import task

from qml_core.evaluation.report.comparison import (
    ComparedSearcher,
    ComparedSpace,
    ComparisonSection,
    DeclaredContrast,
    TunedAngles,
)
from qml_core.events import StageStarted, emit
from qml_core.optimisation.comparison.compared import Compared, Comparison, compare
from qml_core.optimisation.comparison.curves import Band
from qml_core.references import (
    ArtifactRef,
    ComparedRef,
    ComparisonRef,
    Interval,
    LandscapeRef,
    ReplayRef,
    SearcherCost,
)
from qml_core.specs import ComparisonSpec, DatasetSpec, RunSpec, Spec
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.store import open_store
from tasks.job import Job
from tasks.landscapes import landscape_of
from tasks.options import STORE
from tasks.records import finish
from tasks.replays import FOLDER, replay_of
from tasks.searcher_costs import how_counted, searcher_cost
from tasks.tuned_angles import finite_interval

Costs = dict[str, SearcherCost]

METHOD = (
    "Every searcher begins with the same random configurations of a seed; the area is the mean "
    "regret over all trials, 0 for the optimum and 1 for the worst configuration. Bands: "
    "percentile bootstrap over the seeds. Friedman's test over the seeds, then Wilcoxon's "
    "signed-rank tests of two contrasts declared beforehand, qaoa − anneal and qaoa − random, "
    "corrected by Holm."
)
CONTROL = (
    "anneal minimises the same draws of the same surrogate by classical simulated annealing: what "
    "QAOA gains over it is all that the quantum part contributes."
)


@task(name="report-comparison", **STORE)
def report_comparison(
    dataset: DatasetSpec | None,
    comparison: ComparisonSpec,
    run: RunSpec,
    landscapes: Sequence[LandscapeRef],
    replays: Sequence[ReplayRef],
    tuning: tuple[tuple[TunedAngles, ...], str],
) -> ComparisonRef:
    """What the declared contrasts say on each space, as a page and a record."""
    emit(StageStarted("report"))
    rng = np.random.default_rng([run.seed, 7])
    pages, spaces = [], []
    for landscape in landscapes:
        found = _compare(landscape, replays, comparison, rng)
        costs = {n: searcher_cost(s, landscape.search) for n, s in found.searchers.items()}
        pages.append(_page(landscape, found, costs))
        spaces.append(_ref(landscape, found, costs))
    section = ComparisonSection(
        spaces=tuple(pages),
        tuning=tuning[0],
        tuning_verdict=tuning[1],
        confidence=comparison.confidence,
        method=METHOD,
        notes=(CONTROL, how_counted([landscape.search for landscape in landscapes])),
    )
    table = _put_trials(landscapes, replays)
    asked: dict[str, Spec] = {} if dataset is None else {"dataset": dataset}
    job = Job(
        verb="hpo compare",
        asked=asked | {"comparison": comparison, "run": run},
        store=landscapes[0].store,
        timings=_timings(landscapes, replays),
        n_qubits=0,
        tables=(table,),
    )
    sentence = " ".join(f"{space.name}: {_without_numbers(space.verdict)}." for space in spaces)
    finished = finish(job, "Comparison of searchers", sentence, {"comparison": section})
    return ComparisonRef(**dict(finished), spaces=tuple(spaces), tuning=tuning[1], replays=table)


def _compare(
    landscape: LandscapeRef,
    replays: Sequence[ReplayRef],
    comparison: ComparisonSpec,
    rng: np.random.Generator,
) -> Comparison:
    opened = landscape_of(landscape)
    own = [replay_of(ref, opened.worst) for ref in replays if ref.landscape == landscape.name]
    return compare(opened, own, rng, comparison.confidence)


def _page(landscape: LandscapeRef, found: Comparison, costs: Costs) -> ComparedSpace:
    sign = -1.0 if landscape.maximised else 1.0
    levels = " × ".join(f"{d.name} ({len(d.levels)})" for d in landscape.space)
    return ComparedSpace(
        name=found.name,
        value_name=landscape.value_name,
        maximised=landscape.maximised,
        size=found.feasible,
        trials=found.trials,
        design=found.design,
        seeds=len(found.seeds),
        searchers=tuple(
            _searcher(name, s, sign, costs[name]) for name, s in found.searchers.items()
        ),
        contrasts=tuple(
            DeclaredContrast(
                first=c.first,
                second=c.second,
                p=c.p,
                corrected=c.corrected,
                estimate=finite_interval(c.estimate, c.low, c.high),
                note=f"{c.zeros} of {c.seeds} seeds without a difference" if c.zeros else "",
            )
            for c in found.contrasts
        ),
        verdict=f"{found.verdict}.",
        optimum=sign * found.optimum,
        friedman=None if found.friedman is None else found.friedman.p,
        variables=levels,
        notes=_failing(found),
    )


def _without_numbers(verdict: str) -> str:
    """For the head of a page that repeats each verdict in full."""
    return re.sub(r" \([^)]*\)", "", verdict)


def _failing(found: Comparison) -> tuple[str, ...]:
    failing = found.size - found.feasible
    if not failing:
        return ()
    return (f"{failing:,} of {found.size:,} configurations fail; a searcher can try them too.",)


def _searcher(name: str, found: Compared, sign: float, cost: SearcherCost) -> ComparedSearcher:
    low, high = sorted((found.mean.low, found.mean.high), key=lambda a: float(sign * a.sum()))
    return ComparedSearcher(
        name=name,
        mean=sign * found.mean.centre,
        low=sign * low,
        high=sign * high,
        area=_interval(found.area, 1.0),
        rank=found.rank,
        final=_interval(found.final, sign),
        hits=found.hits,
        seconds=cost.seconds,
        circuits=round(cost.circuits),
        shots=round(cost.shots),
        evaluations=round(cost.evaluations),
        usd=cost.usd,
    )


def _interval(band: Band, sign: float) -> Interval:
    low, high = sorted((sign * float(band.low), sign * float(band.high)))
    return Interval(value=sign * float(band.centre), low=low, high=high)


def _ref(landscape: LandscapeRef, found: Comparison, costs: Costs) -> ComparedRef:
    sign = -1.0 if landscape.maximised else 1.0
    return ComparedRef(
        name=found.name,
        size=found.feasible,
        optimum=sign * found.optimum,
        areas={name: _interval(s.area, 1.0) for name, s in found.searchers.items()},
        ranks={name: s.rank for name, s in found.searchers.items()},
        finals={name: _interval(s.final, sign) for name, s in found.searchers.items()},
        costs=costs,
        friedman=None if found.friedman is None else found.friedman.p,
        corrected={f"{c.first} − {c.second}": c.corrected for c in found.contrasts},
        verdict=found.verdict,
    )


def _put_trials(landscapes: Sequence[LandscapeRef], replays: Sequence[ReplayRef]) -> ArtifactRef:
    """Every trial of every search: space, searcher, seed, trial, loss."""
    losses = [get_arrays(ref)["loss"] for ref in replays]
    counts = [len(own) for own in losses]
    columns = {
        "space": np.repeat([ref.landscape for ref in replays], counts),
        "searcher": np.repeat([ref.searcher for ref in replays], counts),
        "seed": np.repeat(np.array([ref.seed for ref in replays], np.int64), counts),
        "trial": np.concatenate([np.arange(count) for count in counts]),
        "loss": np.concatenate(losses),
    }
    return put_arrays(open_store(landscapes[0].store), FOLDER, columns, {"table": "comparison"})


def _timings(
    landscapes: Sequence[LandscapeRef], replays: Sequence[ReplayRef]
) -> tuple[tuple[str, float], ...]:
    return (
        ("evaluating the grids", sum(ref.seconds for ref in landscapes)),
        ("searchers", sum(ref.seconds for ref in replays if not ref.reused)),
    )
