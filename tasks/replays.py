"""Searches replayed on tabulated landscapes, each found in the store or made and put there."""

import time
from collections.abc import Sequence

import numpy as np
from prefect import task

from qml_core.events import StageStarted, StepDone, emit
from qml_core.keys import key
from qml_core.optimisation.comparison.replay import Replay, best_so_far, replay
from qml_core.references import LandscapeRef, ReplayRef
from qml_core.specs import ComparisonSpec, RunSpec
from qml_core.storage.content import find_or_make, is_sound
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.landscapes import landscape_of
from tasks.options import STORE
from tasks.processors import take_share_of_processors
from tasks.progress import Progress
from tasks.runners import open_runner

FOLDER = "replays"


def replay_searches(
    landscapes: Sequence[LandscapeRef], comparison: ComparisonSpec, run: RunSpec
) -> tuple[ReplayRef, ...]:
    """Every searcher with every seed on every landscape."""
    seeds = range(run.seed, run.seed + comparison.seeds)
    asked = [
        {"landscape": landscape, "searcher": searcher, "seed": seed, "comparison": comparison}
        for landscape in landscapes
        for searcher in comparison.searchers
        for seed in seeds
    ]
    emit(StageStarted("replay searches", len(asked)))
    with open_runner(run, (), landscapes[0].store) as runner:
        progress = Progress("replay searches", len(asked), heard=runner.in_process)
        futures = [runner.tasks.submit(replay_search, one) for one in asked]
        found = []
        for future in futures:
            found.append(future.result())
            progress.add(1)
    return tuple(found)


@task(name="replay-search", task_run_name="{searcher}, seed {seed}", **STORE)
def replay_search(
    landscape: LandscapeRef, searcher: str, seed: int, comparison: ComparisonSpec
) -> ReplayRef:
    """One search on a landscape; its own time is that of the run that made it."""
    take_share_of_processors()
    store = open_checked_store(landscape.store)
    path = f"{FOLDER}/by-key/{_key(landscape, searcher, seed, comparison)}.json"

    def make() -> ReplayRef:
        search, trials = landscape.search, comparison.trials
        opened = landscape_of(landscape)
        return _put(store, replay(opened, searcher, search, seed, trials, time.perf_counter))

    found, reused = find_or_make(
        store, path, ReplayRef, lambda one: _placed(one, landscape, store), make
    )
    emit(StepDone(reused=reused))
    return found


def replay_of(ref: ReplayRef, worst: float) -> Replay:
    """The search as it was made; `worst`: loss of its landscape."""
    table = get_arrays(ref)
    return Replay(
        landscape=ref.landscape,
        searcher=ref.searcher,
        seed=ref.seed,
        design=int(table["design"].sum()),
        codes=table["codes"],
        losses=table["loss"],
        best_so_far=best_so_far(table["loss"], worst),
        evaluations=ref.evaluations,
        readouts=ref.readouts,
        seconds=ref.seconds,
    )


def _key(landscape: LandscapeRef, searcher: str, seed: int, comparison: ComparisonSpec) -> str:
    terms = {"trials", "batch", "initial", "surrogate", "qaoa"}
    return key(
        "replay",
        values=landscape.sha256,
        space=[dimension.model_dump(mode="json") for dimension in landscape.space],
        maximised=landscape.maximised,
        searcher=searcher,
        seed=seed,
        terms=comparison.model_dump(mode="json", include=terms),
    )


def _put(store: ArtifactStore, made: Replay) -> ReplayRef:
    columns = {"codes": made.codes, "loss": made.losses}
    design = np.arange(len(made.losses)) < made.design
    stored = put_arrays(store, FOLDER, {**columns, "design": design}, {})
    return ReplayRef(
        **stored.model_dump(),
        landscape=made.landscape,
        searcher=made.searcher,
        seed=made.seed,
        evaluations=made.evaluations,
        readouts=made.readouts,
        seconds=made.seconds,
    )


def _placed(found: ReplayRef, landscape: LandscapeRef, store: ArtifactStore) -> ReplayRef | None:
    """Where the store is, under the name that the landscape has here; None where its table is
    damaged or gone."""
    here = found.model_copy(
        update={"store": store.url, "landscape": landscape.name, "reused": True}
    )
    return here if is_sound(here, store) else None
