"""Spaces evaluated as a whole, once, so that every search on them is a look-up."""

import time

import numpy as np
from prefect import task

from qml_core.evaluation.objectives.scores import metric_for
from qml_core.events import StageStarted, emit
from qml_core.optimisation.comparison.landscape import Landscape
from qml_core.optimisation.comparison.planted import planted
from qml_core.optimisation.space import Space
from qml_core.references import LandscapeRef, SearchPlan, Trial
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, ComparisonSpec, DatasetSpec, RunSpec, SearchSpec
from qml_core.specs.comparison import built_in
from qml_core.specs.search import levels_of
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.probe import open_checked_store
from tasks.options import STORE
from tasks.search_rounds import search_in_rounds
from tasks.searches import open_search

FOLDER = "landscapes"
_ROUND = 100
"""Trials of a round of a grid that is evaluated as a whole."""


def tabulate_spaces(
    comparison: ComparisonSpec, dataset: DatasetSpec | None, run: RunSpec
) -> tuple[LandscapeRef, ...]:
    """Every space of a comparison with the value of each configuration.

    Args:
        dataset: of the comparison's own search.
    """
    found = []
    for name in comparison.spaces:
        of, search = built_in(name)
        if name == "planted":
            found.append(plant(comparison.replayed(search), run))
        else:
            found.append(_tabulated(name, of, search, comparison, run))
    if comparison.search is not None:
        own = dataset.name or dataset.path if dataset is not None else None
        label = f"own: {own or comparison.search.objective.function}"
        found.append(_tabulated(label, dataset, comparison.search, comparison, run))
    return tuple(found)


def landscape_of(ref: LandscapeRef) -> Landscape:
    """The losses of all configurations, which are minimised."""
    values = get_arrays(ref)["value"]
    return Landscape(Space.of(ref.space), -values if ref.maximised else values, ref.name)


@task(name="plant-landscape", **STORE)
def plant(search: SearchSpec, run: RunSpec) -> LandscapeRef:
    """A landscape whose pairwise structure is known: the surrogates' best case."""
    emit(StageStarted("planted landscape"))
    began, store = time.perf_counter(), open_checked_store(Settings.from_environment().storage_url)
    values = planted(levels_of(search.space), run.seed).losses
    stored = put_arrays(store, FOLDER, {"value": values}, {})
    return LandscapeRef(
        **stored.model_dump(),
        name="planted",
        value_name="planted energy",
        maximised=False,
        search=search,
        seconds=time.perf_counter() - began,
    )


def _tabulated(
    name: str,
    dataset: DatasetSpec | None,
    search: SearchSpec,
    comparison: ComparisonSpec,
    run: RunSpec,
) -> LandscapeRef:
    """Each configuration is a trial like any other: cached, retried, shared with searches."""
    whole = search.model_copy(
        update={
            "searcher": "exhaustive",
            "trials": search.size,
            "batch": _ROUND,
            "initial": 0,
            "promote": (),
        }
    )
    plan = open_search(dataset, whole, BackendSpec(), run)
    searched = search_in_rounds(plan, run, f"evaluate the grid of {name}")
    return put_landscape(name, plan, searched.trials, comparison.replayed(search))


@task(name="put-landscape", **STORE)
def put_landscape(
    name: str, plan: SearchPlan, trials: tuple[Trial, ...], search: SearchSpec
) -> LandscapeRef:
    """The values of all trials in C order of their codes."""
    space = Space.of(plan.search.space)
    values = np.full(space.size, np.nan)
    codes = np.array([trial.codes for trial in trials], np.int64)
    told = [np.nan if trial.value is None else trial.value for trial in trials]
    values[space.flat(codes)] = told
    stored = put_arrays(open_checked_store(plan.store), FOLDER, {"value": values}, {})
    objective = plan.search.objective
    of = objective.evaluated
    if plan.data is not None:
        of = f"{metric_for(objective.metric, plan.data.task)} of {of}"
    return LandscapeRef(
        **stored.model_dump(),
        name=name,
        value_name=of,
        maximised=objective.maximised,
        search=search,
        data=plan.data,
        seconds=sum(trial.seconds for trial in trials if not trial.reused),
        reused=sum(trial.reused for trial in trials),
    )
