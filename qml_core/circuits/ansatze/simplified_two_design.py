"""Simplified two-design: RY and CZ between neighbours."""

from collections.abc import Sequence

import pennylane as qml

from qml_core.circuits.ansatze._ansatz import Angles, Ansatz


def first_rotations(theta: Angles, wires: Sequence[int]) -> None:
    """RY by theta[i] on qubit i."""
    for i, wire in enumerate(wires):
        qml.RY(theta[..., i], wires=wire)


def simplified_two_design(theta: Angles, wires: Sequence[int], index: int) -> None:
    """CZ, then RY on both, of the pairs (0,1), (2,3), …, then of (1,2), (3,4), ….

    The circuit of PennyLane's SimplifiedTwoDesign.
    """
    last = len(wires) - 1
    for k, i in enumerate((*range(0, last, 2), *range(1, last, 2))):
        qml.CZ((wires[i], wires[i + 1]))
        qml.RY(theta[..., 2 * k], wires=wires[i])
        qml.RY(theta[..., 2 * k + 1], wires=wires[i + 1])


ANSATZ = Ansatz(
    name="simplified_two_design",
    layer=simplified_two_design,
    per_layer=lambda n_qubits: 2 * (n_qubits - 1),
    before=first_rotations,
    before_count=lambda n_qubits: n_qubits,
    paper="Cerezo et al., Nat. Commun. 12, 1791 (2021), arXiv:2001.00550",
    description="RY and CZ between neighbours: real states, the circuit of plateau studies.",
)
