"""The exact fidelity kernel: N state vectors and one matrix product instead of N² circuits."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.kernels.encoder import Encoder, States

Array = NDArray[np.float64]


def planar(states: torch.Tensor) -> torch.Tensor:
    """Real and imaginary parts apart, (n, 2, D); real states (n, D) stay as they are."""
    return torch.view_as_real(states).mT.contiguous() if states.is_complex() else states


def fidelity(A: States, B: States) -> torch.Tensor:
    """|⟨a|b⟩|² of all pairs of n and m states, planar, part by part: (n, m), float64."""
    entries: torch.Tensor | None = None
    for a, b in zip(A, B, strict=True):
        if a.ndim != b.ndim:  # the rows of one panel happen to have real states
            a, b = _with_imaginary(a), _with_imaginary(b)
        squares = _complex_fidelity(a, b) if a.ndim == 3 else (a @ b.T).square_()
        entries = squares if entries is None else entries.mul_(squares)
    assert entries is not None
    return entries.to(torch.float64)


def _with_imaginary(states: torch.Tensor) -> torch.Tensor:
    """Planar states (n, 2, D) of real ones (n, D); those that are planar stay as they are."""
    return states if states.ndim == 3 else torch.stack([states, torch.zeros_like(states)], dim=1)


def _complex_fidelity(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """A complex product by three real ones (Higham, SIAM J. Matrix Anal. 13 (1992) 681)."""
    (a_real, a_imag), (b_real, b_imag) = a.unbind(1), b.unbind(1)
    real = a_real @ b_real.T
    second = a_imag @ b_imag.T
    imag = (a_real + a_imag) @ (b_real - b_imag).T
    imag.sub_(real).add_(second)
    real.add_(second)
    return real.square_().addcmul_(imag, imag)


@dataclass(frozen=True)
class FidelityKernel:
    """|⟨φ(x)|φ(y)⟩|² (Havlíček et al. 2019, eq. 2), opened: states of rows, entries of pairs."""

    encoder: Encoder

    @property
    def row_bytes(self) -> int:
        """Memory of what is kept of one row."""
        return self.encoder.state_bytes

    def represent(self, X: Array) -> States:
        """State vectors of rows (n, d), planar."""
        return tuple(planar(part) for part in self.encoder.states(X))

    def entries(self, A: States, B: States) -> torch.Tensor:
        """(n, m), float64."""
        return fidelity(A, B)
