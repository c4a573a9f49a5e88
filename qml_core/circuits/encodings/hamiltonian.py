"""Hamiltonian evolution encoding: Heisenberg chain whose couplings are the features."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pennylane as qml

from qml_core.circuits.encodings._encoding import Encoding, Features


def hamiltonian(
    x: Features, wires: Sequence[int], *, reps: int = 2, time: float = 1.0, state_seed: int = 0
) -> None:
    """T = `reps` Trotter steps of Π_j exp(-i (t/T) x_j (XX+YY+ZZ)_{j,j+1}) on a product state.

    The pairs act in the order j = 1, 2, …; XX, YY and ZZ of one pair commute. The initial state of
    each qubit is Haar-random, cos(θ/2)|0⟩ + e^{iφ} sin(θ/2)|1⟩ with cos θ = 1 - 2u and φ = 2πv, up
    to a global phase; row q of `default_rng(state_seed).random((n+1, 2))` is (u, v) of qubit q.
    """
    draws = np.random.default_rng(state_seed).random((len(wires), 2))
    for (u, v), wire in zip(draws, wires, strict=True):
        qml.RY(math.acos(1 - 2 * u), wires=wire)
        qml.RZ(2 * math.pi * v, wires=wire)
    for _ in range(reps):
        for j, pair in enumerate(pairwise(wires)):
            angle = 2 * time / reps * x[..., j]
            for gate in (qml.IsingXX, qml.IsingYY, qml.IsingZZ):
                gate(angle, wires=pair)


ENCODING = Encoding(
    name="hamiltonian",
    circuit=hamiltonian,
    qubits=lambda n_features: n_features + 1,
    parameters=("bandwidth", "weights", "reps", "time", "state_seed"),
    # (XX+YY+ZZ) = 2·SWAP - 1: a pair's evolution has period π in t·x/T, here for t = T
    angle_range=(-math.pi / 2, math.pi / 2),
    depth="at most 2 + 3 · n · reps",
    paper="Huang et al., Power of data in quantum machine learning, arXiv:2011.01938",
    description="Trotterised Heisenberg chain with the features as couplings, on a random state.",
)
