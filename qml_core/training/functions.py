"""What the training knows of a circuit: outputs from inputs and parameters, however computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from pennylane.tape import QuantumScript

Array = NDArray[np.float64]
Words = Sequence[tuple[int, ...]]
"""Products of Z, each by its wires."""


@dataclass(frozen=True, eq=False)
class Values:
    """Outputs of m circuits."""

    values: Array
    """(m, k) expectation values."""
    errors: Array
    """(m, k) standard errors of the shots; 0 where they are exact."""
    covariances: Array | None = None
    """(m, k, k) of a circuit's outputs, which share their shots; none: they are independent."""


class Evaluate(Protocol):
    """Measures circuits; it knows the observables that are read, and where the circuits run."""

    @property
    def groups(self) -> int:
        """Bases each circuit is measured in: circuits that are run for one."""

    @property
    def circuits(self) -> int:
        """Circuits run so far, those of the bases counted one by one."""

    def __call__(self, circuits: Sequence[QuantumScript], part: str) -> Values:
        """Outputs of circuits on wires 0 … n−1 that have no measurement yet.

        Args:
            part: name of this evaluation, unique in its training: the same part again is the same
                jobs, e.g. "epoch 3 step 2".
        """

    def covariances(
        self, circuits: Sequence[QuantumScript], words: Sequence[Words], part: str
    ) -> list[Array]:
        """(b, b) ⟨A_i A_j⟩ − ⟨A_i⟩⟨A_j⟩ of each circuit's words, each circuit run once.

        Args:
            words: b of each circuit, no two of them on a wire in common.
        """


class QuantumFunction(Protocol):
    """Outputs of a variational circuit, which torch differentiates."""

    def __call__(self, x: torch.Tensor, theta: torch.Tensor, part: str = "") -> torch.Tensor:
        """(n, k) expectation values of rows x (n, d), parameters theta (P,), radians.

        Differentiable in theta and, where x asks for a gradient, in x.

        Args:
            part: name of this evaluation where circuits are measured.
        """
