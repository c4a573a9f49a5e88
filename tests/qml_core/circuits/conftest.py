"""States on PennyLane's default.qubit, and an independent NumPy simulation to compare with."""

from collections.abc import Callable
from functools import reduce

import numpy as np
import pennylane as qml
import pytest
from scipy.linalg import expm

from qml_core.circuits.encodings import OpenEncoding, open_encoding
from qml_core.specs import EncodingSpec

PAULI = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}


class Reference:
    """A state of n qubits, wire 0 the most significant bit; matrices by Kronecker products."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.state = np.eye(2**n, dtype=complex)[0]

    def one_qubit(self, matrix: np.ndarray, wire: int) -> None:
        factors = [matrix if q == wire else np.eye(2) for q in range(self.n)]
        self.state = reduce(np.kron, factors) @ self.state

    def hadamards(self) -> None:
        for wire in range(self.n):
            self.one_qubit(np.array([[1, 1], [1, -1]]) / np.sqrt(2), wire)

    def string(self, letters: str, wires: tuple[int, ...]) -> np.ndarray:
        placed = dict(zip(wires, letters, strict=True))
        return reduce(np.kron, [PAULI[placed.get(q, "I")] for q in range(self.n)])

    def evolve(self, generator: np.ndarray) -> None:
        self.state = expm(-1j * generator) @ self.state


@pytest.fixture
def reference() -> type[Reference]:
    return Reference


@pytest.fixture
def states() -> Callable[[OpenEncoding, np.ndarray], np.ndarray]:
    """(encoding, x) -> state (2^n,), or states (rows, 2^n) of a batch."""

    def run(encoding: OpenEncoding, x: np.ndarray) -> np.ndarray:
        device = qml.device("default.qubit", wires=encoding.n_qubits)

        @qml.qnode(device)
        def circuit() -> qml.typing.Result:
            encoding(x)
            return qml.state()

        return np.asarray(circuit())

    return run


@pytest.fixture
def opened() -> Callable[..., OpenEncoding]:
    """(name, number of features, **fields of EncodingSpec) -> the open encoding."""
    return lambda name, n, **fields: open_encoding(EncodingSpec(name=name, **fields), n)


@pytest.fixture
def distance() -> Callable[[np.ndarray, np.ndarray], float]:
    """Largest difference of two states up to a global phase."""

    def largest(a: np.ndarray, b: np.ndarray) -> float:
        overlap = np.vdot(b, a)
        return float(np.abs(a - overlap / abs(overlap) * b).max())

    return largest


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261120)
