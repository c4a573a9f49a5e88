"""Learning rate over the epochs."""

import math
from collections.abc import Callable

from qml_core.specs.training import TrainingSpec


def _constant(spec: TrainingSpec, epoch: int) -> float:
    return spec.learning_rate


def _exponential(spec: TrainingSpec, epoch: int) -> float:
    return spec.learning_rate * spec.decay ** (epoch - 1)


def _cosine(spec: TrainingSpec, epoch: int) -> float:
    done = min((epoch - 1) / spec.epochs, 1.0)
    return spec.learning_rate * (1 + math.cos(math.pi * done)) / 2


SCHEDULES: dict[str, Callable[[TrainingSpec, int], float]] = {
    "constant": _constant,
    "exponential": _exponential,
    "cosine": _cosine,
}


def learning_rate(spec: TrainingSpec, epoch: int) -> float:
    """Learning rate of an epoch, counted from 1; cosine reaches 0 at the end of the last one."""
    return SCHEDULES[spec.schedule](spec, epoch)
