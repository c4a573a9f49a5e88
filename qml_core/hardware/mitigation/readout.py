"""Readout correction: the inverse of each qubit's confusion matrix, applied to counts.

Errors of different qubits are taken as independent, A = ⊗ A_q, and the calibration as exact; the
standard errors are those of the shots.
"""

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import Refused
from qml_core.hardware.protocol import Counts
from qml_core.hardware.shots import mean_of_weights
from qml_core.references import QubitCalibration

Array = NDArray[np.float64]
Bits = NDArray[np.int64]


def inverse_confusion(qubits: Sequence[QubitCalibration]) -> Array:
    """(n, 2, 2) inverses of A_q[read, prepared] = ((1−p10, p01), (p10, 1−p01)).

    Raises Refused where p01 + p10 ≥ 1: reading says nothing of the qubit, or the opposite.
    """
    found = np.empty((len(qubits), 2, 2))
    for i, q in enumerate(qubits):
        determinant = 1 - q.p01 - q.p10
        if determinant <= 0:
            raise Refused(
                f"readout correction needs p01 + p10 < 1, found {q.p01:g} + {q.p10:g} at the qubit "
                f"of wire {i}",
                "choose other qubits, or leave readout out of backend.corrections",
            )
        found[i] = np.array([[1 - q.p01, -q.p01], [-q.p10, 1 - q.p10]]) / determinant
    return found


def bits_and_counts(counts: Counts) -> tuple[Bits, Array]:
    """Bit strings (k, n), wire 0 first, and their counts (k,)."""
    strings = sorted(counts)
    bits = np.array([[int(bit) for bit in string] for string in strings], dtype=np.int64)
    return bits, np.array([counts[string] for string in strings], dtype=float)


def corrected_zero_fraction(
    counts: Counts, qubits: Sequence[QubitCalibration]
) -> tuple[float, float]:
    """P(0…0) with row 0 of ⊗ A_q⁻¹, and its standard error, which is never 0.

    The value is unbiased and may lie a little outside [0, 1].

    Args:
        qubits: of wires 0 … n−1, where the compiler put them.

    Raises:
        Refused: see inverse_confusion.
    """
    first = inverse_confusion(qubits)[:, 0, :]
    bits, n = bits_and_counts(counts)
    weights = np.take_along_axis(first[None], bits[:, :, None], axis=2)[:, :, 0].prod(axis=1)
    return mean_of_weights(weights, n, (0.0, prod(first[:, 0])))


def corrected_zero_fractions(
    counts: Sequence[Counts], qubits: Sequence[QubitCalibration]
) -> tuple[Array, Array]:
    """(k,) values and (k,) standard errors of k circuits on the same qubits."""
    found = np.array([corrected_zero_fraction(c, qubits) for c in counts])
    return found[:, 0], found[:, 1]


def sign_weights(n_qubits: int, qubits: Sequence[QubitCalibration] | None) -> Array:
    """(n, 2) what reading 0 or 1 counts for ⟨Z⟩ of each wire: (1, −1), or (1, −1) A_q⁻¹."""
    signs = np.array([1.0, -1.0])
    if qubits is None:
        return np.tile(signs, (n_qubits, 1))
    return np.asarray(signs @ inverse_confusion(qubits))
