"""The exact fidelity kernel: N state vectors and one matrix product instead of N² circuits."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.kernels.encoder import Encoder, States

Array = NDArray[np.float64]


def fidelity(A: States, B: States) -> torch.Tensor:
    """|⟨a|b⟩|² of all pairs of n and m states: (n, m), float64."""
    entries: torch.Tensor | None = None
    for a, b in zip(A, B, strict=True):
        overlaps = a @ b.mH
        if overlaps.is_complex():
            squares = overlaps.real.square_() + overlaps.imag.square_()
        else:
            squares = overlaps.square_()
        entries = squares if entries is None else entries.mul_(squares)
    assert entries is not None
    return entries.to(torch.float64)


@dataclass(frozen=True)
class FidelityKernel:
    """|⟨φ(x)|φ(y)⟩|² (Havlíček et al. 2019, eq. 2), opened: states of rows, entries of pairs."""

    encoder: Encoder

    @property
    def row_bytes(self) -> int:
        """Memory of what is kept of one row."""
        return self.encoder.state_bytes

    def represent(self, X: Array) -> States:
        """State vectors of rows (n, d)."""
        return self.encoder.states(X)

    def entries(self, A: States, B: States) -> torch.Tensor:
        """(n, m), float64."""
        return fidelity(A, B)
