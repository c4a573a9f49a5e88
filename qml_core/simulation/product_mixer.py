"""Exact QAOA in a product of registers: Π_l [⊗_r U_r(β_l)] exp(−iγ_l C) |start⟩.

The state is a tensor over the levels of the registers, so that one-hot groups (Hadfield et al.,
arXiv:1709.03489) keep k amplitudes each in place of 2^k. Angles in radians, gammas and betas
(b, p); energies are C on the Π k_r basis states, the last register's level the fastest.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.simulation.allocation import keep_freed_memory
from qml_core.simulation.qaoa_layers import Observable
from qml_core.simulation.register_mixers import RegisterMixer, fused

Angles = NDArray[np.float64]

_PIECE = {"cpu": 2**16, "cuda": 2**22}
"""Amplitudes in one elementwise step: on a processor all that it reads stays in the cache."""


@dataclass(frozen=True)
class Workspace:
    """Memory of an evolution, three state vectors, and of its elementwise steps."""

    states: torch.Tensor  # (3, b, N) complex128
    cos: torch.Tensor  # (b, piece)
    sin: torch.Tensor
    phase: torch.Tensor  # (b, piece) complex128


@dataclass(frozen=True)
class Evolved:
    """Final states of some rows of the batch; the other two are free to use."""

    rows: slice
    ket: torch.Tensor  # (b, N)
    bra: torch.Tensor
    spare: torch.Tensor


@dataclass(frozen=True)
class _Layer:
    gammas: torch.Tensor  # (b, 1)
    unitaries: list[torch.Tensor]  # per fused group (b, K, K)
    generators: list[torch.Tensor]


def workspace_bytes(size: int) -> int:
    """Bytes of the workspace of states of so many amplitudes, on a processor."""
    return 16 * math.prod(_shape(size, "cpu")) + 32 * _PIECE["cpu"]


class ProductMixer:
    """Evolutions of one cost under one mixer; for one thread, as it keeps its memory.

    Args:
        energies: (N,) float64.
        mixers: of each register in order, N = Π levels.
    """

    def __init__(self, energies: torch.Tensor, mixers: Sequence[RegisterMixer]) -> None:
        self.energies = energies
        self.groups = fused(mixers)
        self._kept: Workspace | None = None

    def values(
        self, gammas: Angles, betas: Angles, observable: Observable | None = None
    ) -> torch.Tensor:
        """(b,) means of the energies, or of what the observable makes of the probabilities."""
        found = torch.empty(len(gammas), dtype=torch.float64)
        for final, _ in self._evolved(gammas, betas):
            found[final.rows] = self._measured(final, observable, gradient=False)
        return found

    def values_and_gradients(
        self, gammas: Angles, betas: Angles, observable: Observable | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(b,), and (b, p) twice: by gamma and by beta, the observable's diagonal held fixed.

        By the adjoint method (arXiv:2009.02823): states are un-computed going back, none is kept.
        """
        found = torch.empty(len(gammas), dtype=torch.float64)
        by_gamma, by_beta = (torch.empty(gammas.shape, dtype=torch.float64) for _ in range(2))
        for final, layers in self._evolved(gammas, betas):
            found[final.rows] = self._measured(final, observable, gradient=True)
            by_gamma[final.rows], by_beta[final.rows] = self._gradient(final, layers)
        return found, by_gamma, by_beta

    def probabilities(self, gammas: Angles, betas: Angles) -> torch.Tensor:
        """(b, N)."""
        found = self.energies.new_empty((len(gammas), len(self.energies)))
        for final, _ in self._evolved(gammas, betas):
            for row, ket in zip(found[final.rows], final.ket, strict=True):
                _squares(ket, row)
        return found

    def states(self, gammas: Angles, betas: Angles) -> torch.Tensor:
        """(b, N) amplitudes, complex128."""
        return torch.cat([final.ket.clone() for final, _ in self._evolved(gammas, betas)])

    def _evolved(self, gammas: Angles, betas: Angles) -> Iterator[tuple[Evolved, list[_Layer]]]:
        work = self._workspace()
        for start in range(0, len(gammas), work.states.shape[1]):
            rows = slice(start, min(start + work.states.shape[1], len(gammas)))
            layers = self._layers(gammas[rows], betas[rows])
            ket, bra, spare = work.states[:, : rows.stop - start]
            self._fill_start(ket)
            for layer in layers:
                for where, phase in self._phases(layer, work):
                    ket[:, where] *= phase
                for unitary in layer.unitaries:
                    ket, spare = _multiplied(ket, spare, unitary.transpose(1, 2))
            yield Evolved(rows, ket, bra, spare), layers

    def _measured(
        self, final: Evolved, observable: Observable | None, gradient: bool
    ) -> torch.Tensor:
        """(b,) means; with gradient the bras become the conjugate of the diagonal times the ket."""
        found = torch.empty(len(final.ket), dtype=torch.float64)
        size = len(self.energies)
        for k, (ket, bra) in enumerate(zip(final.ket, final.bra, strict=True)):
            squares = torch.view_as_real(final.spare[k]).view(-1)[:size]
            diagonal = self.energies
            _squares(ket, squares)
            if observable:
                diagonal = observable(squares)
            found[k] = squares @ diagonal
            if gradient:
                for where in self._pieces():
                    torch.mul(ket[where].conj(), diagonal[where], out=bra[where])
        return found

    def _gradient(self, final: Evolved, layers: list[_Layer]) -> tuple[torch.Tensor, torch.Tensor]:
        """(b, p) twice, un-computing the ket and the conjugate of the bra."""
        ket, bra, spare = final.ket, final.bra, final.spare
        by_gamma = torch.zeros(len(ket), len(layers), dtype=torch.float64)
        by_beta = torch.zeros_like(by_gamma)
        for k, layer in reversed(list(enumerate(layers))):
            for unitary, generator in zip(layer.unitaries, layer.generators, strict=True):
                by_beta[:, k] += 2 * _overlap(bra, generator, ket)
                ket, spare = _multiplied(ket, spare, unitary.conj().resolve_conj())
                bra, spare = _multiplied(bra, spare, unitary)
            work = self._workspace()
            for where, phase in self._phases(layer, work):
                here = (bra[:, where] * ket[:, where]).imag @ self.energies[where]
                by_gamma[:, k] += 2 * here.cpu()
                if k:
                    bra[:, where] *= phase
                    ket[:, where] *= phase.conj_physical_()
        return by_gamma, by_beta

    def _phases(self, layer: _Layer, work: Workspace) -> Iterator[tuple[slice, torch.Tensor]]:
        """exp(−iγC) (b, piece) of each piece of the basis states."""
        b = len(layer.gammas)
        cos, sin, phase = work.cos[:b], work.sin[:b], work.phase[:b]
        for where in self._pieces():
            length = where.stop - where.start
            c, s, here = cos[:, :length], sin[:, :length], phase[:, :length]
            torch.mul(layer.gammas, self.energies[where], out=s)
            torch.cos(s, out=c)
            yield where, torch.complex(c, s.sin_().neg_(), out=here)

    def _pieces(self) -> Iterator[slice]:
        size, piece = len(self.energies), _PIECE[self.energies.device.type]
        return (slice(k, min(k + piece, size)) for k in range(0, size, piece))

    def _layers(self, gammas: Angles, betas: Angles) -> list[_Layer]:
        b, p = betas.shape
        device = self.energies.device
        turned = [group.turn(betas.T.reshape(-1)) for group in self.groups]  # (p·b, K, K) each
        unitaries, generators = (
            [torch.from_numpy(m).view(p, b, *m.shape[1:]).to(device) for m in kind]
            for kind in zip(*turned, strict=True)
        )
        rows = torch.from_numpy(np.ascontiguousarray(gammas.T)).view(p, b, 1).to(device)
        return [
            _Layer(rows[k], [u[k] for u in unitaries], [g[k] for g in generators]) for k in range(p)
        ]

    def _fill_start(self, kets: torch.Tensor) -> None:
        vectors = [torch.from_numpy(group.start).to(kets) for group in self.groups]
        middle = (len(vectors) + 1) // 2
        one = kets.new_ones(1)
        left, right = (
            reduce(torch.kron, half, one) for half in (vectors[:middle], vectors[middle:])
        )
        for ket in kets:
            torch.outer(left, right, out=ket.view(len(left), len(right)))

    def _workspace(self) -> Workspace:
        if self._kept is None:
            keep_freed_memory()
            device = self.energies.device
            shape = _shape(len(self.energies), device.type)
            states = torch.empty(shape, dtype=torch.complex128, device=device)
            piece = shape[1], min(shape[2], _PIECE[device.type])
            cos, sin = (self.energies.new_empty(piece) for _ in range(2))
            self._kept = Workspace(states, cos, sin, states.new_empty(piece))
        return self._kept


def _shape(size: int, device: str) -> tuple[int, int, int]:
    """Of the three states of as many members of a batch as one piece holds."""
    return 3, max(1, _PIECE[device] // size), size


def _multiplied(
    state: torch.Tensor, spare: torch.Tensor, factor: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Its first group times the factor (b, K, K) from the right, moved to the end; and a free one.

    After as many products as there are groups all are in their places.
    """
    b, size = factor.shape[:2]
    before, after = state.view(b, size, -1), spare.view(b, -1, size)
    torch.bmm(before.transpose(1, 2), factor, out=after)
    return spare, state


def _overlap(bra: torch.Tensor, generator: torch.Tensor, ket: torch.Tensor) -> torch.Tensor:
    """(b,) Im ⟨bra|G|ket⟩ of the first group, from the conjugate of the bra."""
    b, size = generator.shape[:2]
    products = torch.bmm(bra.view(b, size, -1), ket.view(b, size, -1).transpose(1, 2))
    return (products * generator).sum((1, 2)).imag.cpu()


def _squares(state: torch.Tensor, out: torch.Tensor) -> None:
    """|amplitude|² of (N,) into (N,) real numbers."""
    parts = torch.view_as_real(state)
    torch.mul(parts[:, 0], parts[:, 0], out=out).addcmul_(parts[:, 1], parts[:, 1])
