"""Variational models on shots, on outer folds: trainings pass the gates before one is bought."""

import time
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from prefect import task

from qml_core.errors import BadInput
from qml_core.evaluation.objectives.scores import Predicted
from qml_core.events import StageStarted, StepDone, emit
from qml_core.references import BenchmarkPlan, FoldScore, Grant, TrainingPlan
from qml_core.specs import BackendSpec, RunSpec
from qml_core.storage.checkpoints import get_checkpoint, keep_checkpoint
from qml_core.storage.probe import open_checked_store
from tasks.canary import send_canary
from tasks.contests import Contested, fields_of
from tasks.devices import noise_digest
from tasks.due_folds import Due, put_due
from tasks.failed_folds import Outcome, attempted, failed_fold
from tasks.gates import pass_gates
from tasks.options import PURE, STORE
from tasks.runners import Runner, open_runner
from tasks.segments import Trained, train_in_segments
from tasks.trained import answer
from tasks.training_plans import plan_split
from tasks.trainings import training_data
from tasks.trial_costs import cost_of
from tasks.trial_objectives import reason

Group = tuple[Sequence[Due], Sequence[TrainingPlan], Sequence[Grant]]
"""Folds that are trained side by side."""


def measure_networks(
    plan: BenchmarkPlan, due: Sequence[Due], asked: Sequence[TrainingPlan], run: RunSpec
) -> Contested:
    """Every fold that is due: trained on shots as it was tuned, then it predicts.

    Args:
        asked: their trainings.

    Raises:
        Refused, BackendError: a gate or the device says no; what was bought is collected later.
    """
    plans, grants = pass_gates(asked, plan.backend, run)
    send_canary(plans, grants, run)
    scores: list[FoldScore] = []
    with open_runner(run, grants, plan.store) as runner:
        for group in _groups(due, plans, grants):
            began = time.perf_counter()
            trained = _train(runner, group, run)
            seconds = (time.perf_counter() - began) / len(trained)
            scores += [
                score_training(plan, one, own, grant, reached, run, seconds)
                for one, own, grant, reached in zip(*group, trained, strict=True)
            ]
    return Contested(tuple(scores), tuple(grants))


@task(name="plan-networks", **PURE)
def plan_networks(
    due: Sequence[Due], backend: BackendSpec, run: RunSpec
) -> tuple[TrainingPlan, ...]:
    """A training for every fold, of the model as it was tuned."""
    noise = noise_digest(backend)
    return tuple(plan_split(one.data, one.model, backend, run, noise) for one in due)


@task(name="score-training", **STORE)
def score_training(
    plan: BenchmarkPlan,
    due: Due,
    training: TrainingPlan,
    grant: Grant,
    trained: Trained | str,
    run: RunSpec,
    seconds: float,
) -> FoldScore:
    """The record of a fold from its training, or from why it could not be trained."""
    began = time.perf_counter()
    emit(StageStarted("held-out rows", 1))
    if isinstance(trained, str):
        outcome, circuits = _failed(trained)
    else:
        outcome, circuits = attempted(
            lambda: _answered(plan, due, training, grant, trained, run), _failed
        )
    counted = cost_of([training], due.key(plan, grant.backend_used))
    circuits += counted.circuits
    cost = {
        "circuits": circuits,
        "shots": circuits * (grant.backend_used.shots or 0),
        "usd": counted.usd,
        "qpu_seconds": counted.qpu_seconds,
        "seconds": seconds + time.perf_counter() - began,
    }
    emit(StepDone())
    return put_due(plan, due, outcome, cost, grant)


def _answered(
    plan: BenchmarkPlan,
    due: Due,
    training: TrainingPlan,
    grant: Grant,
    trained: Trained,
    run: RunSpec,
) -> tuple[Outcome, int]:
    """The outcome, and the circuits of the held-out rows."""
    state, (_, target) = get_checkpoint(trained.checkpoint), training_data(training)
    said = answer(due.data, training, grant, state, target, run)
    keep_checkpoint(open_checked_store(training.store), trained.checkpoint)
    values = said.predictions.y
    y = values if plan.task == "regression" else values.astype(np.int64)
    predicted = Predicted(y, said.probabilities, said.predictions.scores)
    return fields_of(plan, due.data, due.tested(predicted)), said.circuits


def _failed(why: str) -> tuple[Outcome, int]:
    return failed_fold(why), 0


def _groups(
    due: Sequence[Due], plans: Sequence[TrainingPlan], grants: Sequence[Grant]
) -> list[Group]:
    """The folds of a contestant in a repeat of a data set."""
    rows = zip(due, plans, grants, strict=True)
    groups = groupby(rows, lambda row: (row[0].contestant.label, row[0].name, row[0].place[0]))
    return [tuple(zip(*group, strict=True)) for _, group in groups]  # type: ignore[misc]


def _train(runner: Runner, group: Group, run: RunSpec) -> Sequence[Trained | str]:
    """Side by side; where one cannot be trained, e.g. diverges, each by itself."""
    _, plans, grants = group
    try:
        return train_in_segments(runner, plans, grants, run)
    except BadInput:
        return [_alone(runner, own, grant, run) for own, grant in zip(plans, grants, strict=True)]


def _alone(runner: Runner, plan: TrainingPlan, grant: Grant, run: RunSpec) -> Trained | str:
    try:
        return train_in_segments(runner, [plan], [grant], run)[0]
    except BadInput as error:
        return reason(error)
