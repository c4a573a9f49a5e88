"""Quantum models on shots: tuned by simulation, then measured on every outer fold they miss."""

from collections.abc import Iterator, Sequence
from functools import partial

from qml_core.events import StageStarted, emit
from qml_core.references import BenchmarkPlan, FoldScore
from qml_core.specs import RunSpec
from qml_core.storage.folds import find_fold
from qml_core.storage.probe import open_checked_store
from tasks.contests import Contested
from tasks.due_folds import Due, put_due
from tasks.failed_folds import Outcome, attempted, failed_fold
from tasks.fold_records import score_of
from tasks.measured_folds import measure_kernels
from tasks.measured_networks import measure_networks, plan_networks
from tasks.tunings import tune


def contest_measured(plan: BenchmarkPlan, labels: Sequence[str], run: RunSpec) -> Contested:
    """The contestants of these labels on all folds; what is in the store is bought no more.

    Raises:
        Refused, BackendError: a gate or the device says no; what was bought is collected later.
    """
    scores, due = _found_and_due(plan, labels)
    emit(StageStarted("tune by simulation", len(due)))
    tuned = []
    for one in due:
        found = attempted(partial(_tuned, plan, one), failed_fold)
        if isinstance(found, Due):
            tuned.append(found)
        else:
            scores.append(put_due(plan, one, found, {}))
    kernels = [one for one in tuned if not one.model.variational]
    networks = [one for one in tuned if one.model.variational]
    bought = []
    trainings = plan_networks(networks, plan.backend, run) if networks else ()
    if kernels:
        bought.append(measure_kernels(plan, kernels, run, trainings))
    if networks:
        bought.append(measure_networks(plan, networks, trainings, run))
    measured = (score for one in bought for score in one.scores)
    return Contested((*scores, *measured), tuple(grant for one in bought for grant in one.grants))


def _tuned(plan: BenchmarkPlan, due: Due) -> Due | Outcome:
    return due.tuned(tune(plan, due.data, due.contestant))


def _found_and_due(plan: BenchmarkPlan, labels: Sequence[str]) -> tuple[list[FoldScore], list[Due]]:
    store = open_checked_store(plan.store)
    found, due = [], []
    for one in _all(plan, labels):
        there = find_fold(store, one.key(plan, plan.backend))
        if there is None:
            due.append(one)
        else:
            found.append(score_of(there, one.name, one.contestant, one.place, 1.0, reused=True))
    return found, due


def _all(plan: BenchmarkPlan, labels: Sequence[str]) -> Iterator[Due]:
    folds = plan.benchmark.folds
    for contestant in plan.contestants:
        if contestant.label not in labels:
            continue
        for data in plan.data:
            for number, fold in enumerate(data.folds):
                yield Due(data.name, fold, contestant, divmod(number, folds))
