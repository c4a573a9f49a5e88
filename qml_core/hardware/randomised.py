"""Fidelity kernels from randomised measurements: one circuit per row and basis, none per pair.

All rows are measured in the same random product bases. For outcomes s of one row and s' of another
in the same basis, 2^n (−2)^(−D), D their Hamming distance, has the mean Tr(ρ ρ') over outcomes and
bases (Elben et al. 2020, arXiv:1909.01282; as a kernel: Haug et al. 2021, arXiv:2108.01039).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.tape import QuantumScript

from qml_core.circuits.encodings import OpenEncoding
from qml_core.errors import JobFailed
from qml_core.hardware.pairs import GATES, row_gates
from qml_core.hardware.protocol import Circuit, Counts

Array = NDArray[np.float64]

CROSS = np.array([[1.0, -0.5], [-0.5, 1.0]])  # (-2)^(-Hamming distance) of one qubit


@dataclass(frozen=True)
class Crossover:
    """Randomised measurements beside compute-uncompute, for one symmetric matrix."""

    error: float
    """Expected standard error of an entry of random states."""
    circuits: int
    shots: int
    pair_circuits: int
    pair_shots: int
    """Of compute-uncompute at the same standard error."""
    rows_for_circuits: int
    """From how many rows on there are fewer circuits."""
    rows_for_shots: int
    """From how many rows on there are fewer shots."""

    def __str__(self) -> str:
        return (
            f"randomised: {self.circuits:,} circuits, {self.shots:,} shots for ± {self.error:.2g}; "
            f"compute-uncompute: {self.pair_circuits:,} circuits of twice the depth, "
            f"{self.pair_shots:,} shots; fewer circuits from {self.rows_for_circuits:,} rows on, "
            f"fewer shots from {self.rows_for_shots:,}"
        )


def random_bases(n_qubits: int, bases: int, rng: np.random.Generator) -> Array:
    """(bases, n, 2) angles (φ, θ) in radians: RZ(φ) then RY(θ) measures a Haar-random direction."""
    azimuth = rng.uniform(0, 2 * math.pi, (bases, n_qubits))
    polar = np.arccos(rng.uniform(-1, 1, (bases, n_qubits)))
    return np.stack([azimuth, polar], axis=-1)


def basis_circuits(
    encoding: OpenEncoding,
    X: Array,  # (n, d)
    bases: Array,  # (bases, n_qubits, 2), the same for all rows
    gates: Sequence[str] = GATES,
) -> tuple[Circuit, ...]:
    """The circuits of the first row in every basis, then those of the second, …

    Raises CircuitRefused where the encoding has no decomposition into `gates`.
    """
    wires = range(encoding.n_qubits)
    turns = [
        [g for w in wires for g in (qml.RZ(basis[w, 0], wires=w), qml.RY(basis[w, 1], wires=w))]
        for basis in bases
    ]
    prepared = (row_gates(encoding, x, gates) for x in X)
    return tuple(
        QuantumScript([*row, *turn], [qml.counts(wires=wires)])
        for row in prepared
        for turn in turns
    )


def frequencies(counts: Sequence[Counts], rows: int, n_qubits: int) -> tuple[Array, int]:
    """(rows, bases, 2^n) shares of outcomes, wire 0 the most significant bit; and the shots.

    Raises JobFailed where circuits have different numbers of shots.
    """
    totals = {sum(c.values()) for c in counts}
    if len(totals) != 1 or len(counts) % rows or min(totals) < 2:
        raise JobFailed(
            f"counts of {rows} rows in equally many bases with equal shots were asked, found "
            f"{len(counts)} circuits with {sorted(totals)} shots"
        )
    (shots,) = totals
    return count_table(counts, n_qubits).reshape(rows, -1, 2**n_qubits) / shots, shots


def count_table(counts: Sequence[Counts], n_qubits: int) -> NDArray[np.int64]:
    """(circuits, 2^n) shots by outcome, wire 0 the most significant bit."""
    found = np.zeros((len(counts), 2**n_qubits), np.int64)
    for k, of_one in enumerate(counts):
        for string, times in of_one.items():
            found[k, int(string, 2)] = times
    return found


def cross_fidelities(F: Array, G: Array) -> tuple[Array, Array]:
    """(n, m) unbiased Tr(ρ_i ρ_j) of different rows and their standard errors over bases.

    Args:
        F: (n, bases, 2^q) shares of the rows; G: (m, bases, 2^q) of the columns.
    """
    return mean_over_bases(fidelities_in_basis(F[:, b], G[:, b]) for b in range(F.shape[1]))


def purities(F: Array, shots: int) -> tuple[Array, Array]:
    """(n,) unbiased Tr(ρ_i²) and standard errors; 1 without noise."""
    return mean_over_bases(purities_in_basis(F[:, b], shots) for b in range(F.shape[1]))


def fidelities_in_basis(F: Array, G: Array) -> Array:
    """(n, m) Tr(ρ_i ρ_j) of different rows as one basis says it: F (n, 2^q), G (m, 2^q)."""
    return np.asarray(F.shape[-1] * _crossed(F) @ G.T)


def purities_in_basis(F: Array, shots: int, alone: Array | float = 1.0) -> Array:
    """(n,) Tr(ρ_i²) as one basis says it: F (n, 2^q).

    A shot is never paired with itself: with x the plain sum over all pairs of s shots, the
    U-statistic is (s x − 2^q a)/(s − 1).

    Args:
        alone: (n,) a, what a shot and itself would count for, mean over the shots: 1, but for
            shares after readout correction.
    """
    d = F.shape[-1]
    together = np.einsum("nd,nd->n", _crossed(F), F)
    return np.asarray(d * (shots * together - alone) / (shots - 1))


def kernel(F: Array, shots: int) -> tuple[Array, Array]:
    """(n, n) Tr(ρ_i ρ_j) with the purities on the diagonal, and standard errors.

    Entries share their bases, so their errors are correlated.
    """
    K, errors = cross_fidelities(F, F)
    diagonal, diagonal_errors = purities(F, shots)
    np.fill_diagonal(K, diagonal)
    np.fill_diagonal(errors, diagonal_errors)
    return K, errors


def expected_error(n_qubits: int, shots: int, bases: int) -> float:
    """Standard error of an entry, root mean square over pairs of Haar-random states.

    From the second moments E[p_s p_t] = (1 + δ_st)/(d (d+1)) of the outcomes of a random state:
    exact for these, d = 2^n; entries of product states err a little less.
    """
    d, both = 2.0**n_qubits, 2.5**n_qubits  # both: sum of M² over all pairs of outcomes
    other, same = 1 - 1 / shots, 1 / shots
    squares = (
        other**2 * (1 + 2 / d + both) / (d + 1) ** 2
        + 2 * other * same * (1 / d + both) / (d + 1)
        + same**2 * both
    )
    return math.sqrt((squares - 2 / (d * (d + 1))) / bases)


def crossover(n_qubits: int, rows: int, shots: int, bases: int) -> Crossover:
    """Circuits and shots of a symmetric matrix, and from how many rows on the method pays.

    Entries of random states are 2^−n; compute-uncompute gets K(1−K)/error² shots for each entry.
    """
    error, mean = expected_error(n_qubits, shots, bases), 2.0**-n_qubits
    per_pair = max(1, math.ceil(mean * (1 - mean) / error**2))
    pairs = rows * (rows + 1) // 2
    return Crossover(
        error,
        rows * bases,
        rows * bases * shots,
        pairs,
        pairs * per_pair,
        2 * bases,
        2 * bases * shots // per_pair,
    )


def _crossed(F: Array) -> Array:
    """(n, 2^q) @ ⊗ M, M = (−2)^(−D) of one qubit, qubit by qubit."""
    n_qubits = F.shape[-1].bit_length() - 1
    tensor = F.reshape(len(F), *[2] * n_qubits)
    for axis in range(1, n_qubits + 1):
        tensor = np.moveaxis(np.tensordot(tensor, CROSS, axes=(axis, 0)), -1, axis)
    return tensor.reshape(F.shape)


def mean_over_bases(values: Iterable[Array]) -> tuple[Array, Array]:
    """Mean over bases, which are independent, and its standard error: the jackknife of a mean."""
    count = 0
    mean: Array = np.zeros(())
    spread: Array = np.zeros(())
    for value in values:
        count += 1
        step = value - mean
        mean = mean + step / count
        spread = spread + step * (value - mean)
    return mean, np.sqrt(spread / max(count - 1, 1) / count)
