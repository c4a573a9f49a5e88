"""Simulations with noise after every gate of some names."""

from collections.abc import Callable

import numpy as np
import pennylane as qml
import pytest


@pytest.fixture
def noisy_value() -> Callable[..., float]:
    """(circuit, observable, {name of gate: Kraus matrices}) -> ⟨observable⟩ on default.mixed."""

    def value(circuit, observable, noise) -> float:
        gates = []
        for gate in circuit.operations:
            if gate.name != "Barrier":
                gates.append(gate)
            if gate.name in noise:
                gates.append(qml.QubitChannel(noise[gate.name], wires=gate.wires))
        tape = qml.tape.QuantumScript(gates, [qml.expval(observable)])
        wires = range(len(circuit.wires))
        return float(qml.execute([tape], qml.device("default.mixed", wires=wires))[0])

    return value


@pytest.fixture
def kraus() -> Callable[[float, int], list[np.ndarray]]:
    """(p, qubits) -> Kraus matrices: with probability p one of the Paulis but the identity."""

    def matrices(p, n_qubits):
        words = [qml.pauli.string_to_pauli_word(w) for w in _strings(n_qubits)]
        weights = [1 - p, *[p / (4**n_qubits - 1)] * (4**n_qubits - 1)]
        wires = range(n_qubits)
        return [
            np.sqrt(q) * qml.matrix(word, wire_order=wires)
            for q, word in zip(weights, words, strict=True)
        ]

    return matrices


def _strings(n_qubits: int) -> list[str]:
    return ["I", "X", "Y", "Z"] if n_qubits == 1 else [f"{a}{b}" for a in "IXYZ" for b in "IXYZ"]
