"""Held-out evaluation of trained circuits as a task: the test rows are met once."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from prefect import task

from qml_core.events import StageStarted, StepDone, emit
from qml_core.models.fitted_circuit import FittedCircuit
from qml_core.models.probabilities import class_probabilities
from qml_core.references import (
    ArtifactRef,
    CircuitOutcome,
    DatasetRef,
    Grant,
    ModelRef,
    TrainedCircuit,
    TrainingPlan,
)
from qml_core.specs import RunSpec
from qml_core.storage.checkpoints import get_checkpoint, keep_checkpoint
from qml_core.storage.datasets import put_arrays
from qml_core.storage.histories import put_history
from qml_core.storage.models import put_model
from qml_core.storage.store import open_store
from qml_core.training.evaluations import held_out_part
from qml_core.training.loop import load_best
from qml_core.training.plateau import plateau_warning
from qml_core.training.state import TrainingState
from tasks.baseline import Predictions, measure, preprocessing_of, range_of, tune_baseline
from tasks.datasets import read_columns
from tasks.options import STORE
from tasks.segments import Trained
from tasks.trainings import Target, open_network, training_data

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Answered:
    """What the best parameters say of the held-out rows."""

    predictions: Predictions
    probabilities: Array | None
    """(n, classes)."""
    circuits: int


@task(name="evaluate-trained", **STORE)
def evaluate_trained(
    splits: Sequence[DatasetRef],
    plans: Sequence[TrainingPlan],
    grants: Sequence[Grant],
    trained: Sequence[Trained],
    run: RunSpec,
) -> tuple[CircuitOutcome, ...]:
    """Every split: its best parameters on the held-out rows, a tuned RBF-SVM beside them."""
    emit(StageStarted("evaluate, tune the RBF-SVM", len(splits)))
    outcomes = []
    for split, plan, grant, reached in zip(splits, plans, grants, trained, strict=True):
        outcomes.append(_outcome(split, plan, grant, reached, run))
        emit(StepDone())
    return tuple(outcomes)


def _outcome(
    split: DatasetRef, plan: TrainingPlan, grant: Grant, reached: Trained, run: RunSpec
) -> CircuitOutcome:
    began = time.perf_counter()
    state = get_checkpoint(reached.checkpoint)
    data, target = training_data(plan)
    answered = answer(split, plan, grant, state, target, run)
    baseline = tune_baseline(split, plan.model, run)
    theirs = baseline.predictions
    (y_test,) = read_columns(split, "test", "y")
    store = open_store(split.store)
    keep_checkpoint(store, reached.checkpoint)
    history = put_history(store, state.history)
    return CircuitOutcome(
        data=split,
        training=TrainedCircuit(
            plan_key=plan.key,
            checkpoint=reached.checkpoint,
            history=history,
            epochs=state.epoch,
            best_epoch=state.best_epoch,
            n_parameters=plan.n_parameters,
            n_train=len(data.X),
            n_validation=0 if data.X_validation is None else len(data.X_validation),
            stopped=state.finished,
            warnings=tuple(filter(None, [plateau_warning(state.history)])),
            reused=reached.reused,
            circuits=answered.circuits + sum(r.circuits for r in state.history),
            seconds=sum(r.seconds for r in state.history),
        ),
        model=_put_model(split, plan, grant, state, target),
        baseline_model=baseline.model,
        predictions=_put_predictions(split, y_test, answered, theirs),
        metrics=measure(split, y_test, answered.predictions, run.seed),
        baseline_metrics=measure(split, y_test, theirs, run.seed),
        baseline_parameters=dict(baseline.parameters),
        baseline_inner_score=baseline.inner_score,
        seconds=time.perf_counter() - began,
    )


def answer(
    split: DatasetRef,
    plan: TrainingPlan,
    grant: Grant,
    state: TrainingState,
    target: Target | None,
    run: RunSpec,
) -> Answered:
    """What the best parameters of a state say of the held-out rows.

    Args:
        target: of `training_data`; none: classes are asked for.
    """
    network, meter = open_network(plan, grant.backend_used, run)
    load_best(network, state)
    (X,) = read_columns(split, "test", "x")
    with torch.no_grad():
        outputs = network(torch.from_numpy(X), held_out_part(state.best_epoch)).numpy()
    circuits = 0 if meter is None else meter.circuits
    if target is not None:
        values = outputs[:, 0] * target.scale[0] + target.mean[0]
        return Answered(Predictions(values, None), None, circuits)
    probabilities = class_probabilities(outputs, plan.model.training.loss)
    labels = np.argmax(probabilities, axis=1).astype(np.float64)
    scores = probabilities[:, 1] if probabilities.shape[1] == 2 else None
    return Answered(Predictions(labels, scores), probabilities, circuits)


def _put_model(
    split: DatasetRef,
    plan: TrainingPlan,
    grant: Grant,
    state: TrainingState,
    target: Target | None,
) -> ModelRef:
    store = open_store(split.store)
    best = state.parameters if state.best is None else state.best.parameters
    stored = FittedCircuit(
        name=plan.model.name,
        task=split.task,
        model=plan.model,
        backend=grant.backend_used,
        classes=split.classes,
        target=split.target,
        n_features=split.features,
        target_mean=np.zeros(0) if target is None else target.mean,
        target_scale=np.zeros(0) if target is None else target.scale,
        parameters=best,
        preprocessing=preprocessing_of(split),
        ranges=range_of(split),
        layers=state.history[-1].active_layers if state.history else None,
    )
    ref = put_model(store, stored, {"split_seed": split.split_seed, "epoch": state.epoch})
    return ModelRef(**ref.model_dump(), name=plan.model.name, split_seed=split.split_seed)


def _put_predictions(
    split: DatasetRef, y_test: Array, answered: Answered, theirs: Predictions
) -> ArtifactRef:
    columns = {"y_true": y_test, "y_pred": answered.predictions.y, "y_baseline": theirs.y}
    if answered.probabilities is not None:
        columns["probabilities"] = answered.probabilities
    return put_arrays(open_store(split.store), "predictions", columns, {})
