"""Where a training stands: all that its next step depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class EpochRecord:
    """One row of the history. Means over the steps of an epoch; NaN where there is none."""

    epoch: int
    """Counted from 1."""
    active_layers: int
    loss: float
    score: float
    """Accuracy, or R², on the rows trained on, from the outputs of the steps."""
    validation_loss: float
    validation_score: float
    learning_rate: float
    gradient_norm: float
    """Root mean square over the steps of the norm of theta's gradient."""
    gradient_variance: float
    """Of the trained entries of theta's gradient at all steps, structurally zero ones left out."""
    layer_norms: tuple[float, ...]
    """Gradient norm of each layer; 0 of inactive ones."""
    layer_variances: tuple[float, ...]
    signal_to_noise: float
    """Of the gradient where there are shots; 0: noise alone."""
    movement: float
    """‖θ − θ of the epoch before‖."""
    seconds: float
    circuits: int
    usd: float
    plateau: bool = False


@dataclass(frozen=True, eq=False)
class Best:
    """The best epoch of its phase by validation loss; without validation the last one."""

    epoch: int
    loss: float
    parameters: Tensors


@dataclass(frozen=True, eq=False)
class OptimiserState:
    """What an optimiser remembers: tensors by name, and what JSON holds."""

    tensors: Tensors = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Everything the next step depends on, and what the steps before came to."""

    epoch: int
    """Finished epochs."""
    step: int
    """Finished steps of the epoch under way."""
    parameters: Tensors
    """Of the network, by name, float64."""
    optimiser: OptimiserState
    generator: Mapping[str, Any]
    """State of the NumPy bit generator, as JSON holds it."""
    order: NDArray[np.int64]
    """Rows in the order of the epoch under way; empty between epochs."""
    best: Best | None = None
    history: tuple[EpochRecord, ...] = ()
    sums: Mapping[str, Any] = field(default_factory=dict)
    """What the steps of the epoch under way have added up to, as JSON holds it."""
    finished: str = ""
    """Why early stopping ended it; empty: it goes on."""

    @property
    def best_epoch(self) -> int:
        """Whose parameters the model has, were this the end."""
        return self.epoch if self.best is None else self.best.epoch
