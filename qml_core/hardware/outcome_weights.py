"""What each bit string counts for the outcomes of a readout, with readout errors undone or not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.circuits.bases import Basis
from qml_core.hardware.mitigation.readout import inverse_confusion, sign_weights
from qml_core.hardware.protocol import Counts
from qml_core.references import QubitCalibration
from qml_core.training.functions import Array, Words

Qubits = Sequence[QubitCalibration] | None
"""Readout errors of wires 0 … n−1; none: they stay."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Outcomes (k,) of one circuit and the covariances (k, k) of their shots."""

    values: Array
    covariances: Array


class OutcomeWeights:
    """Weights (k,) by bit string, each worked out when it is first read.

    Args:
        weigh: bits (s, n), wire 0 first -> weights (s, k).
        lowest, highest: (k,) least and largest weight that a string could have.
    """

    def __init__(
        self,
        weigh: Callable[[NDArray[np.int64]], Array],
        lowest: Array,
        highest: Array,
    ) -> None:
        self._weigh, self._middle = weigh, (lowest + highest) / 2
        self._squares = (lowest**2 + highest**2) / 2
        self._rows: dict[str, int] = {}
        self._weights = np.zeros((0, len(lowest)))

    def moments(self, counts: Counts) -> Moments:
        """Means of the weights, and covariances under a posterior as of `mean_of_weights`.

        Half a count lies at each outcome's lowest and highest weight, so that no error is 0.
        """
        weights, n = self._of(counts), np.fromiter(counts.values(), dtype=np.float64)
        total = n.sum() + 1
        sums = n @ weights
        mean = (sums + self._middle) / total
        squares = (weights.T * n) @ weights + np.outer(self._middle, self._middle)
        squares[np.diag_indices_from(squares)] += self._squares - self._middle**2
        spread = (squares / total - np.outer(mean, mean)) / (total + 1)
        return Moments(sums / n.sum(), spread)

    def _of(self, counts: Counts) -> Array:
        """(strings, k)."""
        missing = [string for string in counts if string not in self._rows]
        if missing:
            bits = np.array([[int(bit) for bit in string] for string in missing], dtype=np.int64)
            self._rows.update({s: k for k, s in enumerate(missing, start=len(self._rows))})
            self._weights = np.concatenate([self._weights, self._weigh(bits)])
        return self._weights[[self._rows[string] for string in counts]]


def diagonal_weights(diagonals: Array, qubits: Qubits) -> OutcomeWeights:
    """Of diagonal observables (k, 2^n); raises Refused where a readout cannot be inverted."""
    own = diagonals
    if qubits is not None:
        own = diagonals.reshape(len(diagonals), *[2] * len(qubits))
        for wire, inverse in enumerate(inverse_confusion(qubits)):  # [prepared, read]
            own = np.moveaxis(np.tensordot(own, inverse, (wire + 1, 0)), -1, wire + 1)
        own = own.reshape(len(diagonals), -1)
    n = own.shape[1].bit_length() - 1
    powers = 1 << np.arange(n)[::-1]
    return OutcomeWeights(lambda bits: own[:, bits @ powers].T, own.min(axis=1), own.max(axis=1))


def word_weights(basis: Basis, n_qubits: int, qubits: Qubits) -> OutcomeWeights:
    """Of the words of a basis; raises Refused where a readout cannot be inverted."""
    signs = sign_weights(n_qubits, qubits)
    sizes = [np.prod(np.abs(signs[list(word)]).max(axis=1)) for word in basis.words]
    largest = np.abs(basis.coefficients) @ np.array(sizes)
    return OutcomeWeights(
        lambda bits: _products(signs, basis.words, bits) @ basis.coefficients.T, -largest, largest
    )


def word_covariance(counts: Counts, words: Words, n_qubits: int, qubits: Qubits) -> Array:
    """⟨A_i A_j⟩ − ⟨A_i⟩⟨A_j⟩ of products of Z without a wire in common: (b, b), unbiased."""
    bits = np.array([[int(bit) for bit in string] for string in counts], dtype=np.int64)
    n = np.fromiter(counts.values(), dtype=np.float64)
    shots = n.sum()
    products = _products(sign_weights(n_qubits, qubits), words, bits)
    means = n @ products / shots
    found = (products.T * n) @ products / shots
    np.fill_diagonal(found, 1.0)  # A_i² = 1, whatever readout correction makes of its weights
    found -= np.outer(means, means)
    return np.asarray(found * shots / max(shots - 1, 1.0))


def _products(signs: Array, words: Words, bits: NDArray[np.int64]) -> Array:
    """Of the signs of each word's wires: (s, words)."""
    read = np.take_along_axis(signs[None], bits[:, :, None], axis=2)[:, :, 0]
    return np.stack([read[:, list(word)].prod(axis=1) for word in words], axis=1)
