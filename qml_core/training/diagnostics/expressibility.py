"""Expressibility: how far the states of random parameters are from Haar random states."""

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float64]

BINS = 75
"""Of the fidelity histogram, as in the paper."""


def expressibility(states: torch.Tensor, bins: int = BINS) -> float:
    """KL divergence (nats) of the fidelities of states (m, d) from those of Haar random states.

    D(P̂ ‖ P_Haar) over the histogram of F = |⟨ψ|φ⟩|² of all pairs, P_Haar(F) = (d−1)(1−F)^(d−2):
    Sim, Johnson & Aspuru-Guzik 2019 (arXiv:1905.10876), eqs. 9 and 12. 0 is Haar random; a circuit
    that makes one state only has (d−1) ln(bins).
    """
    found = np.histogram(fidelities(states), bins, (0.0, 1.0))[0]
    shares = found / found.sum()
    there = found > 0
    return float(np.sum(shares[there] * (np.log(shares[there]) - log_haar(states, bins)[there])))


def fidelities(states: torch.Tensor) -> Array:
    """|⟨ψ|φ⟩|² of all pairs of states (m, d): (m(m−1)/2,), in [0, 1]."""
    gram = (states @ states.mH).abs().square().cpu().double().numpy()
    found: Array = np.clip(gram[np.triu_indices(len(gram), 1)], 0.0, 1.0)
    return found


def log_haar(states: torch.Tensor, bins: int = BINS) -> Array:
    """Logarithm of Haar's probability of each bin, ln((1−a)^(d−1) − (1−b)^(d−1)): (bins,)."""
    d = states.shape[1]
    left = np.arange(bins)
    # (1−a)^(d−1) [1 − ((1−b)/(1−a))^(d−1)], which does not underflow for many qubits
    ratio = (bins - left - 1) / (bins - left)
    found: Array = (d - 1) * np.log1p(-left / bins) + np.log(-np.expm1((d - 1) * _log(ratio)))
    return found


def _log(ratio: Array) -> Array:
    """Natural logarithm; the last bin reaches F = 1, where it is −∞."""
    with np.errstate(divide="ignore"):
        found: Array = np.log(ratio)
    return found


def haar_states(m: int, d: int, rng: np.random.Generator) -> torch.Tensor:
    """Haar random states (m, d): what a perfectly expressive circuit would give."""
    normal = rng.standard_normal((m, d)) + 1j * rng.standard_normal((m, d))
    return torch.from_numpy(normal / np.linalg.norm(normal, axis=1, keepdims=True))
