"""Trials of kernel models on shots: their matrices planned together, then cut into folds."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from prefect import task

from qml_core.errors import BadInput
from qml_core.evaluation.objectives.cross_validation import finite, folds_of
from qml_core.evaluation.objectives.kernel_machines import score_matrices
from qml_core.evaluation.objectives.scores import metric_for
from qml_core.events import StepDone, emit
from qml_core.references import (
    CandidateKernel,
    DatasetRef,
    Grant,
    KernelPlan,
    MatrixRef,
    Proposal,
    SearchPlan,
    Trial,
)
from qml_core.specs import BackendSpec, KernelSpec, ModelSpec, RunSpec
from qml_core.specs.checks import check_measurable
from qml_core.specs.configuration import configured
from qml_core.specs.space import Value
from qml_core.storage.matrices import load_matrix
from qml_core.storage.probe import open_checked_store
from qml_core.storage.trials import find_trial
from tasks.datasets import read_columns
from tasks.landmarks import load_nystrom
from tasks.matrix_costs import cost_of
from tasks.models import plan_candidates
from tasks.options import PURE, STORE
from tasks.trial_objectives import Outcome, caught
from tasks.trial_records import (
    Place,
    configuration_of,
    data_of,
    found_trial,
    put_outcome,
    trial_key_of,
    trial_of,
)


@task(name="plan-trials", **PURE)
def plan_trials(
    plan: SearchPlan, proposal: Proposal, run: RunSpec, backend: BackendSpec | None = None
) -> tuple[KernelPlan, ...]:
    """K(train, train) of each distinct kernel of a round; none of trials that are in the store.

    Args:
        backend: measured; none: that of the search.
    """
    used, data = backend or plan.backend, data_of(plan)
    store = open_checked_store(plan.store)
    planned: dict[KernelSpec, KernelPlan] = {}
    for codes in proposal.codes:
        configuration = configuration_of(plan.search, codes)
        if find_trial(store, trial_key_of(plan, configuration, used)) is not None:
            continue
        try:
            own = _plans(data, configured(plan.search.objective.model, configuration), used, run)
        except BadInput:  # `score_trials` says why
            continue
        planned |= {each.kernel: each for each in own if each.kernel not in planned}
    return tuple(planned.values())


@dataclass(frozen=True)
class Measured:
    """The matrix of a kernel, and how it was bought."""

    plan: KernelPlan
    grant: Grant
    matrix: MatrixRef


@task(name="score-trials", **STORE)
def score_trials(
    plan: SearchPlan,
    proposal: Proposal,
    plans: Sequence[KernelPlan],
    grants: Sequence[Grant],
    matrices: Sequence[MatrixRef],
    run: RunSpec,
    first: int,
    rung: int = 0,
    backend: BackendSpec | None = None,
) -> tuple[Trial, ...]:
    """The trials of a round by cross-validation on its measured matrices; see `evaluate_trial`.

    The cost of a matrix is that of the first trial that needs it, failed ones too.

    Args:
        plans: of `plan_trials`, as they have passed the gates.
        first: number of the first trial.
        backend: as asked of `plan_trials`.
    """
    asked = backend or plan.backend
    used = grants[0].backend_used if grants else asked
    there = {
        own.kernel: Measured(own, grant, matrix)
        for own, grant, matrix in zip(plans, grants, matrices, strict=True)
    }
    paid: set[KernelSpec] = set()
    trials = []
    for k, (codes, source) in enumerate(zip(proposal.codes, proposal.source, strict=True)):
        place = Place(first + k, proposal.round, rung, codes, source)
        trials.append(_score(plan, asked, used, there, paid, run, place))
    return tuple(trials)


def _score(
    plan: SearchPlan,
    asked: BackendSpec,
    used: BackendSpec,
    there: Mapping[KernelSpec, Measured],
    paid: set[KernelSpec],
    run: RunSpec,
    place: Place,
) -> Trial:
    store = open_checked_store(plan.store)
    found = found_trial(store, plan, place, asked, used)
    if found is not None:
        return found
    configuration, began = configuration_of(plan.search, place.codes), time.perf_counter()
    outcome = caught(lambda: _outcome(plan, configuration, asked, there, run))
    name, seconds = trial_key_of(plan, configuration, used), time.perf_counter() - began
    outcome = replace(outcome, **_cost(plan, configuration, there, paid, run, name))
    put = put_outcome(store, plan, configuration, name, used, outcome, seconds)
    emit(StepDone())
    return trial_of(put, place, reused=False)


def _outcome(
    plan: SearchPlan,
    configuration: Mapping[str, Value],
    asked: BackendSpec,
    there: Mapping[KernelSpec, Measured],
    run: RunSpec,
) -> Outcome:
    data, objective = data_of(plan), plan.search.objective
    model = configured(objective.model, configuration)
    kernels = model.candidate_kernels()
    if any(kernel not in there for kernel in kernels):
        _plans(data, model, asked, run)  # raises what has kept it from being measured
    own = [there[kernel] for kernel in kernels]
    metric = metric_for(objective.metric, data.task)
    (y,) = read_columns(data, "train", "y")
    features = model.kernel.landmarks is not None
    chosen = score_matrices(
        (load_nystrom(m.matrix).features if features else load_matrix(m.matrix) for m in own),
        y,
        model,
        task=data.task,
        folds=folds_of(y, data.task, objective.folds, plan.seed),
        metric=metric,
        n_classes=len(data.classes),
        features=features,
    )
    scores = finite(chosen.scores)
    return Outcome(scores.mean, tuple(scores.values.tolist()))


def _cost(
    plan: SearchPlan,
    configuration: Mapping[str, Value],
    there: Mapping[KernelSpec, Measured],
    paid: set[KernelSpec],
    run: RunSpec,
    name: str,
) -> dict[str, Any]:
    """Of a trial, those matrices of a round that no trial before it has counted: `paid`."""
    try:
        kernels = configured(plan.search.objective.model, configuration).candidate_kernels()
    except BadInput:
        return {}
    due = [kernel for kernel in kernels if kernel in there and kernel not in paid]
    paid |= set(due)
    own = [there[kernel] for kernel in due]
    costs = [cost_of(m.plan, m.grant, m.matrix, run, name) for m in own]
    return {
        "circuits": sum(cost.circuits for cost in costs),
        "shots": sum(cost.shots for cost in costs),
        "usd": sum(cost.usd for cost in costs),
    }


def _plans(
    data: DatasetRef, model: ModelSpec, backend: BackendSpec, run: RunSpec
) -> tuple[KernelPlan, ...]:
    """Of the candidate kernels of a configuration; raises SpecError where there can be none."""
    check_measurable(model.kernel, backend)
    candidates = tuple(CandidateKernel(kernel=kernel) for kernel in model.candidate_kernels())
    return plan_candidates.fn([data], [candidates], model, backend, run)
