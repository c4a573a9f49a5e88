"""One-qubit layers as matrices of neighbouring wires, all of a circuit formed at once.

The gates of a wire multiply to one 2×2 matrix, the matrices of up to PRODUCT_WIRES neighbouring
wires to one Kronecker product. What is known when the circuit is compiled is formed only then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from qml_core.simulation.bank import Bank, Place, WireGates, chain, varies
from qml_core.simulation.fusion import OneQubitLayer
from qml_core.simulation.gates import CONSTANT, Rotation

PRODUCT_WIRES = 5
"""Neighbouring wires in one matrix, 32×32: larger ones cost more arithmetic than traffic."""

_VARYING_WIRES = 3
"""The same where the matrix differs by row: more of them would outweigh the state."""


@dataclass(frozen=True, eq=False)
class Group:
    """Neighbouring wires `wire` … `wire`+k−1 of one layer, and the gates of each."""

    wire: int
    gates: tuple[WireGates, ...]
    kind: str  # known, shared, varying

    @property
    def size(self) -> int:
        return len(self.gates)


def groups(layer: OneQubitLayer, n_qubits: int, batched: Sequence[bool]) -> list[Group]:
    """Neighbours of the same kind, in groups of about equal size."""
    kinds = {wire: _kind(gates, batched) for wire, gates in layer.gates.items()}
    found: list[Group] = []
    wire = 0
    while wire < n_qubits:
        stop = wire
        while stop < n_qubits and kinds.get(stop) is not None and kinds[stop] == kinds[wire]:
            stop += 1
        if stop > wire:
            found += _split(range(wire, stop), layer, kinds[wire])
        wire = max(stop, wire + 1)
    return found


def _kind(gates: WireGates, batched: Sequence[bool]) -> str:
    if any(varies(gate, batched) for gate in gates):
        return "varying"
    turns = any(isinstance(g, Rotation) and g.slot != CONSTANT for g in gates)
    return "shared" if turns else "known"


def _split(wires: range, layer: OneQubitLayer, kind: str) -> list[Group]:
    most = _VARYING_WIRES if kind == "varying" else PRODUCT_WIRES
    parts = np.array_split(np.array(wires), -(-len(wires) // most))
    return [Group(int(p[0]), tuple(tuple(layer.gates[int(w)]) for w in p), kind) for p in parts]


class Products:
    """Matrices of all groups of a circuit from its angles."""

    def __init__(
        self, groups: Sequence[Group], places: Sequence[Place], device: torch.device, *, real: bool
    ) -> None:
        self._count = len(groups)
        same = [g for group in groups if group.kind != "varying" for g in group.gates]
        self._bank = Bank(same, places, device, real)
        varying = [g for group in groups if group.kind == "varying" for g in group.gates]
        self._by_row = Bank(varying, places, device, real)
        self._index: dict[str, list[tuple[list[int], torch.Tensor]]] = {}
        for kind, size in sorted({(g.kind, g.size) for g in groups}):
            chosen = [k for k, g in enumerate(groups) if (g.kind, g.size) == (kind, size)]
            bank = self._by_row if kind == "varying" else self._bank
            index = bank.index([groups[k].gates for k in chosen]).to(device)
            self._index.setdefault(kind, []).append((chosen, index))
        known = self._matrices("known", self._bank.known)
        self._known = {k: _real_where_it_is(matrix) for k, matrix in known.items()}

    def __call__(self, shared: torch.Tensor, varying: torch.Tensor) -> list[torch.Tensor]:
        """Matrix of each group: (2^k, 2^k), or (n, 2^k, 2^k) where it differs by row.

        Args:
            shared: (1, P) angles; varying: (n, Q), radians.
        """
        found = dict(self._known)
        if "shared" in self._index:
            found |= self._matrices("shared", self._bank.with_shared(shared))
        if "varying" in self._index:
            bank = self._by_row.with_varying(self._by_row.with_shared(shared), varying)
            found |= self._matrices("varying", bank)
        return [found[k] for k in range(self._count)]

    def _matrices(self, kind: str, bank: torch.Tensor) -> dict[int, torch.Tensor]:
        found: dict[int, torch.Tensor] = {}
        for chosen, index in self._index.get(kind, ()):
            matrices = _kron(chain(bank[..., index, :, :])).unbind(-3)
            found |= zip(chosen, matrices, strict=True)
        return found


def _real_where_it_is(matrix: torch.Tensor) -> torch.Tensor:
    """A real matrix halves the arithmetic on complex states."""
    if matrix.is_complex() and not torch.any(matrix.imag):
        return matrix.real.contiguous()
    return matrix


def _kron(matrices: torch.Tensor) -> torch.Tensor:
    """(…, k, 2, 2) -> Kronecker products (…, 2^k, 2^k), the first one most significant."""
    product = matrices[..., 0, :, :]
    for factor in matrices.unbind(-3)[1:]:
        size = 2 * product.shape[-1]
        product = product[..., :, None, :, None] * factor[..., None, :, None, :]
        product = product.reshape(*product.shape[:-4], size, size)
    return product
