"""What the training loop asks of a network."""

from collections.abc import Iterator
from typing import Protocol

import torch

from qml_core.circuits.readout import Readout
from qml_core.circuits.variational import VariationalCircuit
from qml_core.errors import SpecError
from qml_core.training.state import Tensors


class Trainable(Protocol):
    """A torch module around one variational circuit, in float64."""

    theta: torch.nn.Parameter
    """(P,) parameters of the circuit, all layers, radians; of re-uploading also feature factors."""
    circuit: VariationalCircuit
    """With all layers."""

    @property
    def readout(self) -> Readout | None:
        """What is read of it; none: not known, so that no gradient is known to be zero."""

    def __call__(self, x: torch.Tensor, part: str = "") -> torch.Tensor:
        """(n, outputs) of rows (n, d): logits of classes (one of two classes), or values.

        Args:
            part: name of this evaluation where circuits are measured.
        """

    def named_parameters(self) -> Iterator[tuple[str, torch.nn.Parameter]]:
        """All of them, `theta` too, in a fixed order."""

    def set_phase(self, active_layers: int, first_trained: int) -> None:
        """Use the first layers of the circuit only, and train those from `first_trained` on.

        Entries of theta before them get no gradient and cost no circuits; the first gates before
        layer 0 are trained with layer 0.
        """

    @property
    def trained(self) -> tuple[bool, ...]:
        """(P,) whether each entry of theta is trained in this phase."""

    @property
    def gradient_errors(self) -> torch.Tensor | None:
        """(P,) standard errors of theta's gradient of the last backward pass; None: exact."""

    def metric(self, x: torch.Tensor, part: str = "") -> list[tuple[tuple[int, ...], torch.Tensor]]:
        """Blocks of the Fubini-Study metric averaged over rows: entries of theta, and (b, b)."""


def parameters_of(network: Trainable) -> Tensors:
    """A copy of all parameters, by name."""
    return {name: p.detach().clone() for name, p in network.named_parameters()}


def load_parameters(network: Trainable, parameters: Tensors) -> None:
    """Give a network parameters of one like it; SpecError where names or shapes differ."""
    own = dict(network.named_parameters())
    shapes = {name: tuple(p.shape) for name, p in own.items()}
    found = {name: tuple(p.shape) for name, p in parameters.items()}
    if shapes != found:
        raise SpecError(
            f"a training was asked to continue with parameters {found}, its network has {shapes}",
            "continue with the model that the checkpoint was written by, or train anew",
        )
    with torch.no_grad():
        for name, p in own.items():
            p.copy_(parameters[name])
