"""Means of Z and of products of two, from the probabilities of a product of registers."""

import math
from collections.abc import Sequence

import torch


def correlations(
    probabilities: torch.Tensor, signs: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """⟨Z_i⟩ (n,) and ⟨Z_i Z_j⟩ (n, n), wires in the order of the registers.

    Registers are halved again and again: between the halves one matrix product gives all, and
    within each its marginal probabilities do. So the memory is about that of the probabilities.

    Args:
        probabilities: (N,) float64, N = Π k_r, the last register's level the fastest.
        signs: per register (k_r, n_r) of its wires on each of its levels, float64.
    """
    if len(signs) == 1:
        weighted = probabilities[:, None] * signs[0]
        return weighted.sum(0), signs[0].T @ weighted
    parts = signs[: len(signs) // 2], signs[len(signs) // 2 :]
    sizes = [math.prod(len(register) for register in part) for part in parts]
    table = probabilities.view(sizes)
    (z, zz), (other_z, other_zz) = (
        correlations(table.sum(1 - k), part) for k, part in enumerate(parts)
    )
    between = _on_all_levels(parts[0]).T @ (table @ _on_all_levels(parts[1]))
    rows = torch.cat([zz, between], dim=1), torch.cat([between.T, other_zz], dim=1)
    return torch.cat([z, other_z]), torch.cat(rows)


def _on_all_levels(signs: Sequence[torch.Tensor]) -> torch.Tensor:
    """(Π k_r, Σ n_r)."""
    found = signs[0]
    for register in signs[1:]:
        before, after = len(found), len(register)
        found = torch.cat([found.repeat_interleave(after, 0), register.repeat(before, 1)], dim=1)
    return found
