"""Layers of QAOA on states held as two real vectors, forwards and backwards.

Each layer is exp(−iγC), elementwise in pieces that stay in the processor's cache, and the
transverse field. See `qaoa` for what is computed and `transverse_field` for the real vectors.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from qml_core.simulation.allocation import keep_freed_memory
from qml_core.simulation.ising_diagonal import IsingDiagonal, require_memory
from qml_core.simulation.transverse_field import (
    apply_product,
    fill_uniform,
    reflect,
    reflection_overlap,
    reflection_signs,
    rotations,
    unapply_product,
)

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
    size, kinds, device = len(diagonal.values), 1 + gradient, diagonal.values.device.type
    piece = min(size, _PIECE[device])
    b = max(1, min(batch, piece // size))
    s = max(1, min(2 * b, _TURNED_TOGETHER[device] // size))
    shapes = [(kinds, b, 2, size), (kinds, s, size), (2, b, piece), (kinds, b, piece)]
    needed = (size + sum(map(math.prod, shapes))) * diagonal.values.itemsize + result_bytes
    require_memory(needed, memory_bytes, diagonal.n_qubits)
    return Workspace(*(diagonal.values.new_empty(shape) for shape in shapes))


@dataclass(frozen=True)
class Layer:
    """Angles of one layer for b members of the batch, as the steps need them."""

    gammas: torch.Tensor  # (b, 1)
    factors: tuple[torch.Tensor, ...]  # of the rotations, (2b, K, K); half space: times cos β
    tan: torch.Tensor  # (b, 1, 1) of β, |β| ≤ π/4; for the half space; on the processor where b = 1


def evolved(
    gammas: torch.Tensor, betas: torch.Tensor, diagonal: IsingDiagonal, work: Workspace
) -> Iterator[tuple[slice, list[Layer], torch.Tensor]]:
    """Rows of the batch, their layers and their final states (b, 2, N) in the workspace."""
    at_once, half = work.states.shape[1], diagonal.half_space
    for start in range(0, len(gammas), at_once):
        rows = slice(start, min(start + at_once, len(gammas)))
        layers = _layers(diagonal, gammas[rows].detach(), betas[rows].detach())
        kets = work.states[0, : rows.stop - start]
        fill_uniform(kets)
        for layer in layers:
            phase = _Phase.of(diagonal, layer.gammas)
            for parts in _pieces(work, half):
                for part in parts:
                    phase.add(kets[None, ..., part], part, work)
                if half:
                    reflect(kets[None], parts, layer.tan, _signs(work))
            apply_product(kets.view(-1, kets.shape[-1]), layer.factors, work.scratch[0])
        yield rows, layers, kets


def gradient_of(
    diagonal: IsingDiagonal, layers: list[Layer], b: int, work: Workspace
) -> tuple[torch.Tensor, torch.Tensor]:
    """(b, p) twice, from the final kets in the workspace, which are un-computed."""
    values, states, half = diagonal.values, work.states[:, :b], diagonal.half_space
    kets, bras = states[0], states[1]
    by_gamma = torch.zeros(b, len(layers), dtype=torch.float64, device=values.device)
    by_beta = torch.zeros_like(by_gamma)
    torch.mul(kets, values, out=bras)
    for k, layer in reversed(list(enumerate(layers))):
        phase = _Phase.of(diagonal, -layer.gammas)
        flat = kets.view(2 * b, -1), bras.view(2 * b, -1)
        by_beta[:, k] = unapply_product(*flat, layer.factors, work.scratch).view(b, 2).sum(1)
        for parts in _pieces(work, half):
            if half:  # both are short by cos β here
                overlap = reflection_overlap(states, parts, _signs(work))
                by_beta[:, k] += overlap * (1 + layer.tan.view(-1).to(overlap) ** 2)
                reflect(states, parts, -layer.tan, _signs(work))
            for part in parts:
                by_gamma[:, k] += _overlap(states[..., part], values[part], work)
                if k:
                    phase.add(states[..., part], part, work)
    return 2 * by_gamma, 2 * by_beta


def _layers(diagonal: IsingDiagonal, gammas: torch.Tensor, betas: torch.Tensor) -> list[Layer]:
    b, p = gammas.shape
    n_wires = diagonal.n_qubits - diagonal.half_space
    flat = betas.T.reshape(-1).cpu().numpy()
    if diagonal.half_space:  # π/2 on every wire complements all bits, which changes nothing here
        flat = flat - np.pi / 2 * np.round(flat / (np.pi / 2))
    factors = rotations(flat, n_wires)
    if diagonal.half_space:
        factors[-1] = factors[-1] * np.cos(flat)[:, None, None]
    tan = torch.from_numpy(np.tan(flat)).view(p, b, 1, 1)
    tan = tan if b == 1 else tan.to(diagonal.values)
    phases = gammas.T.reshape(p, b, 1).to(diagonal.values)
    # real and imaginary part are turned alike: (p·b, K, K) to (p, 2b, K, K)
    both = [np.repeat(f, 2, axis=0).reshape(p, 2 * b, *f.shape[1:]) for f in factors]
    by_layer = zip(*(torch.from_numpy(f).to(diagonal.values).unbind() for f in both), strict=True)
    return [Layer(*layer) for layer in zip(phases.unbind(), by_layer, tan.unbind(), strict=True)]


def _signs(work: Workspace) -> torch.Tensor:
    states = work.states
    return reflection_signs(states.shape[-1], work.product.shape[-1], states.dtype, states.device)


@dataclass(frozen=True)
class _Phase:
    """exp(−iγC) of one layer, γ (b, 1)."""

    diagonal: IsingDiagonal
    gammas: torch.Tensor
    table: tuple[torch.Tensor, torch.Tensor] | None  # cos γC and sin γC of the levels

    @classmethod
    def of(cls, diagonal: IsingDiagonal, gammas: torch.Tensor) -> "_Phase":
        if diagonal.levels is None or len(gammas) > 1:
            return cls(diagonal, gammas, None)
        angles = gammas[0] * diagonal.levels.values
        return cls(diagonal, gammas, (torch.cos(angles), torch.sin(angles)))

    def add(self, states: torch.Tensor, part: slice, work: Workspace) -> None:
        """Multiply a part of the states, in place: (k, b, 2, piece)."""
        b = len(self.gammas)
        cos, sin = work.trigonometric[0, :b], work.trigonometric[1, :b]
        if self.table and self.diagonal.levels:
            index = self.diagonal.levels.index[part]
            torch.index_select(self.table[0], 0, index, out=cos[0])
            torch.index_select(self.table[1], 0, index, out=sin[0])
        else:
            torch.mul(self.gammas, self.diagonal.values[part], out=cos)
            torch.sin(cos, out=sin)
            cos.cos_()
        real, imaginary = states[..., 0, :], states[..., 1, :]
        product = torch.mul(real, sin, out=work.product[: len(states), :b])
        real.mul_(cos).addcmul_(imaginary, sin)
        imaginary.mul_(cos).sub_(product)


def _pieces(work: Workspace, paired: bool) -> Iterator[list[slice]]:
    """Pieces of the basis states; paired: each with the one that holds its complements."""
    size, length = work.states.shape[-1], work.product.shape[-1]
    paired &= length < size
    for start in range(0, size // 2 if paired else size, length):
        piece = slice(start, start + length)
        yield [piece, slice(size - piece.stop, size - start)] if paired else [piece]


def mean(kets: torch.Tensor, values: torch.Tensor, work: Workspace) -> torch.Tensor:
    """(b,) Σ_z C(z) |amplitude of z|²."""
    total = torch.zeros(len(kets), dtype=torch.float64, device=values.device)
    for (part,) in _pieces(work, paired=False):
        real, imaginary = kets[:, 0, part], kets[:, 1, part]
        squares = torch.mul(real, real, out=work.product[0, : len(kets)])
        total += squares.addcmul_(imaginary, imaginary) @ values[part]
    return total


def _overlap(states: torch.Tensor, values: torch.Tensor, work: Workspace) -> torch.Tensor:
    """(b,) Im ⟨bra|C|ket⟩ on a piece."""
    ket, bra = states[0], states[1]
    product = torch.mul(bra[:, 0], ket[:, 1], out=work.product[0, : len(ket)])
    return product.addcmul_(bra[:, 1], ket[:, 0], value=-1) @ values
