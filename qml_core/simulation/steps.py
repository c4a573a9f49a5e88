"""Fused steps on state vectors: forth, back, and the gradient of what they are made of.

A step acts on states (n, 2^n_qubits) with its block, the tensor made of the circuit's angles: the
exponents of a phase, the matrix of a product, nothing for an index map. States or blocks with one
row stand for all rows.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.simulation.fusion import IndexMap, Mask, members

_SIGN_BYTES = 2**25
"""Signs of a phase are kept whole up to here; above, as those of the high and the low wires."""

_AMPLITUDES_AT_ONCE = 2**17
"""Gradients of matrices are summed piece by piece, so that their work space stays small."""


Pulled = tuple[torch.Tensor, torch.Tensor | None]


class Step(Protocol):
    def apply(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        """The state after the step, a new tensor."""

    def undo(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        """The state before the step, a new tensor."""

    def pull(self, grad: torch.Tensor, before: torch.Tensor, block: torch.Tensor) -> Pulled:
        """Gradients of the state before and of the block, from that of the state after."""


class Phase:
    """Multiplication by exp(i block · signs), block (n, M) radians, signs (M, 2^n_qubits) = ±1."""

    def __init__(self, masks: list[Mask], n_qubits: int, device: torch.device) -> None:
        low_wires = n_qubits if len(masks) << n_qubits + 3 <= _SIGN_BYTES else n_qubits // 2
        self._low = _signs(masks, range(n_qubits - low_wires, n_qubits)).to(device)  # (M, L)
        self._high = None  # (H, M)
        if low_wires < n_qubits:
            self._high = _signs(masks, range(n_qubits - low_wires)).T.contiguous().to(device)

    def factor(self, block: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """exp(i block · signs): (n, 2^n_qubits)."""
        exponent = self._exponent(block)
        if dtype == torch.complex64:
            exponent = exponent.float()
        return torch.complex(torch.cos(exponent), torch.sin(exponent))

    def _exponent(self, block: torch.Tensor) -> torch.Tensor:
        if self._high is None:
            return block @ self._low
        return ((block[:, None, :] * self._high) @ self._low).flatten(1)

    def apply(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        return state * self.factor(block, state.dtype)

    def undo(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        return state * self.factor(-block, state.dtype)

    def pull(self, grad: torch.Tensor, before: torch.Tensor, block: torch.Tensor) -> Pulled:
        factor = self.factor(block, grad.dtype)
        turn = _turn(grad, before * factor)
        return grad * factor.conj(), self._block_gradient(turn, block)

    def back(
        self, grad: torch.Tensor, after: torch.Tensor, block: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """As `pull`, from the state after; the state before comes first."""
        gradient = self._block_gradient(_turn(grad, after), block)
        factor = self.factor(-block, grad.dtype)
        return after * factor, grad * factor, gradient

    def _block_gradient(self, turn: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        """From the gradient of the exponent (n, 2^n_qubits)."""
        turn = _summed(turn, len(block)).to(block.dtype)
        if self._high is None:
            return turn @ self._low.T
        folded = turn.reshape(len(turn), len(self._high), -1) @ self._low.T
        return torch.sum(folded * self._high, dim=1)


def _turn(grad: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """Gradient of the exponent φ in after = before · e^{iφ}: Im(grad · after*)."""
    return grad.imag * after.real - grad.real * after.imag


def _signs(masks: list[Mask], wires: range) -> torch.Tensor:
    """(−1)^parity of the bits of each mask among `wires`, the first one most significant."""
    basis = np.arange(2 ** len(wires))
    bits = {w: (basis >> len(wires) - 1 - k) & 1 for k, w in enumerate(wires)}
    signs = np.ones((len(masks), len(basis)))
    for row, mask in zip(signs, masks, strict=True):
        for wire in members(mask):
            if wire in bits:
                row *= 1 - 2 * bits[wire]
    return torch.from_numpy(signs)


class Product:
    """A matrix (2^k, 2^k), or one per row (n, 2^k, 2^k), on wires wire … wire+k−1."""

    def __init__(self, wire: int, k: int, n_qubits: int) -> None:
        self._right = 2 ** (n_qubits - wire - k)

    def apply(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        folded = self._folded(state, block)
        if block.ndim == 3:
            return torch.matmul(block[:, None], folded).reshape(-1, state.shape[1])
        if self._right == 1:
            return (folded[:, :, 0] @ block.to(state.dtype).T).reshape(state.shape)
        each = block.expand(len(folded), -1, -1)
        if block.is_complex() or not state.is_complex():
            return torch.bmm(each, folded).reshape(state.shape)
        # half the arithmetic: real and imaginary parts are further columns
        product = torch.bmm(each, torch.view_as_real(folded).flatten(2))
        return torch.view_as_complex(product.reshape(*folded.shape, 2)).reshape(state.shape)

    def undo(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        return self.apply(state, block.mH.resolve_conj().contiguous())

    def pull(self, grad: torch.Tensor, before: torch.Tensor, block: torch.Tensor) -> Pulled:
        return self.undo(grad, block), self._block_gradient(grad, before, block)

    def _block_gradient(
        self, grad: torch.Tensor, before: torch.Tensor, block: torch.Tensor
    ) -> torch.Tensor:
        """Σ grad ⊗ before* over everything but the wires of the matrix."""
        if block.ndim == 3:
            after, source = self._folded(grad, block), self._folded(before, block)
            return torch.einsum("nlir,nljr->nij", after, source.conj().expand_as(after))
        after = self._folded(_summed(grad, len(before)), block)
        source = self._folded(before, block)
        pieces = max(1, -(-source.numel() // _AMPLITUDES_AT_ONCE))
        found = sum(
            _outer(a, b) for a, b in zip(after.chunk(pieces), source.chunk(pieces), strict=True)
        )
        assert isinstance(found, torch.Tensor)
        return found if block.is_complex() else found.real

    def _folded(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        """(left, 2^k, right), or (n, left, 2^k, right) where the matrix differs by row."""
        left = (len(state), -1) if block.ndim == 3 else (-1,)
        return state.reshape(*left, block.shape[-1], self._right)


def _outer(after: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    """Σ after ⊗ before* over left and right: (left, i, right), (left, j, right) -> (i, j)."""
    if after.shape[2] == 1:
        return (before[:, :, 0].mH @ after[:, :, 0]).T
    if after.shape[2] >= 16:
        return torch.bmm(after, before.mH).sum(0)
    return torch.einsum("lir,ljr->ij", after, before.conj())


class Gather:
    """A permutation of the basis states."""

    def __init__(self, index_map: IndexMap, device: torch.device) -> None:
        image = _image(index_map)
        self._image = torch.from_numpy(image).to(device)
        self._origin = torch.from_numpy(np.argsort(image)).to(device)

    def apply(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        return state[:, self._origin]

    def undo(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        return state[:, self._image]

    def pull(self, grad: torch.Tensor, before: torch.Tensor, block: torch.Tensor) -> Pulled:
        return self.undo(grad, block), None


def _image(index_map: IndexMap) -> NDArray[np.int64]:
    """Where each basis state goes: (2^n_qubits,)."""
    n_qubits = len(index_map.rows)
    basis = np.arange(2**n_qubits)
    image = np.zeros_like(basis)
    for row, flip in zip(index_map.rows, index_map.flips, strict=True):
        bit = np.full_like(basis, flip)
        for wire in members(row):
            bit ^= basis >> n_qubits - 1 - wire & 1
        image = 2 * image + bit
    return image


class Dense:
    """A matrix on any wires: they are brought to the front, and back."""

    def __init__(self, wires: tuple[int, ...], n_qubits: int) -> None:
        self._axes = [w + 1 for w in wires]
        self._front = list(range(1, len(wires) + 1))
        self._shape = [2] * n_qubits
        self._product = Product(0, len(wires), n_qubits)

    def _moved(self, state: torch.Tensor) -> torch.Tensor:
        moved = torch.movedim(state.reshape(-1, *self._shape), self._axes, self._front)
        return moved.reshape(state.shape)

    def _back(self, state: torch.Tensor) -> torch.Tensor:
        moved = torch.movedim(state.reshape(-1, *self._shape), self._front, self._axes)
        return moved.reshape(state.shape)

    def apply(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        return self._back(self._product.apply(self._moved(state), block))

    def undo(self, state: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
        return self.apply(state, block.mH)

    def pull(self, grad: torch.Tensor, before: torch.Tensor, block: torch.Tensor) -> Pulled:
        pulled, gradient = self._product.pull(self._moved(grad), self._moved(before), block)
        return self._back(pulled), gradient


def _summed(values: torch.Tensor, rows: int) -> torch.Tensor:
    """Rows added up where one row stood for all."""
    return values.sum(0, keepdim=True) if rows == 1 and len(values) > 1 else values


def coefficients(
    exponents: Mapping[Mask, Mapping[int, float]], columns: Mapping[int, int]
) -> NDArray[np.float64]:
    """From angles (n, P) to the exponents of the masks: (P, M).

    Args:
        columns: of the slots that are looked at, their column among the angles.
    """
    matrix = np.zeros((len(columns), len(exponents)))
    for k, slots in enumerate(exponents.values()):
        for slot, factor in slots.items():
            if slot in columns:
                matrix[columns[slot], k] += factor
    return matrix
