"""Circuits whose gradients are known in closed form."""

from dataclasses import dataclass

import pennylane as qml
import pytest


@dataclass(frozen=True)
class Rotations:
    """RX by its own angle on every qubit, `layers` times; no encoding."""

    n_qubits: int
    layers: int = 1
    n_features: int = 1

    @property
    def n_parameters(self):
        return self.n_qubits * self.layers

    @property
    def layer_of(self):
        return tuple(k // self.n_qubits for k in range(self.n_parameters))

    def __call__(self, x, theta):
        for k in range(self.n_parameters):
            qml.RX(theta[..., k], wires=k % self.n_qubits)


@dataclass(frozen=True)
class Uploads:
    """One qubit: RX by the feature, then a general rotation, `uploads` times."""

    uploads: int
    bandwidth: float = 1.0
    n_qubits: int = 1
    n_features: int = 1

    @property
    def n_parameters(self):
        return 3 * (self.uploads + 1)

    @property
    def layer_of(self):
        return tuple(k // 3 for k in range(self.n_parameters))

    def __call__(self, x, theta):
        for k in range(self.uploads + 1):
            if k:
                qml.RX(self.bandwidth * x[..., 0], wires=0)
            qml.RZ(theta[..., 3 * k], wires=0)
            qml.RY(theta[..., 3 * k + 1], wires=0)
            qml.RZ(theta[..., 3 * k + 2], wires=0)


@pytest.fixture(scope="session")
def rotations():
    return Rotations


@pytest.fixture(scope="session")
def uploads():
    return Uploads
