"""The loss of some rows as a function of the entries that are trained."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import TrainingDiverged
from qml_core.training.gradients.spsa import spsa_gradient
from qml_core.training.losses import Loss
from qml_core.training.trainable import Trainable

Array = NDArray[np.float64]
REMEDY = (
    "lower model.training.learning_rate, or scale the features and targets; the last checkpoint "
    "keeps the parameters from before"
)


class TrainedEntries:
    """What a phase trains, as one vector: all other parameters, then the trained ones of theta."""

    def __init__(self, network: Trainable) -> None:
        self.theta = network.theta
        self.others = tuple(p for _, p in network.named_parameters() if p is not network.theta)
        self.trained = np.flatnonzero(network.trained)
        """Entries of theta."""
        self._frozen = torch.tensor([not t for t in network.trained], dtype=torch.bool)
        self._some_frozen = bool(self._frozen.any())

    def vector(self) -> Array:
        """A copy, (v,)."""
        parts = [p.detach().reshape(-1).numpy(force=True) for p in self.others]
        return np.concatenate([*parts, self.theta.detach().numpy(force=True)[self.trained]])

    def assign(self, vector: Array) -> None:
        """Make (v,) the parameters of the network."""
        values, start = torch.from_numpy(np.asarray(vector, dtype=np.float64)), 0
        with torch.no_grad():
            for p in self.others:
                p.copy_(values[start : start + p.numel()].reshape(p.shape))
                start += p.numel()
            self.theta[self.trained] = values[start:].to(self.theta)

    def clear_gradient(self) -> None:
        for p in (*self.others, self.theta):
            p.grad = None

    def assign_gradient(self, vector: Array) -> None:
        """Make (v,) the gradient."""
        values, start = torch.from_numpy(vector), 0
        for p in self.others:
            p.grad = values[start : start + p.numel()].reshape(p.shape).to(p)
            start += p.numel()
        self.theta.grad = torch.zeros_like(self.theta)
        self.theta.grad[self.trained] = values[start:].to(self.theta)

    def freeze_the_rest(self) -> None:
        """Give entries of theta that are not trained no gradient."""
        if self.theta.grad is None:
            self.theta.grad = torch.zeros_like(self.theta)
        elif self._some_frozen:
            self.theta.grad[self._frozen] = 0


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A loss, and the outputs that it came from."""

    loss: float
    outputs: torch.Tensor
    """(n, k), detached."""


@dataclass(frozen=True)
class Position:
    """Where a training is; both counted from 1."""

    epoch: int
    step: int

    @property
    def part(self) -> str:
        """Name of the step's evaluations."""
        return f"epoch {self.epoch} step {self.step}"


@dataclass(frozen=True, eq=False)
class Objective:
    """Mean loss of the rows of one step."""

    network: Trainable
    entries: TrainedEntries
    loss: Loss
    x: torch.Tensor
    """(n, d)"""
    y: torch.Tensor
    position: Position
    generator: np.random.Generator
    simultaneous: float | None = None
    """Size of SPSA's perturbation where its estimate takes the place of the gradient, radians."""

    def value(self, vector: Array | None = None, part: str | None = None) -> Evaluation:
        """Loss at the present parameters, or at (v,); these stay as they are.

        Raises:
            TrainingDiverged: the loss is NaN or infinite.
        """
        present = self.entries.vector()
        try:
            if vector is not None:
                self.entries.assign(vector)
            with torch.no_grad():
                return self._evaluated(part or self.position.part)[1]
        finally:
            if vector is not None:
                self.entries.assign(present)

    def gradient(self) -> Evaluation:
        """Loss, and its gradient in `.grad` of the parameters.

        Raises:
            TrainingDiverged: the loss or the gradient is NaN or infinite.
        """
        if self.simultaneous is not None:
            found, slope = self.simultaneous_gradient(self.simultaneous)
            self.entries.assign_gradient(slope)
            return found
        self.entries.clear_gradient()
        loss, found = self._evaluated(self.position.part)
        loss.backward()  # type: ignore[no-untyped-call]
        self.entries.freeze_the_rest()
        self._require_finite("gradient", float(self.theta_gradient.sum()))
        return found

    def simultaneous_gradient(self, size: float) -> tuple[Evaluation, Array]:
        """Mean of two evaluations, and SPSA's gradient (v,) from a perturbation of this size."""
        present, seen = self.entries.vector(), list[Evaluation]()

        def loss(point: Array, side: str) -> float:
            seen.append(self.value(point, f"{self.position.part} {side}"))
            return seen[-1].loss

        found = spsa_gradient(loss, present, size, self.generator)
        outputs = (seen[0].outputs + seen[1].outputs) / 2
        return Evaluation(found.loss, outputs), found.gradient

    def metric(self) -> Sequence[tuple[tuple[int, ...], torch.Tensor]]:
        """Blocks of the Fubini-Study metric, averaged over the rows of the step."""
        return self.network.metric(self.x, f"{self.position.part} metric")

    @property
    def theta_gradient(self) -> Array:
        """(P,) after `gradient`; shares memory with it."""
        assert self.entries.theta.grad is not None
        found: Array = self.entries.theta.grad.numpy(force=True)
        return found

    def _evaluated(self, part: str) -> tuple[torch.Tensor, Evaluation]:
        outputs = self.network(self.x, part)
        loss = self.loss.mean(outputs, self.y)
        value = float(loss.detach())
        self._require_finite("loss", value)
        return loss, Evaluation(value, outputs.detach())

    def _require_finite(self, what: str, value: float) -> None:
        if not np.isfinite(value):
            raise TrainingDiverged(
                f"the {what} is {value} in epoch {self.position.epoch}, step "
                f"{self.position.step}, training needs finite numbers",
                REMEDY,
            )
