"""Trials of variational models on shots: a training for every fold, scored on its held-out rows."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from prefect import task

from qml_core.errors import BadInput
from qml_core.evaluation.objectives.cross_validation import finite
from qml_core.evaluation.objectives.scores import Predicted, Scores, metric_for, score
from qml_core.events import StageStarted, StepDone, emit
from qml_core.references import DatasetRef, Grant, Proposal, SearchPlan, TrainingPlan, Trial
from qml_core.specs import RunSpec
from qml_core.specs.configuration import configured
from qml_core.specs.model_checks import check_measured
from qml_core.specs.search_checks import check_objective_task
from qml_core.specs.space import Value
from qml_core.storage.checkpoints import get_checkpoint, keep_checkpoint
from qml_core.storage.probe import open_checked_store
from qml_core.storage.trials import find_trial
from tasks.datasets import read_columns
from tasks.fold_data import data_of_folds
from tasks.options import STORE
from tasks.segments import Trained
from tasks.trained import Answered, answer
from tasks.training_plans import plan_trainings
from tasks.trainings import training_data
from tasks.trial_costs import cost_of
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


@task(name="plan-fold-trainings", **STORE)
def plan_fold_trainings(
    plan: SearchPlan, proposal: Proposal, run: RunSpec
) -> tuple[tuple[TrainingPlan, ...], ...]:
    """Of each configuration the training of every fold; none of trials that are in the store.

    Raises:
        SpecError, DataError: what every trial would fail with.
    """
    data, objective = data_of(plan), plan.search.objective
    check_objective_task(objective, data.task, f"target {data.target!r} of {data.name}")
    folds = data_of_folds(data, objective.folds, plan.seed)
    planned: list[tuple[TrainingPlan, ...]] = []
    for codes in proposal.codes:
        configuration = configuration_of(plan.search, codes)
        name = trial_key_of(plan, configuration, plan.backend)
        if find_trial(open_checked_store(plan.store), name) is not None:
            planned.append(())
            continue
        try:
            planned.append(_plans(plan, folds, configuration, run))
        except BadInput:  # `score_folds` says why
            planned.append(())
    return tuple(planned)


@task(name="score-folds", task_run_name="trial {place.number}", **STORE)
def score_folds(
    plan: SearchPlan,
    place: Place,
    plans: Sequence[TrainingPlan],
    grants: Sequence[Grant],
    trained: Sequence[Trained] | str,
    run: RunSpec,
    seconds: float = 0.0,
) -> Trial:
    """The trial of a configuration from its trainings; see `evaluate_trial`.

    Args:
        plans: of its folds, as they have passed the gates; empty: it is in the store, or fails.
        trained: or why they could not be trained.
        seconds: that training took.
    """
    store = open_checked_store(plan.store)
    used = grants[0].backend_used if grants else plan.backend
    found = found_trial(store, plan, place, plan.backend, used)
    if found is not None:
        return found
    configuration, began = configuration_of(plan.search, place.codes), time.perf_counter()
    name = trial_key_of(plan, configuration, used)
    outcome = _outcome(plan, configuration, plans, grants, trained, run, name)
    seconds += time.perf_counter() - began
    put = put_outcome(store, plan, configuration, name, used, outcome, seconds)
    return trial_of(put, place, reused=False)


def _outcome(
    plan: SearchPlan,
    configuration: Mapping[str, Value],
    plans: Sequence[TrainingPlan],
    grants: Sequence[Grant],
    trained: Sequence[Trained] | str,
    run: RunSpec,
    name: str,
) -> Outcome:
    """Value or reason, with what its trainings have cost in either case."""
    if isinstance(trained, str):
        found = Outcome(None, error=trained)
    else:
        found = caught(lambda: _scored(plan, configuration, plans, grants, trained, run))
    cost = cost_of(plans, name)
    circuits = cost.circuits + found.circuits
    shots = (grants[0].backend_used.shots or 0) * circuits if grants else 0
    return replace(found, circuits=circuits, shots=shots, usd=cost.usd)


def _scored(
    plan: SearchPlan,
    configuration: Mapping[str, Value],
    plans: Sequence[TrainingPlan],
    grants: Sequence[Grant],
    trained: Sequence[Trained],
    run: RunSpec,
) -> Outcome:
    data, objective = data_of(plan), plan.search.objective
    if not plans:  # raises what has kept it from being planned
        _plans(plan, data_of_folds(data, objective.folds, plan.seed), configuration, run)
    metric, values, circuits = metric_for(objective.metric, data.task), [], 0
    emit(StageStarted("held-out rows", len(plans)))
    for own, grant, reached in zip(plans, grants, trained, strict=True):
        state, (_, target) = get_checkpoint(reached.checkpoint), training_data(own)
        said = answer(own.data, own, grant, state, target, run)
        keep_checkpoint(open_checked_store(own.store), reached.checkpoint)
        values.append(_score(metric, own.data, said))
        circuits += said.circuits
        emit(StepDone())
    scores = finite(Scores(np.array(values), float(np.mean(values))))
    return Outcome(scores.mean, tuple(scores.values.tolist()), circuits=circuits)


def _score(metric: str, fold: DatasetRef, said: Answered) -> float:
    (y,) = read_columns(fold, "test", "y")
    if fold.task == "regression":
        return score(metric, y, Predicted(said.predictions.y), 0)
    predicted = Predicted(said.predictions.y.astype(np.int64), said.probabilities)
    return score(metric, y.astype(np.int64), predicted, len(fold.classes))


def _plans(
    plan: SearchPlan,
    folds: Sequence[DatasetRef],
    configuration: Mapping[str, Value],
    run: RunSpec,
) -> tuple[TrainingPlan, ...]:
    """Of the folds of a configuration; raises SpecError, DataError where it cannot be trained."""
    model = configured(plan.search.objective.model, configuration)
    check_measured(model, plan.backend)
    return plan_trainings.fn(folds, model, plan.backend, run)
