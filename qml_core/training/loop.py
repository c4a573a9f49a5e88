"""The training loop: epochs of steps from one state to the next."""

from collections.abc import Callable

import numpy as np

from qml_core.specs.training import TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.losses import Task
from qml_core.training.run import TrainingRun
from qml_core.training.state import EpochRecord, TrainingState
from qml_core.training.stopping import Checkpoints
from qml_core.training.trainable import Trainable, load_parameters


def _no_clock() -> float:
    return 0.0


def _nothing_spent() -> tuple[int, float]:
    return 0, 0.0


def train(
    network: Trainable,
    data: TrainingData,
    spec: TrainingSpec,
    *,
    task: Task,
    seed: int,
    state: TrainingState | None = None,
    until: int | None = None,
    checkpoint: Callable[[TrainingState], None] | None = None,
    clock: Callable[[], float] = _no_clock,
    spent: Callable[[], tuple[int, float]] = _nothing_spent,
    progress: Callable[[EpochRecord], None] | None = None,
) -> TrainingState:
    """Train a network; what a state was interrupted after, the next call continues bit by bit.

    Args:
        network: its present parameters are the start, or those of `state`; the last ones are in
            it afterwards (see load_best).
        data: y int64 labels 0 … C−1 (n,), or float64 standardised values (n, t).
        seed: of the order of the rows and of SPSA's signs.
        state: where to continue; none: anew.
        until: epochs done when it returns; none: spec.epochs.
        checkpoint: called with a state at steps where one is due, and at the end.
        clock: seconds, of any beginning.
        spent: (circuits, USD) so far, of any beginning.
        progress: called after each epoch.

    Raises:
        SpecError: batch, loss or optimiser do not fit the data or the circuit, or the state is of
            another network.
        TrainingDiverged: a loss is NaN or infinite; names the step, which changed nothing.
    """
    run = TrainingRun(network, data, spec, task, seed, state, clock, spent)
    goal = spec.epochs if until is None else until
    marks = Checkpoints(spec, clock, run.epoch, run.step)

    def save(last: bool = False) -> None:
        new = (run.epoch, run.step) != (marks.epoch, marks.step)
        if checkpoint is not None and new and (last or marks.due(run.epoch)):
            checkpoint(run.snapshot())
            marks.done(run.epoch, run.step)

    try:
        # what overflows shows as a loss that is refused, without NumPy's warnings on the way
        with np.errstate(over="ignore", invalid="ignore"):
            while run.epoch < goal and not run.finished:
                for _ in run.steps():
                    save()
                record = run.end_epoch()
                save()
                if progress is not None:
                    progress(record)
        save(last=True)
        return run.snapshot()
    finally:
        run.close()


def load_best(network: Trainable, state: TrainingState) -> None:
    """Give the network the parameters, and the layers, of the best epoch of a state."""
    parameters = state.parameters if state.best is None else state.best.parameters
    load_parameters(network, parameters)
    if state.history:
        network.set_phase(state.history[-1].active_layers, 0)
