"""Angle encoding: one rotation per feature."""

import math
from collections.abc import Sequence

import pennylane as qml

from qml_core.circuits.encodings._encoding import Encoding, Features


def angle(x: Features, wires: Sequence[int], *, rotation: str = "Y") -> None:
    """RX, RY or RZ by x_i radians on qubit i.

    RZ follows a Hadamard gate: on |0⟩ alone it is a phase, and every kernel entry would be 1. With
    it all three rotations have the kernel Π_i cos²((x_i - x'_i)/2).
    """
    gate = {"X": qml.RX, "Y": qml.RY, "Z": qml.RZ}[rotation]
    for i, wire in enumerate(wires):
        if rotation == "Z":
            qml.Hadamard(wire)
        gate(x[..., i], wires=wire)


ENCODING = Encoding(
    name="angle",
    circuit=angle,
    qubits=lambda n_features: n_features,
    parameters=("bandwidth", "weights", "rotation"),
    angle_range=(-math.pi / 2, math.pi / 2),
    depth="1; rotation Z: 2",
    paper="Schuld & Petruccione, Supervised Learning with Quantum Computers (2018), ch. 5; "
    "Stoudenmire & Schwab, arXiv:1605.05775",
    description="One rotation per feature, no entanglement; product kernel of cos².",
)
