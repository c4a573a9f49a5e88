"""Points that a ZZ feature map separates by construction (Havlíček et al., arXiv:1804.11326)."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.evaluation.datasets.balanced import halves

_DRAWS_PER_SAMPLE = 200


def ad_hoc(
    rng: np.random.RandomState, *, n_samples: int, n_features: int, gap: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """n/2 points with ⟨Φ(x)|V†Z…ZV|Φ(x)⟩ < -gap (label -1), then n/2 with > gap (label +1).

    x is uniform on (0, 2π]^n (radians), V is Haar-random. An advantage planted for the ZZ kernel:
    it tells that software finds one, nothing about practical data.

    Raises:
        SpecError: `n_samples` is odd, or too few of 200·n_samples draws lie outside the gap.
    """
    half = halves(n_samples)
    observable = rotated_parity(rng, n_features)
    found: dict[int, list[NDArray[np.float64]]] = {-1: [], 1: []}
    for _ in range(_DRAWS_PER_SAMPLE):
        x = 2 * np.pi * (1 - rng.rand(n_samples, n_features))
        values = expectations(x, observable)
        found[-1].extend(x[values < -gap])
        found[1].extend(x[values > gap])
        if min(len(rows) for rows in found.values()) >= half:
            return np.array(found[-1][:half] + found[1][:half]), np.repeat([-1, 1], half)
    raise SpecError(
        f"gap={gap} leaves {len(found[-1])} and {len(found[1])} points of the two classes, "
        f"{half} of each are needed",
        "make gap smaller or take another seed",
    )


def feature_states(x: NDArray[np.float64]) -> NDArray[np.complex128]:
    """States U_Φ(x) H U_Φ(x) H |0⟩ (n, 2^d) of x (n, d); the paper's Eq. for |Φ(x)⟩.

    U_Φ = exp(i Σ_j x_j Z_j + i Σ_j<k (π - x_j)(π - x_k) Z_j Z_k); qubit 0 is the most significant.
    """
    d = x.shape[1]
    signs = _signs(d)
    phases = x @ signs
    for j, k in combinations(range(d), 2):
        phases += np.outer((np.pi - x[:, j]) * (np.pi - x[:, k]), signs[j] * signs[k])
    diagonal = np.exp(1j * phases)
    states: NDArray[np.complex128] = diagonal * (diagonal @ _hadamards(d)) / np.sqrt(2**d)
    return states


def rotated_parity(rng: np.random.RandomState, n_qubits: int) -> NDArray[np.complex128]:
    """V† Z⊗…⊗Z V (2^n, 2^n) with Haar-random V (Mezzadri, arXiv:math-ph/0609050, Sec. 5)."""
    dimension = 2**n_qubits
    ginibre = rng.normal(size=(2, dimension, dimension))
    q, r = np.linalg.qr(ginibre[0] + 1j * ginibre[1])
    unitary = q * (np.diag(r) / np.abs(np.diag(r)))
    parity = _signs(n_qubits).prod(axis=0)
    observable: NDArray[np.complex128] = (unitary.conj().T * parity) @ unitary
    return observable


def expectations(x: NDArray[np.float64], observable: NDArray[np.complex128]) -> NDArray[np.float64]:
    """⟨Φ(x)|O|Φ(x)⟩ (n,) for the rows of x (n, d)."""
    states = feature_states(x)
    values: NDArray[np.float64] = np.einsum("na,ab,nb->n", states.conj(), observable, states).real
    return values


def _signs(n_qubits: int) -> NDArray[np.float64]:
    """Eigenvalues ±1 (n, 2^n) of Z on each qubit, by basis state."""
    bits = np.arange(2**n_qubits) >> np.arange(n_qubits)[::-1, None] & 1
    return np.where(bits == 0, 1.0, -1.0)


def _hadamards(n_qubits: int) -> NDArray[np.float64]:
    """H⊗…⊗H, (2^n, 2^n)."""
    result = np.ones((1, 1))
    for _ in range(n_qubits):
        result = np.kron(result, np.array([[1, 1], [1, -1]]) / np.sqrt(2))
    return result
