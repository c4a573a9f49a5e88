"""Expectation values of Pauli sums: diagonal ones from the probabilities, others word by word."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pennylane.operation import Operator

from qml_core.errors import CircuitRefused
from qml_core.simulation.refusals import check_wires


@dataclass(frozen=True, eq=False)
class PauliSum:
    """Σ_x P_x D_x: D_x (2^n,) diagonal, P_x the flips of the bits in x; x = 0 is diagonal.

    flips: x as a number whose most significant bit is wire 0; diagonals: (terms, 2^n).
    """

    flips: tuple[int, ...]
    diagonals: torch.Tensor

    def expectation(self, states: torch.Tensor) -> torch.Tensor:
        """⟨ψ|O|ψ⟩ of states (n, 2^n_qubits): (n,), real."""
        total = states.new_zeros(len(states)).real
        for flip, diagonal in zip(self.flips, self.diagonals, strict=True):
            if flip == 0:
                total = total + diagonal_expectation(states, diagonal.real.to(total.dtype))
                continue
            index = torch.arange(states.shape[1], device=states.device) ^ flip
            bra = states[:, index].conj()
            ket = states * diagonal.to(torch.promote_types(states.dtype, torch.complex64))
            total = total + torch.sum(bra * ket, dim=1).real
        return total


def diagonal_expectation(states: torch.Tensor, diagonal: torch.Tensor) -> torch.Tensor:
    """Σ_z d_z |ψ_z|² of states (n, D) and d (D,), real: (n,)."""
    return diagonal_expectations(states, diagonal[None])[:, 0]


def diagonal_expectations(states: torch.Tensor, diagonals: torch.Tensor) -> torch.Tensor:
    """Σ_z d_kz |ψ_z|² of states (n, D) and d (k, D), real: (n, k)."""
    found: torch.Tensor = _Diagonals.apply(states, diagonals)  # type: ignore[no-untyped-call]
    return found


class _Diagonals(torch.autograd.Function):
    """Σ_z d_kz |ψ_z|²; its gradient is 2 Σ_k g_k d_k ψ, which keeps no work space of its own."""

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, diagonals: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(states, diagonals)
        if not states.is_complex():
            return states.square() @ diagonals.T
        squares = torch.view_as_real(states).flatten(1).square()
        return squares @ diagonals.T.repeat_interleave(2, dim=0)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        states, diagonals = ctx.saved_tensors
        return states * (2 * grad @ diagonals), None


def pauli_sum(observable: Operator, n_qubits: int, device: torch.device) -> PauliSum:
    """The observable, whose wires are 0 … n_qubits−1.

    Raises:
        CircuitRefused: it is no sum of Pauli words, or has other wires.
    """
    check_wires([observable], n_qubits)
    words = observable.pauli_rep
    if words is None:
        raise CircuitRefused(
            f"observable {observable.name} is no sum of Pauli words",
            "decompose it with qml.pauli_decompose",
        )
    terms: dict[int, NDArray[np.complex128]] = {}
    basis = np.arange(2**n_qubits)
    for word, coefficient in words.items():
        flip, phase = 0, np.full(len(basis), complex(coefficient))
        for wire, letter in word.items():
            place = n_qubits - 1 - wire
            flip |= (letter != "Z") << place
            bit = basis >> place & 1
            if letter != "X":  # Y|b⟩ = i(−1)^b |1−b⟩
                phase = phase * (1 - 2 * bit) * (1j if letter == "Y" else 1)
        terms[flip] = terms.get(flip, 0) + phase
    stacked = np.stack(list(terms.values())) if terms else np.zeros((0, len(basis)), complex)
    return PauliSum(tuple(terms), torch.from_numpy(stacked).to(device))
