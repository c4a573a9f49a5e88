"""Circuits of PennyLane's whole gate set, and PennyLane's own states of them."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pennylane as qml
import pytest
import torch
from hypothesis import strategies as st
from pennylane.devices import ExecutionConfig
from pennylane.math import Interface
from pennylane.tape import QuantumScript

FIXED = {
    1: [qml.Hadamard, qml.X, qml.Y, qml.Z, qml.S, qml.T, qml.SX],
    2: [qml.CNOT, qml.SWAP, qml.CZ, qml.CY, qml.CH, qml.ISWAP, qml.SISWAP, qml.ECR],
    3: [qml.Toffoli, qml.CSWAP, qml.CCZ],
}
TURNING = {  # wires: (parameters, gates)
    1: [(1, g) for g in (qml.RX, qml.RY, qml.RZ, qml.PhaseShift, qml.U1)]
    + [(2, qml.U2), (3, qml.U3), (3, qml.Rot)],
    2: [(1, g) for g in (qml.IsingXX, qml.IsingYY, qml.IsingZZ, qml.IsingXY, qml.PSWAP)]
    + [(1, g) for g in (qml.CRX, qml.CRY, qml.CRZ, qml.ControlledPhaseShift, qml.CPhaseShift00)]
    + [(1, g) for g in (qml.CPhaseShift01, qml.SingleExcitation, qml.SingleExcitationPlus)]
    + [(1, g) for g in (qml.SingleExcitationMinus, qml.FermionicSWAP)]
    + [(1, partial(qml.PauliRot, pauli_word=word)) for word in ("XY", "ZI", "YZ")]
    + [(3, qml.CRot)],
    3: [
        (1, qml.MultiRZ),
        (1, partial(qml.PauliRot, pauli_word="YXZ")),
        (1, partial(qml.PCPhase, dim=3)),
    ],
    4: [(1, qml.OrbitalRotation), (1, qml.DoubleExcitation), (1, qml.MultiRZ)],
}
DIAGONAL = [
    (1, 1, qml.RZ),
    (1, 1, qml.PhaseShift),
    (2, 1, qml.IsingZZ),
    (3, 1, qml.MultiRZ),
    (2, 1, qml.CRZ),
    (2, 0, qml.CZ),
    (2, 0, qml.CNOT),
    (2, 0, qml.SWAP),
    (1, 0, qml.X),
    (1, 0, qml.T),
]
REAL = [
    (1, 1, qml.RY),
    (1, 0, qml.Hadamard),
    (1, 0, qml.X),
    (1, 0, qml.Z),
    (2, 0, qml.CNOT),
    (2, 0, qml.SWAP),
    (3, 0, qml.Toffoli),
]
ALL = [(w, 0, g) for w, gates in FIXED.items() for g in gates]
ALL += [(w, p, g) for w, gates in TURNING.items() for p, g in gates]

ANGLES = [
    lambda x, t, i, j, c: c,
    lambda x, t, i, j, c: c * x[..., i],
    lambda x, t, i, j, c: t[..., j] + c,
    lambda x, t, i, j, c: c - x[..., i] * t[..., j],
    lambda x, t, i, j, c: (np.pi - x[..., i]) * (np.pi - x[..., j]) / 3,
    lambda x, t, i, j, c: -t[..., i] / 2,
]


@dataclass(frozen=True)
class RandomCircuit:
    """Gates with their wires, angles of 3 inputs and 3 parameters, and what is done to them."""

    gates: list[tuple[Any, list[int], list[tuple[Any, ...]], str]]
    wants_values: bool = False

    def __call__(self, x, t):
        if self.wants_values:
            torch.as_tensor(x)
        for gate, wires, angles, change in self.gates:
            values = [angle(x, t, i, j, c) for angle, i, j, c in angles]
            if isinstance(x, torch.Tensor):  # PennyLane mixes tensors and numbers in few gates
                values = [torch.as_tensor(value, dtype=torch.float64) for value in values]
            if change == "adjoint":
                qml.adjoint(gate(*values, wires=wires))
            elif change == "control":
                qml.ctrl(gate(*values, wires=wires[1:]), wires[0], control_values=[len(values) % 2])
            else:
                gate(*values, wires=wires)


@st.composite
def random_circuits(draw, n_qubits=4, kinds=ALL, max_gates=16):
    integer = st.integers(0, 2)
    angle = st.tuples(st.sampled_from(ANGLES), integer, integer, st.sampled_from([0.3, -0.8, 1.7]))
    gates = []
    for _ in range(draw(st.integers(1, max_gates))):
        size, parameters, gate = draw(st.sampled_from(kinds))
        changes = ["", "", "", "adjoint", "control"] if kinds is ALL else [""]
        change = draw(st.sampled_from(changes if size < 3 else [""]))
        wires = draw(st.permutations(range(n_qubits)))[: size + (change == "control")]
        gates.append((gate, wires, [draw(angle) for _ in range(parameters)], change))
    return RandomCircuit(gates, draw(st.booleans()))


BACKPROP = ExecutionConfig(gradient_method="backprop", interface=Interface.TORCH)


def pennylane_states(circuit, n_qubits, *arguments, batched):
    """(n, 2^n_qubits), row by row on default.qubit; a gradient goes through."""
    device = qml.device("default.qubit", wires=n_qubits)
    wants_gradient = any(getattr(a, "requires_grad", False) for a in arguments)
    config = BACKPROP if wants_gradient else ExecutionConfig()
    given = arguments if wants_gradient else [np.asarray(a) for a in arguments]
    n = next((len(a) for a, b in zip(given, batched, strict=True) if b), 1)
    states = []
    for k in range(n):
        row = [a[k] if b else a for a, b in zip(given, batched, strict=True)]
        operations = qml.tape.make_qscript(circuit)(*row).operations
        (tape,), _ = device.preprocess_transforms(config)(
            [QuantumScript(operations, [qml.state()])]
        )
        states.append(
            torch.as_tensor(device.execute(tape, config)).to(torch.complex128).reshape(-1)
        )
    return torch.stack(states)


@pytest.fixture(scope="session")
def reference():
    return pennylane_states


@pytest.fixture(scope="session")
def circuits():
    """Strategy of random circuits: all gates, diagonal ones with permutations, real ones."""
    kinds = {"all": ALL, "diagonal": DIAGONAL, "real": REAL}
    return lambda kind="all", **options: random_circuits(kinds=kinds[kind], **options)
