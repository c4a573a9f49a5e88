"""ZZ feature map: Havlíček's circuit as Qiskit writes it."""

import math
from collections.abc import Sequence

import pennylane as qml

from qml_core.circuits.encodings._encoding import Encoding, Features
from qml_core.circuits.encodings._groups import groups
from qml_core.errors import SpecError
from qml_core.specs import EncodingSpec


def zz(x: Features, wires: Sequence[int], *, reps: int = 2, entanglement: str = "all") -> None:
    """`reps` times: H on all, RZ(2 x_i) on each, exp(-i (π-x_i)(π-x_j) ZZ) on the pairs.

    Up to a global phase Qiskit's zz_feature_map (all: full, ring: circular), qubit i of Qiskit
    being wire i here. A bandwidth b multiplies the features before this map: the pairs turn by
    (π-b·x_i)(π-b·x_j), so for small b they tend to π² and not to the identity. Entanglement
    none has no pairs, which Qiskit does not offer.
    """
    pairs = groups(len(wires), 2, entanglement)
    products = [2 * (math.pi - x[..., i]) * (math.pi - x[..., j]) for i, j in pairs]
    for _ in range(reps):
        for i, wire in enumerate(wires):
            qml.Hadamard(wire)
            qml.RZ(2 * x[..., i], wires=wire)
        for (i, j), product in zip(pairs, products, strict=True):
            qml.IsingZZ(product, wires=(wires[i], wires[j]))


def fits(spec: EncodingSpec, n_features: int) -> None:
    """Refuse a single feature, as Qiskit does: the map is made of pairs."""
    if n_features < 2:
        raise SpecError(
            f"encoding zz needs at least 2 features, found {n_features}",
            "choose encoding.name=angle or iqp",
        )


ENCODING = Encoding(
    name="zz",
    circuit=zz,
    qubits=lambda n_features: n_features,
    parameters=("bandwidth", "weights", "reps", "entanglement"),
    angle_range=(0.0, 2 * math.pi),
    depth="at most reps · (2 + d), with d = 2n-3 (all), n-1 (linear), n (ring) or 0 (none)",
    paper="Havlíček et al., Nature 567, 209 (2019), arXiv:1804.11326",
    description="Hadamards, RZ(2 x_i) and ZZ(2 (π-x_i)(π-x_j)), repeated; Qiskit's ZZFeatureMap.",
    fits=fits,
)
