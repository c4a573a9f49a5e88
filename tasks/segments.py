"""A training as a chain of tasks: each goes on from the last checkpoint, and leaves another."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import numpy as np
from prefect import task

from qml_core.errors import TrainingDiverged
from qml_core.events import StageStarted, StepDone, emit
from qml_core.models.network import pretrain
from qml_core.references import CheckpointRef, Grant, TrainingPlan
from qml_core.specs import RunSpec
from qml_core.storage.checkpoint_document import network_shape
from qml_core.storage.checkpoints import latest_checkpoint, prune_checkpoints, put_checkpoint
from qml_core.storage.probe import open_checked_store
from qml_core.training.loop import train
from qml_core.training.state import EpochRecord, TrainingState
from tasks.options import STORE
from tasks.progress import Progress
from tasks.runners import Runner
from tasks.stopping import stop
from tasks.trainings import Opened, open_training
from tasks.turns import computing


@dataclass(frozen=True)
class Trained:
    """Where the training of a split ended."""

    checkpoint: CheckpointRef
    reused: int
    """Epochs that an earlier run had done."""


def train_in_segments(
    runner: Runner, plans: Sequence[TrainingPlan], grants: Sequence[Grant], run: RunSpec
) -> tuple[Trained, ...]:
    """Every split to its last epoch; the splits go on side by side, segment by segment."""
    epochs = sum(plan.segments[-1] for plan in plans)
    emit(StageStarted("train", epochs))
    progress = Progress("train", epochs, heard=runner.in_process)
    begun = [_newest(plan) for plan in plans]
    progress.found(sum(map(_epoch, begun)))
    reached, ticket = list(begun), uuid4().hex
    for number in range(max(len(plan.segments) for plan in plans)):
        due = {
            k: {"plan": plan, "grant": grants[k], "until": plan.segments[number]}
            for k, plan in enumerate(plans)
            if number < len(plan.segments) and _is_due(reached[k], plan.segments[number])
        }
        terms = {"heard": runner.in_process, "run": run, "ticket": ticket}
        futures = {k: runner.tasks.submit(train_segment, own | terms) for k, own in due.items()}
        try:
            for k, future in futures.items():
                before, reached[k] = reached[k], future.result()
                progress.add(_epoch(reached[k]) - _epoch(before))
        except BaseException:  # Ctrl-C too: what is under way is collected later
            stop(ticket)
            raise
    return tuple(
        Trained(ref, _epoch(first))
        for first, ref in zip(begun, reached, strict=True)
        if ref is not None
    )


def _newest(plan: TrainingPlan) -> CheckpointRef | None:
    """What an earlier run has left."""
    store = open_checked_store(plan.store)
    found = latest_checkpoint(store, plan.key, until=plan.segments[-1])
    return None if found is None else found[0]


def _is_due(reached: CheckpointRef | None, until: int) -> bool:
    if reached is None:
        return True
    return not reached.finished and reached.epoch < until


def _epoch(ref: CheckpointRef | None) -> int:
    return 0 if ref is None else ref.epoch


@task(name="train-segment", **STORE)
def train_segment(
    plan: TrainingPlan, grant: Grant, until: int, heard: bool, run: RunSpec, ticket: str = ""
) -> CheckpointRef:
    """Train one split until so many epochs are done, from the newest checkpoint there is.

    Args:
        heard: whether listeners in this process are told of each epoch.
        ticket: of the flow run; where one of its splits fails, the others buy nothing more.

    Raises:
        TrainingDiverged: the loss is no number any more; the last good checkpoint is kept.
        Refused, BackendError: a gate or a device says no; what was bought is collected later.
    """
    with computing():
        return _segment(plan, grant, until, heard, run, ticket)


def _segment(
    plan: TrainingPlan, grant: Grant, until: int, heard: bool, run: RunSpec, ticket: str
) -> CheckpointRef:
    store = open_checked_store(plan.store)
    found = latest_checkpoint(store, plan.key, until=until)
    if found is not None and _done(found[1], until):
        return found[0]
    opened = open_training(plan, grant, run, ticket)
    shape = network_shape(plan.model, dict(opened.network.named_parameters()))
    found = latest_checkpoint(store, plan.key, until=until, network=shape)
    if found is None:
        _begin(plan, opened)
    kept = [found[0]] if found is not None else []

    def put(state: TrainingState) -> None:
        kept.append(put_checkpoint(store, plan.key, state, shape))
        prune_checkpoints(store, plan.key, keep=plan.segments, newest=kept[-1])

    try:
        train(
            opened.network,
            opened.data,
            plan.model.training,
            task=plan.data.task,
            seed=plan.seed,
            state=None if found is None else found[1],
            until=until,
            checkpoint=put,
            clock=time.monotonic,
            spent=opened.spent,
            progress=_tell_epoch if heard else None,
        )
    except TrainingDiverged as error:
        raise _with_checkpoint(error, kept) from error
    return kept[-1]


def _done(state: TrainingState, until: int) -> bool:
    return bool(state.finished) or (state.epoch >= until and state.step == 0)


def _begin(plan: TrainingPlan, opened: Opened) -> None:
    """What comes before the first epoch."""
    if plan.model.training.pretraining:
        rng = np.random.default_rng([plan.seed, 2])  # 1: the order of the rows
        pretrain(opened.network, opened.data, plan.model.training, plan.data.task, rng)


def _tell_epoch(record: EpochRecord) -> None:
    emit(StepDone())


def _with_checkpoint(error: TrainingDiverged, kept: Sequence[CheckpointRef]) -> TrainingDiverged:
    """The error, and where the last good parameters are."""
    where = "there is no checkpoint before it"
    if kept:
        where = f"checkpoint {kept[-1].path} of epoch {kept[-1].epoch} is kept"
    return TrainingDiverged(f"{error.message}; {where}", error.remedy)
