"""Which epoch is the best, when to stop early, and when a checkpoint is due."""

from collections.abc import Callable
from dataclasses import dataclass

from qml_core.specs.training import TrainingSpec
from qml_core.training.phases import Phase
from qml_core.training.state import Best, EpochRecord, Tensors


def better(best: Best | None, record: EpochRecord, validated: bool) -> bool:
    """Whether an epoch takes the place of the best one so far of its phase.

    By validation loss; without validation rows the last epoch is the best.
    """
    return best is None or not validated or record.validation_loss < best.loss


def chosen(
    best: Best | None, record: EpochRecord, validated: bool, parameters: Callable[[], Tensors]
) -> Best:
    """The best epoch after one more; `parameters` copies them where they are needed."""
    if best is not None and not better(best, record, validated):
        return best
    loss = record.validation_loss if validated else record.loss
    return Best(record.epoch, loss, parameters())


def why_stop(spec: TrainingSpec, phase: Phase, best: Best | None, epoch: int) -> str:
    """Why a training ends after this epoch, in a sentence; empty: it goes on.

    Phases of layerwise training that grow the circuit are never cut short.
    """
    if spec.patience is None or best is None or phase.last_epoch is not None:
        return ""
    if epoch - best.epoch < spec.patience:
        return ""
    return (
        f"no better validation loss than {best.loss:.4g} of epoch {best.epoch} within "
        f"{spec.patience} epochs"
    )


def checkpoint_due(spec: TrainingSpec, epochs: int, seconds: float) -> bool:
    """Whether so many epochs and seconds since the last checkpoint ask for one.

    checkpoint_s = 0 asks for one after every step.
    """
    return epochs >= spec.checkpoint_epochs or seconds >= spec.checkpoint_s


@dataclass
class Checkpoints:
    """Remembers when the last one was."""

    spec: TrainingSpec
    clock: Callable[[], float]
    epoch: int
    step: int

    def __post_init__(self) -> None:
        self._seconds = self.clock()

    def due(self, epoch: int) -> bool:
        return checkpoint_due(self.spec, epoch - self.epoch, self.clock() - self._seconds)

    def done(self, epoch: int, step: int) -> None:
        self.epoch, self.step, self._seconds = epoch, step, self.clock()
