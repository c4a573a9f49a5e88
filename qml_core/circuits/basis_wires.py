"""Gates that meet a basis state and give it a phase only, as a first RZ on |0⟩."""

from collections.abc import Sequence
from enum import Enum

import numpy as np

from qml_core.circuits.generic_gates import ZERO, GenericGate, Matrix


def phases_of_bits(gates: Sequence[GenericGate], n_qubits: int) -> list[bool]:
    """Whether each gate meets a basis state on its wires and gives it a phase only."""
    found, wires = [False] * len(gates), [Wire.ZERO] * n_qubits
    for k, gate in enumerate(gates):
        here = [wires[wire] for wire in gate.wires]
        phase, after = _forward(gate, here)
        found[k] = gate.trainable and phase
        for wire, state in zip(gate.wires, after, strict=True):
            wires[wire] = state
    return found


class Wire(Enum):
    """What is known of the state of a wire: |0⟩, |0⟩ or |1⟩, or nothing."""

    ZERO = 0
    BIT = 1
    ANY = 2


def _forward(gate: GenericGate, here: Sequence[Wire]) -> tuple[bool, list[Wire]]:
    """Whether the gate is no more than a global phase, and the wires after it."""
    if gate.matrices is None:
        return False, [Wire.BIT if gate.bits else Wire.ANY] * len(here)
    blocks = [_block_at_zeros(matrix, here) for matrix in gate.matrices]
    kept = all(block is not None for block in blocks)  # |0⟩ stays |0⟩: what it does to the others
    parts = [b for b in blocks if b is not None] if kept else gate.matrices
    others = [state for state in here if not kept or state is not Wire.ZERO]
    bits = Wire.ANY not in others
    if all(_is_diagonal(part) for part in parts):
        return bits or all(_is_scalar(part) for part in parts), list(here)
    if bits and all(_is_monomial(part) for part in parts):
        return True, [s if kept and s is Wire.ZERO else Wire.BIT for s in here]
    return False, [s if kept and s is Wire.ZERO else Wire.ANY for s in here]


def _block_at_zeros(matrix: Matrix, here: Sequence[Wire]) -> Matrix | None:
    """What the gate does to the other wires where those in |0⟩ stay there; none if they do not."""
    index = np.arange(len(matrix))
    inside = np.ones(len(matrix), dtype=bool)
    for k, state in enumerate(here):
        if state is Wire.ZERO:
            inside &= (index >> len(here) - 1 - k & 1) == 0
    if np.any(np.abs(matrix[np.ix_(~inside, inside)]) > ZERO):
        return None
    block: Matrix = matrix[np.ix_(inside, inside)]
    return block


def _is_diagonal(matrix: Matrix) -> bool:
    return bool(np.all(np.abs(matrix - np.diag(np.diag(matrix))) < ZERO))


def _is_scalar(matrix: Matrix) -> bool:
    return bool(np.all(np.abs(matrix - matrix[0, 0] * np.eye(len(matrix))) < ZERO))


def _is_monomial(matrix: Matrix) -> bool:
    """A permutation with phases."""
    return bool(np.all(np.count_nonzero(np.abs(matrix) > ZERO, axis=0) == 1))
