"""States of ansätze alone, on |0…0⟩."""

from collections.abc import Callable

import numpy as np
import pennylane as qml
import pytest

from qml_core.circuits.ansatze import get


@pytest.fixture
def ansatz_state() -> Callable[..., np.ndarray]:
    """(name, number of qubits, layers, theta) -> state (2^n,) on default.qubit."""

    def run(name: str, n: int, layers: int, theta: np.ndarray) -> np.ndarray:
        ansatz = get(name)
        first, each = ansatz.before_count(n), ansatz.per_layer(n)

        @qml.qnode(qml.device("default.qubit", wires=n))
        def circuit() -> qml.typing.Result:
            if ansatz.before is not None:
                ansatz.before(theta[:first], range(n))
            for layer in range(layers):
                ansatz.layer(theta[first + layer * each :][:each], range(n), layer)
            return qml.state()

        return np.asarray(circuit())

    return run
