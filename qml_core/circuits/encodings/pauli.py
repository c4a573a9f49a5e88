"""Pauli feature map: evolution under chosen Pauli strings, as Qiskit's PauliFeatureMap."""

import math
from collections.abc import Sequence
from functools import reduce
from operator import mul

import pennylane as qml

from qml_core.circuits.encodings._encoding import Encoding, Features
from qml_core.circuits.encodings._groups import groups
from qml_core.errors import SpecError
from qml_core.specs import EncodingSpec

_ROTATIONS = {
    "X": qml.RX,
    "Y": qml.RY,
    "Z": qml.RZ,
    "XX": qml.IsingXX,
    "YY": qml.IsingYY,
    "ZZ": qml.IsingZZ,
}


def pauli(
    x: Features,
    wires: Sequence[int],
    *,
    paulis: Sequence[str] = ("Z", "ZZ"),
    reps: int = 2,
    entanglement: str = "all",
) -> None:
    """`reps` times: H on all, then for each string P and group S of qubits exp(-i φ_S(x) P_S).

    φ is x_i for one qubit and Π_{i∈S} (π-x_i) for more. Up to a global phase Qiskit's
    pauli_feature_map with alpha=2; as there, a string is read from its end: "XY" on the pair (0, 1)
    is Y on qubit 0 and X on qubit 1. A bandwidth multiplies the features before φ.
    Entanglement none, which Qiskit does not offer, leaves only the strings of one letter.
    """
    for _ in range(reps):
        for wire in wires:
            qml.Hadamard(wire)
        for string in paulis:
            for group in groups(len(wires), len(string), entanglement):
                _rotate(2 * _phase(x, group), string[::-1], [wires[i] for i in group])


def _phase(x: Features, group: tuple[int, ...]) -> Features:
    if len(group) == 1:
        return x[..., group[0]]
    return reduce(mul, (math.pi - x[..., i] for i in group))


def _rotate(angle: Features, string: str, wires: list[int]) -> None:
    """exp(-i angle/2 P), long strings as a diagonal gate between changes of basis."""
    if string in _ROTATIONS:
        _ROTATIONS[string](angle, wires=wires)
        return
    _change_basis(string, wires, math.pi / 2)
    qml.MultiRZ(angle, wires=wires)
    _change_basis(string, wires, -math.pi / 2)


def _change_basis(string: str, wires: list[int], angle: float) -> None:
    for letter, wire in zip(string, wires, strict=True):
        if letter == "X":
            qml.Hadamard(wire)
        elif letter == "Y":
            qml.RX(angle, wires=wire)


def fits(spec: EncodingSpec, n_features: int) -> None:
    """Refuse strings longer than the qubits, as Qiskit does, and those of pairs without pairs."""
    longest = max(spec.paulis, key=len)
    if len(longest) > n_features:
        raise SpecError(
            f"encoding.paulis has {longest!r} on {len(longest)} qubits, features={n_features}",
            "shorten encoding.paulis or use more features",
        )
    if spec.entanglement == "none" and min(map(len, spec.paulis)) > 1:
        raise SpecError(
            f"encoding.entanglement=none leaves nothing of paulis={list(spec.paulis)}",
            "add a string of one letter, such as Z",
        )


ENCODING = Encoding(
    name="pauli",
    circuit=pauli,
    qubits=lambda n_features: n_features,
    parameters=("bandwidth", "weights", "paulis", "reps", "entanglement"),
    angle_range=(0.0, 2 * math.pi),
    depth="reps · (1 + one layer per string and group; up to 3 where letters are mixed)",
    paper="Havlíček et al., Nature 567, 209 (2019), arXiv:1804.11326",
    description="Evolution under chosen Pauli strings; Qiskit's PauliFeatureMap.",
    fits=fits,
)
