"""The best epoch, early stopping, and when checkpoints are due."""

import math

import pytest
import torch

from qml_core.specs.training import TrainingSpec
from qml_core.training.phases import Phase
from qml_core.training.state import Best, EpochRecord
from qml_core.training.stopping import Checkpoints, checkpoint_due, chosen, why_stop

JOINT = Phase(1, None, 2, 0)


def record(epoch: int, validation_loss: float = math.nan) -> EpochRecord:
    rest = (0.0, math.nan, 0.1, 1.0, 1.0, (1.0,), (1.0,), math.nan, 0.1, 0.0, 0, 0.0)
    return EpochRecord(epoch, 2, 0.5, rest[0], validation_loss, *rest[1:])


def best(epoch: int, loss: float) -> Best:
    return Best(epoch, loss, {"theta": torch.zeros(1)})


def test_the_best_epoch_is_the_first_of_the_smallest_validation_loss() -> None:
    found = None
    for epoch, loss in enumerate((0.5, 0.3, 0.4, 0.3), start=1):
        found = chosen(found, record(epoch, loss), True, dict)
    assert found is not None
    assert (found.epoch, found.loss) == (2, 0.3)


def test_without_validation_the_last_epoch_is_the_best() -> None:
    found = chosen(best(3, 0.1), record(4), False, dict)
    assert (found.epoch, found.loss) == (4, 0.5)


def test_patience_ends_a_training_in_a_sentence() -> None:
    spec = TrainingSpec(patience=3)
    assert why_stop(spec, JOINT, best(2, 0.25), 4) == ""
    assert "0.25 of epoch 2 within 3 epochs" in why_stop(spec, JOINT, best(2, 0.25), 5)


def test_phases_that_grow_the_circuit_are_not_cut_short() -> None:
    assert why_stop(TrainingSpec(patience=1), Phase(1, 9, 1, 0), best(2, 0.25), 8) == ""


@pytest.mark.parametrize(
    ("epochs", "seconds", "due"),
    [(0, 0.0, False), (4, 59.0, False), (5, 0.0, True), (0, 60.0, True)],
)
def test_a_checkpoint_is_due_by_epochs_or_seconds(epochs: int, seconds: float, due: bool) -> None:
    assert checkpoint_due(TrainingSpec(), epochs, seconds) is due


def test_epochs_and_seconds_are_counted_from_the_last_checkpoint() -> None:
    now = [100.0]
    marks = Checkpoints(TrainingSpec(), lambda: now[0], epoch=3, step=0)
    assert not marks.due(7)
    assert marks.due(8)
    now[0] = 161.0
    assert marks.due(3)
    marks.done(3, 2)
    assert not marks.due(7)
