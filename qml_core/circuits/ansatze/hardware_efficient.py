"""Hardware-efficient ansatz: rotations of every qubit, then a ring of CNOT."""

from collections.abc import Sequence

import pennylane as qml

from qml_core.circuits.ansatze._ansatz import Angles, Ansatz


def hardware_efficient(theta: Angles, wires: Sequence[int], index: int) -> None:
    """RX, RY, RZ by theta[3i], theta[3i+1], theta[3i+2] on qubit i, then CNOT of each and its next.

    The last qubit controls the first: on two qubits both CNOT are there, on one there is none.
    """
    for i, wire in enumerate(wires):
        qml.RX(theta[..., 3 * i], wires=wire)
        qml.RY(theta[..., 3 * i + 1], wires=wire)
        qml.RZ(theta[..., 3 * i + 2], wires=wire)
    ring(wires, 1)


def ring(wires: Sequence[int], distance: int) -> None:
    """CNOT from each qubit to the one `distance` after it, around the ring; none on one qubit."""
    if len(wires) > 1:
        for i, wire in enumerate(wires):
            qml.CNOT((wire, wires[(i + distance) % len(wires)]))


ANSATZ = Ansatz(
    name="hardware_efficient",
    layer=hardware_efficient,
    per_layer=lambda n_qubits: 3 * n_qubits,
    paper="Kandala et al., Nature 549, 242 (2017), arXiv:1704.05018",
    description="RX, RY, RZ on every qubit, then a ring of CNOT; a general first choice.",
)
