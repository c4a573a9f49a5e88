"""One-qubit layers as matrices of neighbouring wires, all of a circuit formed at once.

The gates of a wire multiply to one 2×2 matrix, the matrices of up to PRODUCT_WIRES neighbouring
wires to one Kronecker product. What is known when the circuit is compiled is formed only then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from qml_core.simulation.fusion import OneQubitLayer
from qml_core.simulation.gates import CONSTANT, I_TIMES, Fixed, Rotation, pauli_rotation

PRODUCT_WIRES = 5
"""Neighbouring wires in one matrix, 32×32: larger ones cost more arithmetic than traffic."""

_VARYING_WIRES = 3
"""The same where the matrix differs by row: more of them would outweigh the state."""

WireGates = Sequence[Rotation | Fixed]


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
    slots = [g.slot for g in gates if isinstance(g, Rotation) and g.slot != CONSTANT]
    by_row = any(isinstance(g, Fixed) and g.matrix.ndim == 3 for g in gates)
    if by_row or any(batched[s] for s in slots):
        return "varying"
    return "shared" if slots else "known"


def _split(wires: range, layer: OneQubitLayer, kind: str) -> list[Group]:
    most = _VARYING_WIRES if kind == "varying" else PRODUCT_WIRES
    parts = np.array_split(np.array(wires), -(-len(wires) // most))
    return [Group(int(p[0]), tuple(tuple(layer.gates[int(w)]) for w in p), kind) for p in parts]


Place = tuple[bool, int]
"""Of a slot: whether its angle differs by row, and its column among the angles of its kind."""


class Products:
    """Matrices of all groups of a circuit from its angles."""

    def __init__(
        self, groups: Sequence[Group], places: Sequence[Place], device: torch.device, *, real: bool
    ) -> None:
        self._count = len(groups)
        same = [g for group in groups if group.kind != "varying" for g in group.gates]
        self._bank = _Bank(same, places, device, real)
        varying = [g for group in groups if group.kind == "varying" for g in group.gates]
        self._by_row = _Bank(varying, places, device, real)
        self._index: dict[str, list[tuple[list[int], torch.Tensor]]] = {}
        for kind, size in sorted({(g.kind, g.size) for g in groups}):
            chosen = [k for k, g in enumerate(groups) if (g.kind, g.size) == (kind, size)]
            bank = self._by_row if kind == "varying" else self._bank
            index = bank.index([groups[k] for k in chosen]).to(device)
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
            matrices = _kron(_chain(bank[..., index, :, :])).unbind(-3)
            found |= zip(chosen, matrices, strict=True)
        return found


def _real_where_it_is(matrix: torch.Tensor) -> torch.Tensor:
    """A real matrix halves the arithmetic on complex states."""
    if matrix.is_complex() and not torch.any(matrix.imag):
        return matrix.real.contiguous()
    return matrix


def _chain(gates: torch.Tensor) -> torch.Tensor:
    """(…, k, L, 2, 2), in the order they are applied -> their products (…, k, 2, 2)."""
    product = gates[..., 0, :, :]
    for later in gates.unbind(-3)[1:]:
        product = later @ product
    return product


def _kron(matrices: torch.Tensor) -> torch.Tensor:
    """(…, k, 2, 2) -> Kronecker products (…, 2^k, 2^k), the first one most significant."""
    product = matrices[..., 0, :, :]
    for factor in matrices.unbind(-3)[1:]:
        size = 2 * product.shape[-1]
        product = product[..., :, None, :, None] * factor[..., None, :, None, :]
        product = product.reshape(*product.shape[:-4], size, size)
    return product


class _Bank:
    """All 2×2 matrices of a circuit in a row: known ones, shared rotations, those of each row."""

    def __init__(
        self, wires: Sequence[WireGates], places: Sequence[Place], device: torch.device, real: bool
    ) -> None:
        gates = [_folded(gate) for of_wire in wires for gate in of_wire]
        fixed = [g for g in gates if isinstance(g, Fixed)]
        turning = [g for g in gates if isinstance(g, Rotation)]
        known = [g for g in fixed if g.matrix.ndim == 2]
        rows = [g for g in fixed if g.matrix.ndim == 3]
        self._shared = _Rotations(
            [g for g in turning if not places[g.slot][0]], places, device, real
        )
        self._varying = _Rotations([g for g in turning if places[g.slot][0]], places, device, real)
        dtype = torch.float64 if real else torch.complex128
        identity_and_known = np.stack([np.eye(2), *(g.matrix for g in known)])
        self.known = torch.from_numpy(identity_and_known).to(device=device, dtype=dtype)
        stacked = [torch.from_numpy(g.matrix).to(device=device, dtype=dtype) for g in rows]
        self._rows = torch.stack(stacked, dim=1) if rows else None  # (n, F, 2, 2)
        ordered: list[Rotation | Fixed] = [*known, *self._shared.gates, *self._varying.gates, *rows]
        self._position = {_name(gate): 1 + k for k, gate in enumerate(ordered)}

    def index(self, groups: Sequence[Group]) -> torch.Tensor:
        """(groups, k, longest): positions of the gates of each wire, identities at the end."""
        lists = [[[self._position[_name(_folded(g))] for g in w] for w in u.gates] for u in groups]
        longest = max(len(wire) for group in lists for wire in group)
        return torch.tensor([[w + [0] * (longest - len(w)) for w in group] for group in lists])

    def with_shared(self, angles: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.known, self._shared(angles)[0]])

    def with_varying(self, bank: torch.Tensor, angles: torch.Tensor) -> torch.Tensor:
        n = len(angles) if self._rows is None else len(self._rows)
        parts = [bank.expand(n, -1, -1, -1), self._varying(angles)]
        return torch.cat(parts if self._rows is None else [*parts, self._rows], dim=1)


def _folded(gate: Rotation | Fixed) -> Rotation | Fixed:
    if isinstance(gate, Rotation) and gate.slot == CONSTANT:
        return Fixed((gate.wire,), pauli_rotation(gate.pauli, gate.factor))
    return gate


def _name(gate: Rotation | Fixed) -> object:
    """Equal for gates with the same matrix, whatever their wire."""
    if isinstance(gate, Rotation):
        return gate.pauli, gate.slot, gate.factor
    return gate.matrix.tobytes(), gate.matrix.dtype.str, gate.matrix.ndim


class _Rotations:
    """exp(i · factor · angle · P) of many: cos · 1 + sin · iP."""

    def __init__(
        self, gates: Sequence[Rotation], places: Sequence[Place], device: torch.device, real: bool
    ) -> None:
        self.gates = list({_name(g): g for g in gates}.values())
        dtype = torch.float64 if real else torch.complex128
        generators = np.array([I_TIMES[g.pauli] for g in self.gates]).reshape(-1, 2, 2)
        self._generators = torch.from_numpy(generators).to(device=device, dtype=dtype)
        self._identity = torch.eye(2, dtype=dtype, device=device)
        self._columns = torch.tensor([places[g.slot][1] for g in self.gates], dtype=torch.long).to(
            device
        )
        self._factors = torch.tensor([g.factor for g in self.gates], dtype=torch.float64).to(device)

    def __call__(self, angles: torch.Tensor) -> torch.Tensor:
        """(n, P) angles -> (n, rotations, 2, 2)."""
        turned = (angles[:, self._columns] * self._factors)[..., None, None]
        return torch.cos(turned) * self._identity + torch.sin(turned) * self._generators
