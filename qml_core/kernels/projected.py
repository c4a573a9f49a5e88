"""The projected kernel: encoded states seen through their one-qubit reduced states only."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.kernels.encoder import Encoder, States

Array = NDArray[np.float64]

_ENCODED_BYTES = 2**26
"""State vectors held at once while their Bloch vectors are taken."""


def bloch_vectors(states: torch.Tensor) -> torch.Tensor:
    """⟨X⟩, ⟨Y⟩, ⟨Z⟩ of every qubit of states (n, 2^k): (n, 3k), wire by wire.

    The reduced state of a qubit is ρ = (1 + r·σ)/2 with its Bloch vector r.
    """
    n, k = len(states), states.shape[1].bit_length() - 1
    vectors = []
    for wire in range(k):
        folded = states.reshape(n, 2**wire, 2, -1)
        zero, one = folded[:, :, 0].flatten(1), folded[:, :, 1].flatten(1)
        coherence = torch.sum(zero.conj() * one, dim=1)
        z = _norm(zero) - _norm(one)
        y = 2 * coherence.imag if states.is_complex() else torch.zeros_like(z)
        vectors += [2 * coherence.real, y, z]
    return torch.stack(vectors, dim=1)


def _norm(amplitudes: torch.Tensor) -> torch.Tensor:
    real = torch.view_as_real(amplitudes).flatten(1) if amplitudes.is_complex() else amplitudes
    return torch.sum(real.square(), dim=1)


def projected(A: torch.Tensor, B: torch.Tensor, gamma: float) -> torch.Tensor:
    """exp(−γ Σ_k ‖ρ_k − ρ'_k‖²_F) of Bloch vectors (n, 3q) and (m, 3q): (n, m).

    Huang et al., Nat. Commun. 12 (2021) 2631, eq. 9; ‖ρ − ρ'‖²_F = ‖r − r'‖²/2. The distances are
    summed as they are, not from inner products: rounding must not exceed what separates rows.
    """
    distances = torch.cdist(A, B, compute_mode="donot_use_mm_for_euclid_dist")
    return torch.exp(-0.5 * gamma * distances.square())


@dataclass(frozen=True)
class ProjectedKernel:
    """A kernel opened on a backend: Bloch vectors of rows, and entries from pairs of them."""

    encoder: Encoder
    gamma: float

    @property
    def row_bytes(self) -> int:
        """Memory of what is kept of one row."""
        return 3 * 8 * self.encoder.encoding.n_qubits

    def represent(self, X: Array) -> States:
        """Bloch vectors of rows (n, d): one tensor (n, 3q), part by part of the circuit."""
        step = max(1, _ENCODED_BYTES // self.encoder.state_bytes)
        pieces = []
        for start in range(0, len(X), step):
            parts = self.encoder.states(X[start : start + step])
            pieces.append(torch.cat([bloch_vectors(part) for part in parts], dim=1))
        return (torch.cat(pieces).to(torch.float64),)

    def entries(self, A: States, B: States) -> torch.Tensor:
        """(n, m), float64."""
        return projected(A[0], B[0], self.gamma)
