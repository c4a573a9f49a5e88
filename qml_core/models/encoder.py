"""The classical encoder of hybrid networks, and its training without the circuit."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from qml_core.specs import TrainingSpec
from qml_core.training.data import TrainingData, batch_size
from qml_core.training.losses import Task, open_loss

PRETRAINING_RATE = 0.01
"""Step size of Adam: angles of a circuit take larger steps than weights of a network."""


class Encoder(nn.Module):
    """From features (n, d) to angles (n, q): tanh layers, then tanh into the encoding's range.

    Args:
        hidden: units of the hidden layers.
        angle_range: radians.
        rng: of the initial weights (Glorot & Bengio 2010, eq. 16, uniform); biases start at 0.
    """

    def __init__(
        self,
        n_features: int,
        hidden: Sequence[int],
        n_angles: int,
        angle_range: tuple[float, float],
        rng: np.random.Generator,
    ) -> None:
        super().__init__()
        widths = (n_features, *hidden, n_angles)
        self.layers = nn.ModuleList(linear(a, b, rng) for a, b in pairwise(widths))
        low, high = angle_range
        self._middle, self._reach = (low + high) / 2, (high - low) / 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return self._middle + self._reach * x


def linear(n_inputs: int, n_outputs: int, rng: np.random.Generator) -> nn.Linear:
    """A linear layer in float64 whose weights come from the generator."""
    # torch draws initial weights from its global generator unless they are skipped
    layer: nn.Linear = nn.utils.skip_init(  # type: ignore[no-untyped-call]
        nn.Linear, n_inputs, n_outputs, dtype=torch.float64
    )
    bound = math.sqrt(6 / (n_inputs + n_outputs))
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(rng.uniform(-bound, bound, (n_outputs, n_inputs))))
        layer.bias.zero_()
    return layer


def pretrain_encoder(
    encoder: Encoder,
    n_outputs: int,
    data: TrainingData,
    spec: TrainingSpec,
    task: Task,
    rng: np.random.Generator,
) -> list[float]:
    """Train the encoder for `spec.pretraining` epochs with a linear head that is thrown away.

    Returns:
        The loss of each epoch, mean over its rows.
    """
    x, y = data.training_rows()
    head = linear(encoder.layers[-1].out_features, n_outputs, rng)  # type: ignore[arg-type]
    plain = spec.model_copy(update={"loss": "auto"})  # a linear loss is for ⟨O⟩ in [-1, 1] only
    loss = open_loss(plain, task, y)
    optimiser = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=PRETRAINING_RATE)
    size, losses = batch_size(spec, len(x)), []
    for _ in range(spec.pretraining):
        order, total = torch.from_numpy(rng.permutation(len(x))), 0.0
        for rows in torch.split(order, size):
            optimiser.zero_grad()
            value = loss.mean(head(encoder(x[rows])), y[rows])
            value.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += float(value.detach()) * len(rows)
        losses.append(total / len(x))
    return losses
