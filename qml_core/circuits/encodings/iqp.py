"""IQP encoding: Hadamards and diagonal gates with products of features, repeated."""

import math
from collections.abc import Sequence

import pennylane as qml

from qml_core.circuits.encodings._encoding import Encoding, Features
from qml_core.circuits.encodings._groups import groups


def iqp(x: Features, wires: Sequence[int], *, reps: int = 2, entanglement: str = "all") -> None:
    """`reps` times: H on all, RZ(x_i) on each, exp(-i x_i x_j ZZ/2) on the pairs.

    The circuit of PennyLane's IQPEmbedding with these pairs as its pattern. A bandwidth b
    multiplies the features, so RZ turns by b·x_i and a pair by b²·x_i·x_j. A ring of two qubits is
    one pair; one feature alone has none, as has entanglement none: product states.
    """
    pairs = groups(len(wires), 2, entanglement)
    products = [x[..., i] * x[..., j] for i, j in pairs]
    for _ in range(reps):
        for i, wire in enumerate(wires):
            qml.Hadamard(wire)
            qml.RZ(x[..., i], wires=wire)
        for (i, j), product in zip(pairs, products, strict=True):
            qml.IsingZZ(product, wires=(wires[i], wires[j]))


ENCODING = Encoding(
    name="iqp",
    circuit=iqp,
    qubits=lambda n_features: n_features,
    parameters=("bandwidth", "weights", "reps", "entanglement"),
    angle_range=(-math.pi / 2, math.pi / 2),
    depth="at most reps · (2 + d), with d = 2n-3 (all), n-1 (linear), n (ring) or 0 (none)",
    paper="Havlíček et al., Nature 567, 209 (2019), arXiv:1804.11326; "
    "Shepherd & Bremner, arXiv:0809.0847",
    description="Hadamards, RZ(x_i) and ZZ(x_i x_j), repeated; conjectured hard to simulate.",
)
