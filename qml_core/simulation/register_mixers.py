"""Mixers of QAOA that act on each register alone, as matrices on its levels.

A register is a qubit, two levels, or a one-hot group of k qubits of which exactly one is 1: k
levels. Its mixer is a unitary U(β) of those levels, with dU/dβ U† = −iG(β), G hermitian. Mixers of
neighbouring registers are fused to one matrix, their Kronecker product.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

FUSED_LEVELS = 32
"""Most levels of fused registers: larger matrices cost more work, smaller ones more passes."""

Matrices = NDArray[np.complex128]
Pair = tuple[int, int]


@dataclass(frozen=True)
class RegisterMixer:
    """Start and mixer of one register, or of neighbouring ones fused."""

    start: NDArray[np.float64]  # (k,) amplitudes
    turn: Callable[[NDArray[np.float64]], tuple[Matrices, Matrices]]  # β (v,) -> U, G (v, k, k)

    @property
    def levels(self) -> int:
        return len(self.start)


def transverse() -> RegisterMixer:
    """exp(−iβX) of one qubit, from |+⟩."""
    return _turned_about(np.array([[0.0, 1.0], [1.0, 0.0]]), _uniform(2))


def warm_started(probability: float) -> RegisterMixer:
    """R_Y(θ) R_Z(−2β) R_Y(−θ) of one qubit from R_Y(θ)|0⟩, its ground state, θ = 2 asin √c.

    Egger, Mareček, Woerner, arXiv:2009.10095, §2.2. At c = ½ this is exp(+iβX).

    Args:
        probability: c, of measuring 1 at the start, in [0, 1].
    """
    cos, sin = math.sqrt(1 - probability), math.sqrt(probability)
    axis = np.array([[2 * sin**2 - 1, -2 * cos * sin], [-2 * cos * sin, 1 - 2 * sin**2]])
    return _turned_about(axis, np.array([cos, sin]))


def exchanged(
    levels: int, pairs: Sequence[Pair], start: NDArray[np.float64] | None = None
) -> RegisterMixer:
    """The pairs' rotations exp(−iβ (XX + YY)/2) of a one-hot group, the first pair's acting first.

    Hadfield et al., arXiv:1709.03489, §4.2. On the two levels of a pair that is exp(−iβX).

    Args:
        start: (levels,) amplitudes; none: the W state.
    """

    def turn(betas: NDArray[np.float64]) -> tuple[Matrices, Matrices]:
        cos, sin = np.cos(betas)[:, None, None], -1j * np.sin(betas)[:, None, None]
        unitary = np.broadcast_to(np.eye(levels, dtype=np.complex128), (len(betas), levels, levels))
        unitary, generator = unitary.copy(), np.zeros_like(unitary)
        for a, b in pairs:
            swapped = [b, a]
            for matrix in (unitary, generator):  # G ← H + R G R†, U ← R U
                matrix[:, [a, b]] = cos * matrix[:, [a, b]] + sin * matrix[:, swapped]
            kept, other = generator[:, :, [a, b]], generator[:, :, swapped]
            generator[:, :, [a, b]] = cos * kept - sin * other
            generator[:, [a, b], swapped] += 1
        return unitary, generator

    return RegisterMixer(_uniform(levels) if start is None else start, turn)


def ring_pairs(levels: int) -> list[Pair]:
    """(0, 1), (1, 2), …, (k−1, 0); two levels have one pair."""
    return [(0, 1)] if levels == 2 else [(a, (a + 1) % levels) for a in range(levels)]


def complete_pairs(levels: int) -> list[Pair]:
    """All pairs, in lexicographic order."""
    return list(combinations(range(levels), 2))


def fused(mixers: Sequence[RegisterMixer], most: int = FUSED_LEVELS) -> list[RegisterMixer]:
    """Neighbours fused to as few matrices of at most `most` levels as can be, the largest small.

    A register of more levels than that stays alone.
    """
    levels = [mixer.levels for mixer in mixers]
    fewest = len(_neighbours(levels, most))
    smallest = next(cap for cap in range(2, most + 1) if len(_neighbours(levels, cap)) == fewest)
    groups = _neighbours(levels, smallest)
    return [reduce(_product, [mixers[k] for k in group]) for group in groups]


def _neighbours(levels: Sequence[int], most: int) -> list[list[int]]:
    groups: list[list[int]] = []
    size = most + 1
    for k, count in enumerate(levels):
        if size * count > most:
            groups.append([])
            size = 1
        groups[-1].append(k)
        size *= count
    return groups


def _product(first: RegisterMixer, second: RegisterMixer) -> RegisterMixer:
    def turn(betas: NDArray[np.float64]) -> tuple[Matrices, Matrices]:
        (u, g), (v, h) = first.turn(betas), second.turn(betas)
        unit, other = (np.eye(m.levels, dtype=np.complex128)[None] for m in (first, second))
        return _kronecker(u, v), _kronecker(g, other) + _kronecker(unit, h)

    start = np.outer(first.start, second.start).ravel()
    return RegisterMixer(start, turn)


def _kronecker(left: Matrices, right: Matrices) -> Matrices:
    """(v, K, K) ⊗ (v, L, L) or of one for all."""
    size = left.shape[-1] * right.shape[-1]
    found: Matrices = left[:, :, None, :, None] * right[:, None, :, None, :]
    return found.reshape(-1, size, size)


def _turned_about(axis: NDArray[np.float64], start: NDArray[np.float64]) -> RegisterMixer:
    """exp(−iβA) = cos β − iA sin β, for A² = 1."""

    def turn(betas: NDArray[np.float64]) -> tuple[Matrices, Matrices]:
        cos, sin = np.cos(betas)[:, None, None], np.sin(betas)[:, None, None]
        generator = np.repeat(axis.astype(np.complex128)[None], len(betas), axis=0)
        return cos * np.eye(2) - 1j * sin * generator, generator

    return RegisterMixer(start, turn)


def _uniform(levels: int) -> NDArray[np.float64]:
    return np.full(levels, levels**-0.5)
