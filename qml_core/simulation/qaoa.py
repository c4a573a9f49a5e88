"""Exact QAOA: |γ, β⟩ = Π_l exp(−iβ_l Σ_j X_j) exp(−iγ_l C) |+…+⟩, its expectation and gradient.

Farhi, Goldstone, Gutmann, arXiv:1411.4028. Angles in radians, gammas and betas (…, p): leading
dimensions are a batch. Amplitudes are complex128 for a float64 diagonal, complex64 for float32.
"""

from typing import Any

import torch

from qml_core.errors import SpecError
from qml_core.simulation.ising_diagonal import IsingDiagonal
from qml_core.simulation.qaoa_layers import (
    Observable,
    Workspace,
    evolved,
    gradient_of,
    mean,
    squares,
    workspace,
)
from qml_core.simulation.transverse_field import powers_of_i


def expectation(
    diagonal: IsingDiagonal,
    gammas: torch.Tensor,
    betas: torch.Tensor,
    *,
    observable: Observable | None = None,
    work: Workspace | None = None,
    memory_bytes: int | None = None,
) -> torch.Tensor:
    """⟨γ, β|C|γ, β⟩, (…) float64, differentiable once in both angles.

    With an observable it is the mean of the diagonal made from the probabilities (N,) of the basis
    states that the diagonal of C has, those of z and ¬z together on the half space; the derivative
    holds that diagonal fixed.

    Where an angle requires its gradient it is computed at once with the value, by the adjoint
    method (arXiv:2009.02823): states are un-computed going back, none is kept.

    Raises:
        SpecError: angles of unequal shape, or a workspace made for something else.
        CircuitRefused: more than memory_bytes are needed.
    """
    gradient = torch.is_grad_enabled() and (gammas.requires_grad or betas.requires_grad)
    flat = _batches(diagonal, gammas, betas)
    work = work or workspace(diagonal, len(flat[0]), gradient=gradient, memory_bytes=memory_bytes)
    fits = work.states.shape[-1] == len(diagonal.values) and len(work.states) >= 1 + gradient
    if not fits or work.states.dtype != diagonal.values.dtype:
        raise SpecError(
            f"workspace of shape {tuple(work.states.shape)} and {work.states.dtype} given, needed: "
            f"({1 + gradient}, …, {len(diagonal.values)}) and {diagonal.values.dtype}",
            "make it with workspace(diagonal)",
        )
    if not gradient:
        return _values(*flat, diagonal, work, observable).reshape(gammas.shape[:-1])
    found: torch.Tensor = _Expectation.apply(*flat, diagonal, work, observable)  # type: ignore[no-untyped-call]
    return found.reshape(gammas.shape[:-1])


def evolve(
    diagonal: IsingDiagonal,
    gammas: torch.Tensor,
    betas: torch.Tensor,
    *,
    memory_bytes: int | None = None,
) -> torch.Tensor:
    """(…, N) amplitudes, not differentiable.

    On the half space N = 2^(n−1), and these are √2 times the amplitudes of the z whose first bit
    is 0, which are those of ¬z too, up to a phase of all.

    Raises:
        SpecError: angles of unequal shape.
        CircuitRefused: more than memory_bytes are needed.
    """
    size, n = len(diagonal.values), diagonal.n_qubits - diagonal.half_space
    flat = _batches(diagonal, gammas, betas)
    needed = 2 * diagonal.values.itemsize * len(flat[0]) * size
    work = workspace(
        diagonal, len(flat[0]), gradient=False, memory_bytes=memory_bytes, result_bytes=needed
    )
    states = torch.empty(
        (len(flat[0]), size), dtype=diagonal.values.dtype.to_complex(), device=work.states.device
    )
    for rows, _, kets in evolved(*flat, diagonal, work):
        torch.complex(kets[:, 0], kets[:, 1], out=states[rows])
    folded = states.view(-1, 2 ** (n // 2), 2 ** (n - n // 2))
    folded *= powers_of_i(n // 2).to(states)[:, None]
    folded *= powers_of_i(n - n // 2).to(states)
    return states.reshape(*gammas.shape[:-1], size)


def probabilities(
    diagonal: IsingDiagonal,
    gammas: torch.Tensor,
    betas: torch.Tensor,
    *,
    folded: bool = False,
    work: Workspace | None = None,
    memory_bytes: int | None = None,
) -> torch.Tensor:
    """(…, 2^n_qubits) of all basis states, also from the half space; raises as evolve does.

    Args:
        folded: (…, N) of the basis states that the diagonal has: of z and ¬z together on the half
            space.
    """
    size = len(diagonal.values)
    flat = _batches(diagonal, gammas, betas)
    columns = size if folded else 2**diagonal.n_qubits
    work = work or workspace(
        diagonal,
        len(flat[0]),
        gradient=False,
        memory_bytes=memory_bytes,
        result_bytes=diagonal.values.itemsize * len(flat[0]) * columns,
    )
    found = diagonal.values.new_empty((len(flat[0]), columns))
    for rows, _, kets in evolved(*flat, diagonal, work):
        for row, ket in zip(found[rows], kets, strict=True):
            half = squares(ket, row[:size])
            if columns > size:
                row[size:] = half.mul_(0.5).flip(-1)
    return found.reshape(*gammas.shape[:-1], -1)


class _Expectation(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        gammas: torch.Tensor,
        betas: torch.Tensor,
        diagonal: IsingDiagonal,
        work: Workspace,
        observable: Observable | None,
    ) -> torch.Tensor:
        found = torch.empty(len(gammas), dtype=torch.float64, device=gammas.device)
        by_gamma, by_beta = torch.empty_like(gammas), torch.empty_like(betas)
        for rows, layers, kets in evolved(gammas, betas, diagonal, work):
            found[rows] = mean(diagonal, kets, work, observable, gradient=True)
            by_gamma[rows], by_beta[rows] = gradient_of(diagonal, layers, len(kets), work)
        ctx.save_for_backward(by_gamma, by_beta)
        return found

    @staticmethod
    def backward(ctx: Any, by_value: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        if torch.is_grad_enabled():
            raise SpecError(
                "second derivatives asked of a QAOA expectation, which has first ones",
                "leave out create_graph",
            )
        by_gamma, by_beta = ctx.saved_tensors
        return by_value[:, None] * by_gamma, by_value[:, None] * by_beta, None, None, None


def _batches(
    diagonal: IsingDiagonal, gammas: torch.Tensor, betas: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both angles as (B, p), float64."""
    if gammas.shape != betas.shape or gammas.ndim == 0 or gammas.shape[-1] == 0:
        raise SpecError(
            f"angles of shapes {tuple(gammas.shape)} and {tuple(betas.shape)} given, "
            "needed: the same (…, p), p ≥ 1",
            "give one gamma and one beta per layer",
        )
    depth, device = gammas.shape[-1], diagonal.values.device
    flat = gammas.reshape(-1, depth), betas.reshape(-1, depth)
    return flat[0].to(device, torch.float64), flat[1].to(device, torch.float64)


def _values(
    gammas: torch.Tensor,
    betas: torch.Tensor,
    diagonal: IsingDiagonal,
    work: Workspace,
    observable: Observable | None,
) -> torch.Tensor:
    found = torch.empty(len(gammas), dtype=torch.float64, device=gammas.device)
    for rows, _, kets in evolved(gammas, betas, diagonal, work):
        found[rows] = mean(diagonal, kets, work, observable)
    return found
