"""exp(−iβ Σ_j X_j) in real numbers, forwards and backwards, on all wires or on the half space.

With D = diag(i^|z|), |z| the number of ones, D⁻¹ (−iX) D = J = [[0, 1], [−1, 0]] on every wire, so
D⁻¹ exp(−iβ Σ X) D = ⊗ exp(βJ) is real: half the arithmetic. D commutes with every diagonal.
So φ = D⁻¹ψ is held as two real vectors, Re φ and Im φ, and neighbouring wires are turned together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

_GROUP_WIRES = 5
"""Neighbouring wires in one matrix product, at most 32×32: larger ones cost more work."""


def group_sizes(n_wires: int) -> list[int]:
    """Wires per matrix product; an even number, so that the last writes where the first read."""
    count = 2 * max(1, math.ceil(n_wires / (2 * _GROUP_WIRES)))
    return [n_wires // count + (k < n_wires % count) for k in range(count)]


@dataclass(frozen=True)
class Turns:
    """Views of some vectors, one pair per group of wires: it is multiplied and moved to the end.

    So each step is one plain matrix product, and after the last all wires are in their places.
    """

    rows: slice  # which of the vectors
    steps: tuple[tuple[torch.Tensor, torch.Tensor], ...]  # (s, K, 2^n / K) to (s, 2^n / K, K)


def turns(vectors: torch.Tensor, scratch: torch.Tensor, sizes: Sequence[int]) -> list[Turns]:
    """Vectors (v, 2^n) for products of group_sizes, as many together as scratch (s, 2^n) holds."""
    found = []
    for start in range(0, len(vectors), len(scratch)):
        here = vectors[start : start + len(scratch)]
        count, there, steps = len(here), scratch[: len(here)], []
        for k in sizes:
            steps.append((here.view(count, 2**k, -1), there.view(count, -1, 2**k)))
            here, there = there, here
        found.append(Turns(slice(start, start + count), tuple(steps)))
    return found


def apply_product(together: list[Turns], factors: Sequence[torch.Tensor]) -> None:
    """Multiply each vector by factors[0]ᵀ ⊗ factors[1]ᵀ ⊗ …, in place; a factor is (v, K, K)."""
    for some in together:
        for (before, after), factor in zip(some.steps, factors, strict=True):
            torch.bmm(before.transpose(1, 2), factor[some.rows], out=after)


def unapply_product(
    kets: list[Turns], bras: list[Turns], factors: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Undo the rotations of both, in place; returns (v,) inner products ⟨bra| Σ_j J_j |ket⟩.

    Args:
        factors: what apply_product was given; their transposes undo them.
    """
    found = []
    for some, others in zip(kets, bras, strict=True):
        total = torch.zeros((), dtype=torch.float64)
        for (ket, next_ket), (bra, next_bra), factor in zip(
            some.steps, others.steps, factors, strict=True
        ):
            products = torch.bmm(bra, ket.transpose(1, 2)).double()
            total = total + (products * _generator(factor.shape[-1], factor.device)).sum((1, 2))
            back = factor[some.rows].transpose(1, 2)
            torch.bmm(ket.transpose(1, 2), back, out=next_ket)
            torch.bmm(bra.transpose(1, 2), back, out=next_bra)
        found.append(total)
    return torch.cat(found)


def rotations(betas: NDArray[np.float64], n_wires: int) -> list[NDArray[np.float64]]:
    """Factors of ⊗ exp(βJ) for apply_product: per group (v, K, K), for betas (v,) in radians.

    An entry is cos^(k−d) β sin^d β with d the number of differing bits, and a sign.
    """
    cos, sin = np.cos(betas)[:, None], np.sin(betas)[:, None]
    of_size = {}
    for k in set(group_sizes(n_wires)):
        powers, differing, signs = _rotation_pattern(k)
        entries = (cos ** (k - powers) * sin**powers)[:, differing] * signs
        of_size[k] = np.ascontiguousarray(entries)  # else torch multiplies one by one
    return [of_size[k] for k in group_sizes(n_wires)]


def fill_uniform(states: torch.Tensor) -> None:
    """D⁻¹|+…+⟩ into states (b, 2, 2^n): (−i)^|z| 2^(−n/2), real and imaginary parts."""
    size = states.shape[-1]
    left, right = _uniform_factors(size, states.dtype, states.device)
    for state in states:
        torch.bmm(left, right, out=state.view(2, left.shape[1], right.shape[2]))


def powers_of_i(n_wires: int) -> torch.Tensor:
    """(2^n,) diagonal of D: i^|z|, complex128."""
    powers = torch.ones(1, dtype=torch.complex128)
    for _ in range(n_wires):
        powers = torch.cat([powers, 1j * powers])
    return powers


def reflect(
    states: torch.Tensor, parts: list[slice], tan: torch.Tensor, signs: torch.Tensor
) -> None:
    """exp(−iβX) / cos β of the qubit that the half space leaves out, in place.

    There the amplitudes of z and ¬z are equal, so this X complements all the other wires.

    Args:
        states: (…, b, 2, 2^n).
        parts: one piece of the basis states, an aligned power of two, and, where that is not all
            of them, the one that holds their complements.
        tan: of β, (b, 1, 1), on the processor where b = 1.
        signs: reflection_signs.
    """
    partners = [_complemented(states, part) for part in parts]
    for part, partner in zip(parts, partners, strict=True):
        factor = _parity(part) * (tan.item() if len(tan) == 1 else 1)
        if len(tan) > 1:
            partner *= tan
        states[..., part].addcmul_(partner, signs, value=factor)


def reflection_overlap(
    states: torch.Tensor, parts: list[slice], signs: torch.Tensor
) -> torch.Tensor:
    """(b,) Re ⟨bra| −iX |ket⟩ of that qubit on the parts; states (2, b, 2, 2^n)."""
    products = [
        (states[1][..., part] * _complemented(states[0], part)).mul_(signs).sum((1, 2))
        * _parity(part)
        for part in parts
    ]
    return torch.stack(products).double().sum(0)


@cache
def reflection_signs(
    size: int, length: int, dtype: torch.dtype, device: torch.device
) -> torch.Tensor:
    """(1 or 2, length) signs of D⁻¹ (−i X ⊗ … ⊗ X) D for the first piece of (2, size) states."""
    n = size.bit_length() - 1
    parity = torch.ones(1, dtype=dtype, device=device)
    while len(parity) < length:
        parity = torch.cat([parity, -parity])
    if _stays_real(size):  # −i · i^n = (−1)^((n−1)/2), applied to both parts
        return (parity if n % 4 == 1 else -parity)[None]
    # −i · (−1)^(n/2): the real part takes from the imaginary one, the imaginary from minus the real
    return torch.stack([parity, -parity] if n % 4 == 0 else [-parity, parity])


def _parity(piece: slice) -> int:
    """Sign of the piece against the first one."""
    return -1 if (piece.start // (piece.stop - piece.start)).bit_count() % 2 else 1


def _complemented(states: torch.Tensor, piece: slice) -> torch.Tensor:
    """D⁻¹ (−i X ⊗ … ⊗ X) D on the states, a piece of it, but for its signs."""
    size = states.shape[-1]
    mirrored = states[..., size - piece.stop : size - piece.start]
    return mirrored.flip(-1) if _stays_real(size) else mirrored.flip(-2, -1)


def _stays_real(size: int) -> bool:
    """Whether −i · i^n is real for n wires."""
    return size.bit_length() % 2 == 0


@cache
def _uniform_factors(
    size: int, dtype: torch.dtype, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """(2, 2^a, 2) and (2, 2, 2^b) whose products are the real and the imaginary part."""
    n = size.bit_length() - 1
    a, b = powers_of_i(n // 2).conj() * size**-0.5, powers_of_i(n - n // 2).conj()
    left = torch.stack([torch.stack([a.real, -a.imag], 1), torch.stack([a.real, a.imag], 1)])
    right = torch.stack([torch.stack([b.real, b.imag]), torch.stack([b.imag, b.real])])
    return left.to(device, dtype), right.to(device, dtype)


@cache
def _rotation_pattern(
    k: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Powers 0 … k; (2^k, 2^k) bits in which row and column differ; their signs, transposed."""
    bits = np.arange(2**k)[:, None] >> np.arange(k) & 1
    rows, columns = bits[:, None, :], bits[None, :, :]
    signs = 1.0 - 2.0 * ((columns > rows).sum(-1) % 2)
    return np.arange(k + 1), (rows != columns).sum(-1), signs


@cache
def _generator(size: int, device: torch.device) -> torch.Tensor:
    """Σ_j J_j on the wires of a group, float64."""
    J = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    total = torch.zeros(1, 1, dtype=torch.float64)
    while len(total) < size:
        total = torch.kron(total, torch.eye(2)) + torch.kron(torch.eye(len(total)), J)
    return total.to(device)
