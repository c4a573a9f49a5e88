"""Meyer-Wallach entanglement of pure states."""

import math

import torch

from qml_core.references import Interval


def meyer_wallach(states: torch.Tensor) -> torch.Tensor:
    """Q = 2 (1 − (1/n) Σ_k Tr ρ_k²) of states (m, 2^n): (m,), 0 for products, 1 for GHZ states.

    Meyer & Wallach 2002 (quant-ph/0108104) in the form of Brennen 2003 (quant-ph/0305094), eq. 4.
    """
    n = states.shape[1].bit_length() - 1
    purities = torch.zeros(len(states), dtype=torch.float64)
    for k in range(n):
        parts = states.reshape(len(states), 2**k, 2, -1).movedim(2, 1).flatten(2)
        reduced = parts @ parts.mH
        purities += reduced.abs().square().sum((1, 2)).double()
    return 2 * (1 - purities / n)


def haar_entanglement(n_qubits: int) -> float:
    """Mean Q of Haar random states, (d − 2)/(d + 1) (Sim et al. 2019, arXiv:1905.10876, eq. 21)."""
    d = 2.0**n_qubits
    return (d - 2) / (d + 1)


def mean_interval(values: torch.Tensor) -> Interval:
    """Mean of independent values (m,), m ≥ 2, with its 95 % interval by the standard error."""
    mean = float(values.mean())
    half = 1.96 * float(values.std()) / math.sqrt(len(values))
    return Interval(value=mean, low=mean - half, high=mean + half)
