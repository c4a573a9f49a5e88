"""Strongly entangling layers: general rotations, then CNOT over a distance that grows."""

from collections.abc import Sequence

import pennylane as qml

from qml_core.circuits.ansatze._ansatz import Angles, Ansatz
from qml_core.circuits.ansatze.hardware_efficient import ring


def strongly_entangling(theta: Angles, wires: Sequence[int], index: int) -> None:
    """RZ, RY, RZ on every qubit, then CNOT over the distance (index mod (n−1)) + 1.

    The circuit of PennyLane's StronglyEntanglingLayers, its Rot written as three rotations.
    """
    for i, wire in enumerate(wires):
        qml.RZ(theta[..., 3 * i], wires=wire)
        qml.RY(theta[..., 3 * i + 1], wires=wire)
        qml.RZ(theta[..., 3 * i + 2], wires=wire)
    ring(wires, index % max(1, len(wires) - 1) + 1)


ANSATZ = Ansatz(
    name="strongly_entangling",
    layer=strongly_entangling,
    per_layer=lambda n_qubits: 3 * n_qubits,
    paper="Schuld et al., Phys. Rev. A 101, 032308 (2020), arXiv:1804.00633",
    description="RZ, RY, RZ on every qubit, then CNOT over a distance that grows with the layer.",
)
