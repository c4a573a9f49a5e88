"""Losses and scores of outputs against targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch.nn import functional

from qml_core.errors import SpecError
from qml_core.specs.training import TrainingSpec

Task = Literal["classification", "regression"]
Tensor = torch.Tensor
_AUTO: dict[Task, str] = {"classification": "cross_entropy", "regression": "squared"}
_TASK_OF: dict[str, Task] = {
    "cross_entropy": "classification",
    "linear": "classification",
    "squared": "regression",
}


@dataclass(frozen=True)
class Loss:
    """A mean over rows, and what a predictor that knows no features comes to."""

    name: str
    mean: Callable[[Tensor, Tensor], Tensor]
    """Outputs (n, k) and targets (n,) or (n, t) to a scalar."""
    trivial: float
    """Loss of the best constant output (linear: of output 0)."""


def open_loss(spec: TrainingSpec, task: Task, y: Tensor) -> Loss:
    """The loss that a training asks for; SpecError where it does not fit the task.

    Args:
        y: targets of all training rows, (n,) labels or (n, t) values.
    """
    name = _AUTO[task] if spec.loss == "auto" else spec.loss
    if _TASK_OF[name] != task:
        raise SpecError(
            f"loss={name} is for {_TASK_OF[name]}, found a {task}",
            f"set model.training.loss to {_AUTO[task]} or auto",
        )
    if name == "linear" and int(y.max()) > 1:
        raise SpecError(
            f"loss=linear tells two classes apart, found {int(y.max()) + 1}",
            "set model.training.loss to cross_entropy",
        )
    return Loss(name, _MEANS[name], _TRIVIAL[name](y))


def _cross_entropy(outputs: Tensor, y: Tensor) -> Tensor:
    if outputs.shape[1] == 1:  # mean of softplus(z) − y z
        return functional.binary_cross_entropy_with_logits(outputs[:, 0], y.to(outputs.dtype))
    return functional.cross_entropy(outputs, y)


def _squared(outputs: Tensor, y: Tensor) -> Tensor:
    return (outputs - y).square().mean()


def _linear(outputs: Tensor, y: Tensor) -> Tensor:
    return ((1 - (2 * y - 1) * outputs[:, 0]) / 2).mean()


def _entropy(y: Tensor) -> float:
    shares = torch.bincount(y).double() / len(y)
    return float(torch.special.entr(shares).sum())


def _variance(y: Tensor) -> float:
    return float((y - y.mean(dim=0)).square().mean())


def _half(y: Tensor) -> float:
    return 0.5


_MEANS = {"cross_entropy": _cross_entropy, "squared": _squared, "linear": _linear}
_TRIVIAL: dict[str, Callable[[Tensor], float]] = {
    "cross_entropy": _entropy,
    "squared": _variance,
    "linear": _half,
}


def agreement(task: Task, outputs: Tensor, y: Tensor) -> list[float]:
    """What a score adds up over rows: [right labels], or each target's squared residuals."""
    if task == "regression":
        return [float(v) for v in (outputs - y).square().sum(dim=0)]
    labels = outputs[:, 0] > 0 if outputs.shape[1] == 1 else outputs.argmax(dim=1)
    return [float((labels == y).sum())]


def score(task: Task, agreed: list[float], y: Tensor) -> float:
    """Accuracy, or R² averaged over targets, from the agreement over all rows of y."""
    if task == "classification":
        return agreed[0] / len(y)
    spread = [float(v) for v in (y - y.mean(dim=0)).square().sum(dim=0)]
    if any(s == 0 for s in spread):
        return float("nan")
    return sum(1 - a / s for a, s in zip(agreed, spread, strict=True)) / len(spread)
