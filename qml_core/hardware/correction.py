"""A measured kernel matrix with its errors corrected, in the order that was asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.hardware.mitigation.depolarising import (
    Corrected,
    Diagonal,
    correct,
    correct_symmetric,
)
from qml_core.hardware.shots import posterior_error
from qml_core.specs.backend import Correction
from qml_core.storage.block_format import NOT_COUNTED, Measurement

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """A matrix (n, m) as it was measured: raw values, and what stands beside them."""

    values: Array
    beside: Measurement

    def after_readout(self, corrections: tuple[Correction, ...]) -> Corrected:
        """Values and standard errors, after readout correction where it is asked for."""
        if "readout" in corrections:
            return Corrected(self.beside.corrected, self.beside.errors)
        if (self.beside.counts == NOT_COUNTED).any():  # rows were measured, not pairs of them
            return Corrected(self.values, self.beside.errors)
        shots = np.maximum(self.beside.shots, self.beside.shots.T) if self.square else None
        return Corrected(self.values, posterior_error(self.beside.counts, self._shots(shots)))

    @property
    def square(self) -> bool:
        return bool(self.values.shape[0] == self.values.shape[1])

    def _shots(self, mirrored: NDArray[np.int64] | None) -> NDArray[np.int64]:
        """Below the diagonal of a symmetric matrix, those of the entry above."""
        shots = self.beside.shots
        return shots if mirrored is None else np.where(shots > 0, shots, mirrored)

    def diagonal(self, corrections: tuple[Correction, ...]) -> Diagonal:
        """k(x, x) of a symmetric matrix, or of the one column (n, 1) that holds them."""
        found = self.after_readout(corrections)
        if self.values.shape[1] == 1:
            return Diagonal(found.values[:, 0], found.errors[:, 0])
        return Diagonal(np.diagonal(found.values).copy(), np.diagonal(found.errors).copy())


def correct_matrix(
    measured: Measured,
    corrections: tuple[Correction, ...],
    n_qubits: int,
    rows: Diagonal | None = None,
    columns: Diagonal | None = None,
) -> Corrected:
    """Readout correction of each circuit, then depolarising correction from the diagonals.

    Args:
        rows, columns: diagonals of a matrix that is not symmetric; none: it has its own.

    Raises:
        Refused: a diagonal is too small for the depolarising correction.
    """
    found = measured.after_readout(corrections)
    if "depolarising" not in corrections:
        return found
    if rows is None or columns is None:
        return correct_symmetric(found.values, found.errors, n_qubits)
    return correct(found.values, found.errors, rows, columns, n_qubits)
