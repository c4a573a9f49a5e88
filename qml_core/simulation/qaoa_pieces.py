"""One layer's phase exp(−iγC) and its means, elementwise on pieces that stay in the cache."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Layer:
    """Angles of one layer for b members of the batch, as the steps need them."""

    gammas: torch.Tensor  # (b, 1)
    table: torch.Tensor | None  # (2, l): cos and sin of γC for the levels of C, where b = 1
    factors: tuple[torch.Tensor, ...]  # of the rotations, (2b, K, K); half space: times cos β
    tan: torch.Tensor  # (b, 1, 1) of β, |β| ≤ π/4; for the half space; on the processor where b = 1


@dataclass(frozen=True)
class Piece:
    """Views of one piece of the basis states, and of the memory to work on it."""

    where: slice
    real: torch.Tensor  # (k, b, piece): kets, then bras
    imaginary: torch.Tensor
    values: torch.Tensor  # (piece,)
    index: torch.Tensor | None  # (piece,) of the levels
    cos: torch.Tensor  # (b, piece)
    sin: torch.Tensor
    product: torch.Tensor  # (k, b, piece)

    def add_phase(self, layer: Layer, sign: int = 1) -> None:
        """exp(∓iγC), in place."""
        if layer.table is not None and self.index is not None:
            torch.index_select(layer.table[0], 0, self.index, out=self.cos[0])
            torch.index_select(layer.table[1], 0, self.index, out=self.sin[0])
        else:
            torch.mul(layer.gammas, self.values, out=self.cos)
            torch.sin(self.cos, out=self.sin)
            self.cos.cos_()
        torch.mul(self.real, self.sin, out=self.product)
        self.real.mul_(self.cos).addcmul_(self.imaginary, self.sin, value=sign)
        self.imaginary.mul_(self.cos).sub_(self.product, alpha=sign)

    def mean(self) -> torch.Tensor:
        """(b,) Σ C |ket|²."""
        product = torch.mul(self.real[0], self.real[0], out=self.product[0])
        return product.addcmul_(self.imaginary[0], self.imaginary[0]) @ self.values

    def overlap(self) -> torch.Tensor:
        """(b,) Im ⟨bra|C|ket⟩."""
        product = torch.mul(self.real[1], self.imaginary[0], out=self.product[0])
        product.addcmul_(self.imaginary[1], self.real[0], value=-1)
        return product @ self.values
