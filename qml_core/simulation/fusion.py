"""Fusion: gates as few steps, each one pass over the state vectors.

Diagonal gates that meet become one exponent, one-qubit gates of a wire one 2×2 matrix, linear
permutations one index map. A gate moves left past steps that do not touch its wires; a diagonal one
also past an index map, which only changes the bits whose parity it looks at.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from qml_core.simulation.gates import CONSTANT, Fixed, Flip, Gate, Phase, Rotation, Varying

_X = np.array([[0.0, 1.0], [1.0, 0.0]])

Mask = int
"""A set of wires: bit w stands for wire w."""


@dataclass
class DiagonalRun:
    """exp(i Σ_mask (Σ_slot coefficient · angle) (−1)^(parity of the bits in mask))."""

    exponents: dict[Mask, dict[int, float]] = field(default_factory=dict)

    @property
    def touched(self) -> Mask:
        return _union(self.exponents)

    def add(self, mask: Mask, slot: int, factor: float) -> None:
        slots = self.exponents.setdefault(mask, {})
        slots[slot] = slots.get(slot, 0.0) + factor


@dataclass
class OneQubitLayer:
    """Gates of each wire in the order they are applied; wires not named are left alone."""

    gates: dict[int, list[Rotation | Fixed]] = field(default_factory=dict)

    @property
    def touched(self) -> Mask:
        return sum(1 << wire for wire in self.gates)


@dataclass
class IndexMap:
    """|z⟩ → |y⟩ with y_w = (parity of z in rows[w]) ⊕ flips[w]."""

    rows: list[Mask]
    flips: list[bool]

    @classmethod
    def identity(cls, n_qubits: int) -> "IndexMap":
        return cls([1 << wire for wire in range(n_qubits)], [False] * n_qubits)

    @property
    def touched(self) -> Mask:
        moved = [row | 1 << w for w, row in enumerate(self.rows) if row != 1 << w or self.flips[w]]
        return _union(moved)

    def apply(self, gate: Flip) -> None:
        """Compose with a gate that comes later."""
        first, last = gate.wires[0], gate.wires[-1]
        if gate.name == "PauliX":
            self.flips[first] ^= True
        elif gate.name == "CNOT":
            self.rows[last] ^= self.rows[first]
            self.flips[last] ^= self.flips[first]
        else:
            self.rows[first], self.rows[last] = self.rows[last], self.rows[first]
            self.flips[first], self.flips[last] = self.flips[last], self.flips[first]

    def parity(self, mask: Mask) -> tuple[Mask, bool]:
        """The bits of z, and whether to flip, that give the parity of y in mask."""
        bits, flip = 0, False
        for wire in members(mask):
            bits ^= self.rows[wire]
            flip ^= self.flips[wire]
        return bits, flip


@dataclass
class Dense:
    """Any other gate by its matrix."""

    gate: Fixed | Varying

    @property
    def touched(self) -> Mask:
        return mask_of(self.gate.wires)


Step = DiagonalRun | OneQubitLayer | IndexMap | Dense


def mask_of(wires: Iterable[int]) -> Mask:
    return _union(1 << wire for wire in wires)


def members(mask: Mask) -> Iterator[int]:
    """The wires of a mask, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _union(masks: Iterable[Mask]) -> Mask:
    union = 0
    for mask in masks:
        union |= mask
    return union


def fuse(gates: Iterable[Gate], n_qubits: int, batched: Sequence[bool]) -> list[Step]:
    """The steps of gates on wires 0 … n_qubits−1.

    Args:
        batched: of each slot, whether its angle differs by row.
    """
    steps: list[Step] = []
    for gate in gates:
        if isinstance(gate, Phase):
            _place_phase(steps, gate, batched)
        elif isinstance(gate, Flip):
            _place_flip(steps, gate, n_qubits)
        elif isinstance(gate, Rotation) or (isinstance(gate, Fixed) and len(gate.wires) == 1):
            _place_one_qubit(steps, gate)
        else:
            steps.append(Dense(gate))
    return [step for step in steps if not (isinstance(step, IndexMap) and not step.touched)]


def _place_phase(steps: list[Step], gate: Phase, batched: Sequence[bool]) -> None:
    """Into the last run it can reach, or the matrix of its wire, or a run of its own."""
    mask, factor, position = mask_of(gate.wires), gate.factor, len(steps)
    reached: tuple[DiagonalRun, Mask, float] | None = None
    for k in range(len(steps) - 1, -1, -1):
        step = steps[k]
        if isinstance(step, IndexMap):
            mask, flip = step.parity(mask)
            factor, position = (-factor if flip else factor), k
        elif isinstance(step, DiagonalRun):
            reached = (step, mask, factor)
            break
        elif step.touched & mask:
            break
    else:
        k = -1
    if reached:
        run, mask, factor = reached
        run.add(mask, gate.slot, factor)
        return
    blocking = steps[k] if k >= 0 else None
    if isinstance(blocking, OneQubitLayer) and mask.bit_count() == 1:
        (wire,) = members(mask)
        if not _varies([rotation := Rotation(wire, "Z", gate.slot, factor)], batched) or _varies(
            blocking.gates[wire], batched
        ):
            blocking.gates[wire].append(rotation)
            return
    run = DiagonalRun()
    run.add(mask, gate.slot, factor)
    steps.insert(position, run)


def _varies(gates: Sequence[Rotation | Fixed], batched: Sequence[bool]) -> bool:
    return any(
        g.matrix.ndim == 3 if isinstance(g, Fixed) else g.slot != CONSTANT and batched[g.slot]
        for g in gates
    )


def _place_flip(steps: list[Step], gate: Flip, n_qubits: int) -> None:
    """Into the last index map it can reach; X alone is a matrix like another, which costs less."""
    mask = mask_of(gate.wires)
    for step in reversed(steps):
        if isinstance(step, IndexMap):
            step.apply(gate)
            return
        if step.touched & mask:
            break
    if gate.name == "PauliX":
        _place_one_qubit(steps, Fixed(gate.wires, _X))
        return
    steps.append(found := IndexMap.identity(n_qubits))
    found.apply(gate)


def _place_one_qubit(steps: list[Step], gate: Rotation | Fixed) -> None:
    wire = gate.wire if isinstance(gate, Rotation) else gate.wires[0]
    found = None
    for step in reversed(steps):
        if isinstance(step, OneQubitLayer):
            found = step
        if step.touched >> wire & 1:
            break
    if found is None:
        steps.append(found := OneQubitLayer())
    found.gates.setdefault(wire, []).append(gate)
