"""2×2 matrices of one-qubit gates: all of a circuit in a row, formed at once from its angles."""

from collections.abc import Sequence

import numpy as np
import torch

from qml_core.simulation.gates import CONSTANT, I_TIMES, Fixed, Rotation, pauli_rotation

WireGates = Sequence[Rotation | Fixed]
"""Gates of one wire in the order they are applied."""

Place = tuple[bool, int]
"""Of a slot: whether its angle differs by row, and its column among the angles of its kind."""


def varies(gate: Rotation | Fixed, batched: Sequence[bool]) -> bool:
    """Whether the matrix differs by row."""
    if isinstance(gate, Fixed):
        return gate.matrix.ndim == 3
    return gate.slot != CONSTANT and batched[gate.slot]


class Bank:
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

    def index(self, groups: Sequence[Sequence[WireGates]]) -> torch.Tensor:
        """(groups, k, longest): positions of the gates of each wire, identities at the end."""
        lists = [[[self._position[_name(_folded(g))] for g in w] for w in u] for u in groups]
        longest = max(1, *(len(wire) for group in lists for wire in group))
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


def chain(gates: torch.Tensor) -> torch.Tensor:
    """(…, k, L, 2, 2), in the order they are applied -> their products (…, k, 2, 2)."""
    product = gates[..., 0, :, :]
    for later in gates.unbind(-3)[1:]:
        product = later @ product
    return product
