"""What the training loop asks of a network."""

from collections.abc import Iterator
from typing import Protocol

import torch

from qml_core.circuits.variational import VariationalCircuit


class Trainable(Protocol):
    """A torch module around one variational circuit, in float64."""

    theta: torch.nn.Parameter
    """(P,) parameters of the circuit, all layers, radians (of re-uploading also feature factors)."""
    circuit: VariationalCircuit
    """With all layers."""

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
