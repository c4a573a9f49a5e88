"""What single precision did to the entries of a kernel, measured against double precision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError

Array = NDArray[np.float64]

MOST_ROWS = 300
_AMPLITUDES = 2**21  # encoded in a tenth of a second on two cores


@dataclass(frozen=True)
class Rounding:
    """Entries of a sample of rows as they are stored, against the same in double precision.

    Args:
        how: number types computed in and stored as, in words.
        rows: rows of the sample.
        entries: entries compared, those on and above the diagonal.
        largest: largest absolute difference, dimensionless like the entries.
        rms: root of the mean squared difference.
        min_eigenvalue: smallest eigenvalue of the sample as stored.
        min_eigenvalue_double: the same in double precision.
    """

    how: str
    rows: int
    entries: int
    largest: float
    rms: float
    min_eigenvalue: float
    min_eigenvalue_double: float


def rounding(stored: Array, double: Array, how: str) -> Rounding:
    """Compare two symmetric matrices (r, r) of the same rows.

    Raises:
        DataError: they are not square and of one shape.
    """
    if stored.ndim != 2 or stored.shape != double.shape or stored.shape[0] != stored.shape[1]:
        raise DataError(f"kernels of shape {stored.shape} and {double.shape} cannot be compared")
    difference = (stored - double)[np.triu_indices(len(stored))]
    return Rounding(
        how=how,
        rows=len(stored),
        entries=len(difference),
        largest=float(np.abs(difference).max()),
        rms=float(np.sqrt(np.mean(difference**2))),
        min_eigenvalue=float(np.linalg.eigvalsh(stored)[0]),
        min_eigenvalue_double=float(np.linalg.eigvalsh(double)[0]),
    )


def affordable_rows(amplitudes: int) -> int:
    """Rows whose states of so many amplitudes take well under a second; at least 2."""
    return max(2, min(MOST_ROWS, _AMPLITUDES // amplitudes))
