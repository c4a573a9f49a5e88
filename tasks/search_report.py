"""The end of a search: importance, held-out score, table, page and record."""

from collections.abc import Sequence

import numpy as np
from prefect import task

from qml_core.evaluation.importance import importance
from qml_core.evaluation.objectives.scores import metric_for
from qml_core.evaluation.report.search import SearcherCosts, SearchSection, SurrogatePicture
from qml_core.events import StageStarted, emit
from qml_core.optimisation.halving import promoted as best_first
from qml_core.optimisation.space import Space
from qml_core.optimisation.surrogates.qubit_limits import encoding_of
from qml_core.references import Interval, Proposal, SearchPlan, SearchRef, Trial
from qml_core.specs import BackendSpec, DatasetSpec, RunSpec, Spec
from qml_core.specs.search import levels_of
from qml_core.storage.store import open_store
from qml_core.storage.surrogates import get_surrogate
from qml_core.storage.trials import trials_table
from tasks.job import Job
from tasks.losses import losses_of
from tasks.options import STORE
from tasks.promotions import Promoted
from tasks.records import finish
from tasks.searches import qubit_limit
from tasks.trials import evaluate_best


@task(name="report-search", **STORE)
def report_search(
    dataset: DatasetSpec | None,
    plan: SearchPlan,
    proposals: Sequence[Proposal],
    promoted: Promoted,
    run: RunSpec,
) -> SearchRef:
    """What was best and what mattered, as a page and a record."""
    emit(StageStarted("report"))
    best, search = best_of(plan, promoted), plan.search
    held_out = None if best is None else evaluate_best(plan, best, run, _backend(plan, best))
    section = _section(plan, proposals, promoted, best, held_out, run)
    table = trials_table(open_store(plan.store), promoted.trials)
    asked: dict[str, Spec] = {} if dataset is None else {"dataset": dataset}
    job = Job(
        verb="hpo",
        asked=asked | {"search": search, "backend": plan.backend, "run": run},
        store=plan.store,
        timings=_timings(proposals, promoted.trials),
        n_qubits=plan.n_qubits,
        grants=promoted.grants,
        tables=(table,),
        score=held_out,
    )
    of = search.objective.function if dataset is None else dataset.name or dataset.path
    finished = finish(
        job,
        f"Hyper-parameter search, {search.searcher}, {of}",
        _sentence(plan, best, promoted),
        {"search": section},
    )
    return SearchRef(
        **dict(finished),
        best=best,
        trials=promoted.trials,
        rungs=promoted.rungs,
        held_out=held_out,
        table=table,
        importance=dict(section.importance),
    )


def best_of(plan: SearchPlan, promoted: Promoted) -> Trial | None:
    """The best trial of the highest rung that has one; the first of equals."""
    top = promoted.top
    order = best_first(losses_of(plan, top), 1.0)
    return top[order[0]] if len(order) else None


def _backend(plan: SearchPlan, trial: Trial) -> BackendSpec:
    """Of the rung of a trial."""
    return plan.search.promote[trial.rung - 1].backend if trial.rung else plan.backend


def _section(
    plan: SearchPlan,
    proposals: Sequence[Proposal],
    promoted: Promoted,
    best: Trial | None,
    held_out: Interval | None,
    run: RunSpec,
) -> SearchSection:
    search, space = plan.search, Space.of(plan.search.space)
    own = [trial for trial in promoted.trials if trial.rung == 0]
    codes = np.array([trial.codes for trial in own], np.int64).reshape(len(own), len(space.names))
    values = np.array([np.nan if trial.value is None else trial.value for trial in own])
    all_of_it = len(own) == space.size and np.isfinite(values).all()
    extreme = values.max if search.objective.maximised else values.min
    return SearchSection(
        searcher=search.searcher,
        objective=objective_words(plan),
        maximised=search.objective.maximised,
        names=space.names,
        levels=space.levels,
        trials=promoted.trials,
        design=min(search.design, len(own)),
        best=best,
        optimum=float(extreme()) if all_of_it else None,
        held_out=held_out,
        importance=importance(space.names, codes, values, plan.seed),
        surrogate=_picture(plan, proposals, run),
        searcher_costs=SearcherCosts.of(proposals),
        rungs=promoted.rungs,
        notes=(*_failures(promoted.trials), *promoted.notes, *_notes(proposals)),
    )


def objective_words(plan: SearchPlan) -> str:
    """What a trial evaluates, for the axes of the page."""
    objective = plan.search.objective
    if objective.function is not None or plan.data is None:
        return objective.function or ""
    metric = metric_for(objective.metric, plan.data.task)
    return f"{metric} of {objective.evaluated}, mean of {objective.folds} folds"


def _picture(
    plan: SearchPlan, proposals: Sequence[Proposal], run: RunSpec
) -> SurrogatePicture | None:
    """The model behind the last round that had one."""
    drawn = [proposal for proposal in proposals if proposal.surrogate is not None]
    if not drawn or drawn[-1].surrogate is None:
        return None
    model, search = get_surrogate(drawn[-1].surrogate), plan.search
    note = encoding_of(
        levels_of(search.space), search.surrogate, qubit_limit(search, run), search.qaoa.mixer
    ).note
    return SurrogatePicture(
        kind=search.surrogate.kind,
        fields=model.fields,
        couplings=model.couplings,
        encoding=plan.encoding,
        n_qubits=plan.n_qubits if search.searcher == "qaoa" else 0,
        which=f"a Thompson draw of round {drawn[-1].round + 1}",
        note=note,
    )


def _failures(trials: Sequence[Trial]) -> tuple[str, ...]:
    failed = sum(trial.status == "failed" for trial in trials)
    return (f"{failed} of {len(trials)} trials failed.",) if failed else ()


def _notes(proposals: Sequence[Proposal]) -> tuple[str, ...]:
    """Of all rounds, each once."""
    return tuple(dict.fromkeys(note for proposal in proposals for note in proposal.notes))


def _timings(
    proposals: Sequence[Proposal], trials: Sequence[Trial]
) -> tuple[tuple[str, float], ...]:
    evaluated = sum(trial.seconds for trial in trials if not trial.reused)
    return (
        ("searcher", sum(proposal.seconds for proposal in proposals)),
        ("trials", evaluated),
    )


def _sentence(plan: SearchPlan, best: Trial | None, promoted: Promoted) -> str:
    """What was found, in how many trials."""
    count, size = len(promoted.trials), plan.search.size
    tried = f"{count} trials of {size:,} configurations"
    if count == 0:
        return f"No trial was evaluated: {tried}."
    if best is None or best.value is None:
        return f"No trial succeeded: {tried}, all failed."
    said = ", ".join(f"{name}={_short(value)}" for name, value in best.configuration.items())
    return (
        f"Best of {tried}: {objective_words(plan)} {best.value:.4g} with {said} "
        f"(trial {best.number})."
    )


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
