"""How entangled encoded states are: the bond dimension of a matrix product state of them."""

import numpy as np
import torch

from qml_core.kernels.encoder import States

DISCARDED = 1e-6
"""Most weight of the singular values that are left out at a cut."""


@torch.no_grad()
def bond_dimension(states: States) -> int:
    """Most singular values that any cut of any state needs, to within a weight of 1e-6.

    A matrix product state of bond dimension χ takes 2nχ² numbers and n·χ³ steps (Vidal, Phys. Rev.
    Lett. 91 (2003) 147902). Cuts are between neighbouring wires, part by part.
    """
    return max(_of_part(part) for part in states)


def _of_part(states: torch.Tensor) -> int:
    k = states.shape[1].bit_length() - 1
    return max((_of_cut(states, cut) for cut in range(1, k)), default=1)


def _of_cut(states: torch.Tensor, cut: int) -> int:
    """From the eigenvalues of the reduced state of the smaller side."""
    matrices = states.reshape(len(states), 2**cut, -1)
    if matrices.shape[1] > matrices.shape[2]:
        matrices = matrices.mT
    weights = torch.linalg.eigvalsh(matrices @ matrices.mH).clamp(min=0).numpy()  # ascending
    left_out = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    kept = weights.shape[1] - np.sum(left_out <= DISCARDED, axis=1)
    return int(kept.max())
