"""Layers of QAOA on states held as two real vectors, forwards and backwards.

Each layer is exp(−iγC), elementwise in pieces that stay in the processor's cache, and the
transverse field. See `qaoa` for what is computed and `transverse_field` for the real vectors.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from qml_core.simulation.allocation import keep_freed_memory
from qml_core.simulation.ising_diagonal import IsingDiagonal, require_memory
from qml_core.simulation.qaoa_pieces import Layer, Piece
from qml_core.simulation.transverse_field import (
    Turns,
    apply_product,
    fill_uniform,
    group_sizes,
    reflect,
    reflection_overlap,
    reflection_signs,
    rotations,
    turns,
    unapply_product,
)

Observable = Callable[[torch.Tensor], torch.Tensor]
"""From the probabilities (N,), which it may not keep, the diagonal (N,) whose mean is taken."""

_PIECE = {"cpu": 2**16, "cuda": 2**22}
"""Amplitudes in one elementwise step: on a processor all that it reads stays in the cache."""

_TURNED_TOGETHER = {"cpu": 2**18, "cuda": 2**24}
"""Amplitudes in one matrix product: more need more scratch memory and are no faster."""


@dataclass(frozen=True)
class Workspace:
    """Memory of an evolution; kept and passed again it saves fresh pages. For one thread."""

    states: torch.Tensor  # (1 or 2, b, 2, N): kets, then bras; real and imaginary parts
    scratch: torch.Tensor  # (1 or 2, s, N)
    trigonometric: torch.Tensor  # (2, b, piece)
    product: torch.Tensor  # (1 or 2, b, piece)


def workspace(
    diagonal: IsingDiagonal,
    batch: int = 1,
    *,
    gradient: bool = True,
    memory_bytes: int | None = None,
    result_bytes: int = 0,
) -> Workspace:
    """Memory for the evolution of a batch: 1.5 large state vectors, with gradient 3.

    The members of a batch of large states follow one another in the same memory.

    Raises:
        CircuitRefused: with the diagonal and the result, more than memory_bytes are needed.
    """
    keep_freed_memory()
    size, device, itemsize = len(diagonal.values), diagonal.values.device, diagonal.values.itemsize
    held = diagonal.values.nbytes + (diagonal.levels.index.nbytes if diagonal.levels else 0)
    needed = workspace_bytes(size, batch, gradient, itemsize, device.type)
    require_memory(held + needed + result_bytes, memory_bytes, diagonal.n_qubits)
    shapes = _shapes(size, batch, gradient, device.type)
    return Workspace(*(diagonal.values.new_empty(shape) for shape in shapes))


def workspace_bytes(
    size: int, batch: int = 1, gradient: bool = True, itemsize: int = 8, device: str = "cpu"
) -> int:
    """Bytes of a workspace for states of so many amplitudes."""
    return itemsize * sum(map(math.prod, _shapes(size, batch, gradient, device)))


def evolved(
    gammas: torch.Tensor, betas: torch.Tensor, diagonal: IsingDiagonal, work: Workspace
) -> Iterator[tuple[slice, list[Layer], torch.Tensor]]:
    """Rows of the batch, their layers and their final states (b, 2, N) in the workspace."""
    at_once, half = work.states.shape[1], diagonal.half_space
    for start in range(0, len(gammas), at_once):
        rows = slice(start, min(start + at_once, len(gammas)))
        layers = _layers(diagonal, gammas[rows].detach(), betas[rows].detach())
        states = work.states[:1, : rows.stop - start]
        steps, pieces = (
            _turns(diagonal, states[0], work.scratch[0]),
            _pieces(diagonal, states, work),
        )
        fill_uniform(states[0])
        for layer in layers:
            for some in pieces:
                for piece in some:
                    piece.add_phase(layer)
                if half:
                    reflect(states, [p.where for p in some], layer.tan, _signs(work))
            apply_product(steps, layer.factors)
        yield rows, layers, states[0]


def mean(
    diagonal: IsingDiagonal,
    kets: torch.Tensor,
    work: Workspace,
    observable: Observable | None = None,
    *,
    gradient: bool = False,
) -> torch.Tensor:
    """(b,) Σ_z C(z) |amplitude of z|², or the mean of what the observable makes of these squares.

    With gradient the bras in the workspace become that diagonal times the kets (b, 2, N).
    """
    if observable is None:
        pieces = _pieces(diagonal, kets[None], work)
        found = torch.stack([piece.mean() for some in pieces for piece in some]).double().sum(0)
        if gradient:
            torch.mul(kets, diagonal.values, out=work.states[1, : len(kets)])
        return found
    found = torch.empty(len(kets), dtype=torch.float64, device=kets.device)
    for k, ket in enumerate(kets):
        weights = squares(ket, work.scratch[0, 0])
        values = observable(weights)
        found[k] = weights @ values
        if gradient:
            torch.mul(ket, values, out=work.states[1, k])
    return found


def squares(ket: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    """|amplitude|² of (2, N) into (N,)."""
    return torch.mul(ket[0], ket[0], out=out).addcmul_(ket[1], ket[1])


def gradient_of(
    diagonal: IsingDiagonal, layers: list[Layer], b: int, work: Workspace
) -> tuple[torch.Tensor, torch.Tensor]:
    """(b, p) twice, from the final kets and bras in the workspace, which are un-computed."""
    states, half, signs = work.states[:, :b], diagonal.half_space, _signs(work)
    by_gamma = torch.zeros(b, len(layers), dtype=torch.float64, device=states.device)
    by_beta = torch.zeros_like(by_gamma)
    kets, bras = (_turns(diagonal, states[k], work.scratch[k]) for k in range(2))
    pieces = _pieces(diagonal, states, work)
    for k, layer in reversed(list(enumerate(layers))):
        by_beta[:, k] = unapply_product(kets, bras, layer.factors).view(b, 2).sum(1)
        for some in pieces:
            where = [piece.where for piece in some]
            if half:  # both are short by cos β here
                overlap = reflection_overlap(states, where, signs)
                by_beta[:, k] += overlap * (1 + layer.tan.view(-1).to(overlap) ** 2)
                reflect(states, where, -layer.tan, signs)
            for piece in some:
                by_gamma[:, k] += piece.overlap()
                if k:
                    piece.add_phase(layer, -1)
    return 2 * by_gamma, 2 * by_beta


def _shapes(size: int, batch: int, gradient: bool, device: str) -> list[tuple[int, ...]]:
    kinds, piece = 1 + gradient, min(size, _PIECE[device])
    b = max(1, min(batch, piece // size))
    s = max(1, min(2 * b, _TURNED_TOGETHER[device] // size))
    return [(kinds, b, 2, size), (kinds, s, size), (2, b, piece), (kinds, b, piece)]


def _layers(diagonal: IsingDiagonal, gammas: torch.Tensor, betas: torch.Tensor) -> list[Layer]:
    b, p = gammas.shape
    values, levels = diagonal.values, diagonal.levels
    flat = betas.T.reshape(-1).cpu().numpy()
    if diagonal.half_space:  # π/2 on every wire complements all bits, which changes nothing here
        flat = flat - np.pi / 2 * np.round(flat / (np.pi / 2))
    tan = torch.from_numpy(np.tan(flat)).view(p, b, 1, 1)
    phases = gammas.T.reshape(p, b, 1).to(values)
    tables: Iterable[torch.Tensor | None] = [None] * p
    if levels and b == 1:
        angles = phases.view(p, 1) * levels.values
        tables = torch.stack([torch.cos(angles), torch.sin(angles)], dim=1).unbind()
    # real and imaginary part are turned alike: (p·b, K, K) to (p, 2b, K, K)
    factors = rotations(flat.repeat(2), _n_wires(diagonal))
    if diagonal.half_space:
        factors[-1] = factors[-1] * np.cos(flat).repeat(2)[:, None, None]
    by_group = [torch.from_numpy(f).to(values).view(p, 2 * b, *f.shape[1:]) for f in factors]
    by_layer = zip(*(group.unbind() for group in by_group), strict=True)
    tans = (tan if b == 1 else tan.to(values)).unbind()
    return [Layer(*layer) for layer in zip(phases.unbind(), tables, by_layer, tans, strict=True)]


def _n_wires(diagonal: IsingDiagonal) -> int:
    return diagonal.n_qubits - diagonal.half_space


def _turns(diagonal: IsingDiagonal, states: torch.Tensor, scratch: torch.Tensor) -> list[Turns]:
    vectors = states.view(-1, states.shape[-1])
    return turns(vectors, scratch, group_sizes(_n_wires(diagonal)))


def _signs(work: Workspace) -> torch.Tensor:
    states = work.states
    return reflection_signs(states.shape[-1], work.product.shape[-1], states.dtype, states.device)


def _pieces(diagonal: IsingDiagonal, states: torch.Tensor, work: Workspace) -> list[list[Piece]]:
    """Views of the states (k, b, 2, N); on the half space each with the one of its complements."""
    kinds, b, _, size = states.shape
    length = work.product.shape[-1]
    (cos, sin), product = work.trigonometric[:, :b], work.product[:kinds, :b]
    views = []
    for start in range(0, size, length):
        where = slice(start, start + length)
        index = diagonal.levels.index[where] if diagonal.levels else None
        parts = states[:, :, 0, where], states[:, :, 1, where]
        views.append(Piece(where, *parts, diagonal.values[where], index, cos, sin, product))
    if diagonal.half_space and len(views) > 1:
        return [[views[k], views[-1 - k]] for k in range(len(views) // 2)]
    return [[view] for view in views]
