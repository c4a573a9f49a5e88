"""Basis encoding: one bit per feature."""

from collections.abc import Sequence

import numpy as np
import pennylane as qml

from qml_core.circuits.encodings._encoding import Encoding, Features


def basis(x: Features, wires: Sequence[int], *, threshold: float = 0.0) -> None:
    """Qubit i is |1⟩ where x_i > threshold, else |0⟩; there is no angle, hence no bandwidth.

    The bit chooses between the matrices of I and X: a rotation by π would leave 6e-17 in the other
    amplitude, and X gates cannot differ between the rows of a batch.
    """
    bits = (qml.math.toarray(x) > threshold).astype(int)
    choices = np.array([np.eye(2), np.eye(2)[::-1]])
    for i, wire in enumerate(wires):
        qml.QubitUnitary(choices[bits[..., i]], wires=wire)


ENCODING = Encoding(
    name="basis",
    circuit=basis,
    qubits=lambda n_features: n_features,
    parameters=("threshold",),
    angle_range=None,
    depth="1",
    paper="Schuld & Petruccione, Supervised Learning with Quantum Computers (2018), ch. 5",
    description="One bit per feature by a threshold; the kernel is 1 for equal bits, else 0.",
)
