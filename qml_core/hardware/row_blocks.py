"""A block of a kernel matrix from rows that were measured in random bases.

Readout errors are undone on the shares of outcomes, qubit by qubit, where each circuit's are known.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.hardware.mitigation.readout import inverse_confusion
from qml_core.hardware.randomised import (
    CROSS,
    fidelities_in_basis,
    mean_over_bases,
    purities_in_basis,
    random_bases,
)
from qml_core.references import QubitCalibration
from qml_core.storage.block_format import NOT_COUNTED, Measurement
from qml_core.storage.row_measurements import RowCounts

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Rows of a matrix, all measured in the same bases with the same shots."""

    counts: NDArray[np.int64]
    """(rows, bases, 2^n)."""
    inverses: Array | None
    """(rows, bases, n, 2, 2) of the readout's confusion matrices; None: none is known."""
    shots: int

    @property
    def bases(self) -> int:
        return int(self.counts.shape[1])

    def only(self, chosen: NDArray[np.int64]) -> "Rows":
        """Some of the rows, in this order."""
        inverses = None if self.inverses is None else self.inverses[chosen]
        return Rows(self.counts[chosen], inverses, self.shots)

    def shares(self, basis: int) -> Array:
        """(rows, 2^n) of outcomes, as they were read."""
        return np.asarray(self.counts[:, basis] / self.shots)

    def corrected(self, basis: int) -> Array:
        """(rows, 2^n) without readout errors, unbiased and possibly below 0."""
        shares = self.shares(basis)
        return shares if self.inverses is None else _turned(shares, self.inverses[:, basis])

    def alone(self, basis: int) -> Array | float:
        """(rows,) what a shot and itself count for after the correction, mean over the shots."""
        if self.inverses is None:
            return 1.0
        inverse = self.inverses[:, basis]  # (rows, n, 2, 2)
        weights = np.einsum("rqab,ac,rqcb->rqb", inverse, CROSS, inverse)
        remaining = self.shares(basis)
        for qubit in range(weights.shape[1]):
            halves = remaining.reshape(len(remaining), 2, -1)
            remaining = np.einsum("rb,rbd->rd", weights[:, qubit], halves)
        return remaining[:, 0]


def bases_of(seed: int, n_qubits: int, bases: int) -> Array:
    """(bases, n, 2) angles in radians: the same for all rows of all matrices of a seed."""
    return random_bases(n_qubits, bases, np.random.default_rng([seed, n_qubits]))


def join_rows(parts: list[list[RowCounts]]) -> Rows:
    """Rows from what jobs brought.

    Args:
        parts: groups of rows, of each its jobs in the order of their bases.
    """
    counts = np.concatenate([np.concatenate([p.counts for p in of], axis=1) for of in parts])
    every = [part for of in parts for part in of]
    inverses = None
    if any(part.readout is not None for part in every):
        inverses = np.concatenate([np.concatenate([_inverses(p) for p in of], 1) for of in parts])
    return Rows(counts, inverses, int(counts[0, 0].sum()))


def evaluate(
    rows: Rows, columns: Rows, same: Mask, spent: NDArray[np.int64]
) -> tuple[Array, Measurement]:
    """Values (rows, columns) as they were read, and the measurement beside them.

    Its `corrected` are after readout correction where that is known, its errors those of
    `corrected` over the bases; entries share bases and shots, so their errors are correlated.
    Args:
        same: (rows, columns) where a row meets itself: Tr(ρ²), 1 without noise.
        spent: (rows, columns) shots that are counted for this block.
    """
    raw, errors = mean_over_bases(
        _entries(rows.shares(b), columns.shares(b), same, rows.shots, 1.0)
        for b in range(rows.bases)
    )
    corrected = raw
    if rows.inverses is not None or columns.inverses is not None:
        corrected, errors = mean_over_bases(
            _entries(rows.corrected(b), columns.corrected(b), same, rows.shots, rows.alone(b))
            for b in range(rows.bases)
        )
    return raw, Measurement(
        counts=np.full(same.shape, NOT_COUNTED), shots=spent, corrected=corrected, errors=errors
    )


def _entries(F: Array, G: Array, same: Mask, shots: int, alone: Array | float) -> Array:
    found = fidelities_in_basis(F, G)
    if same.any():
        found = np.where(same, purities_in_basis(F, shots, alone)[:, None], found)
    if F.shape == G.shape and np.diagonal(same).all():
        found = (found + found.T) / 2  # equal but for rounding
    return found


def _inverses(part: RowCounts) -> Array:
    """(rows, bases, n, 2, 2); of unknown readout the identity."""
    rows, bases, size = part.counts.shape
    n = size.bit_length() - 1
    if part.readout is None:
        return np.broadcast_to(np.eye(2), (rows, bases, n, 2, 2))
    flat, which = np.unique(part.readout.reshape(rows * bases, n, 2), axis=0, return_inverse=True)
    known = np.array(
        [inverse_confusion([QubitCalibration(p01=q[0], p10=q[1]) for q in of]) for of in flat]
    )
    return np.asarray(known[which.ravel()].reshape(rows, bases, n, 2, 2))


def _turned(shares: Array, inverse: Array) -> Array:
    """⊗ A_q⁻¹ on each row's shares (rows, 2^n), qubit by qubit."""
    rows, size = shares.shape
    for qubit in range(inverse.shape[1]):
        split = shares.reshape(rows, 2**qubit, 2, -1)
        shares = np.einsum("rab,rlbt->rlat", inverse[:, qubit], split).reshape(rows, size)
    return shares
