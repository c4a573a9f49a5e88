"""Circuits of IonQ's JSON, simulated by PennyLane from the published matrices of the gates."""

import math
from typing import Any

import numpy as np
import pennylane as qml
from pennylane.operation import Operator

Gate = dict[str, Any]

FIXED = {"x": qml.X, "not": qml.X, "y": qml.Y, "z": qml.Z, "h": qml.Hadamard}
HALVES = {"s": qml.S, "t": qml.T, "v": qml.SX}
ROTATIONS = {"rx": qml.RX, "ry": qml.RY, "rz": qml.RZ}
COUPLINGS = {"xx": qml.IsingXX, "yy": qml.IsingYY, "zz": qml.IsingZZ}
NATIVE = ("gpi", "gpi2", "zz")
ABSTRACT = {*FIXED, *HALVES, *(f"{h}i" for h in HALVES), *ROTATIONS, *COUPLINGS, "cnot", "swap"}


def wires(gate: Gate) -> list[int]:
    targets = gate.get("targets", gate.get("target"))
    targets = targets if isinstance(targets, list) else [targets]
    controls = gate.get("controls", [gate["control"]] if "control" in gate else [])
    return [int(wire) for wire in (*controls, *targets)]


def abstract(gate: Gate) -> Operator:
    name, on = gate["gate"], wires(gate)
    if name in ROTATIONS:
        return ROTATIONS[name](gate["rotation"], on)
    if name in COUPLINGS:
        return COUPLINGS[name](gate["rotation"], on)
    if name in ("cnot", "swap"):
        return {"cnot": qml.CNOT, "swap": qml.SWAP}[name](on)
    if name in FIXED:
        return FIXED[name](on)
    return HALVES[name](on) if name in HALVES else qml.adjoint(HALVES[name[:-1]](on))


def native(gate: Gate) -> Operator:
    """Phases in turns, the angle of zz in half turns; matrices as IonQ publishes them."""
    if gate["gate"] == "zz":
        if not 0 <= gate["angle"] <= 0.25:
            raise ValueError(f"angle {gate['angle']} of zz is not in 0 … 0.25")
        e = np.exp(-1j * math.pi * gate["angle"])
        return qml.DiagonalQubitUnitary([e, 1 / e, 1 / e, e], wires(gate))
    e = np.exp(2j * math.pi * gate["phase"])
    matrices = {
        "gpi": np.array([[0, 1 / e], [e, 0]]),
        "gpi2": np.array([[1, -1j / e], [-1j * e, 1]]) / math.sqrt(2),
    }
    return qml.QubitUnitary(matrices[gate["gate"]], wires(gate))


def check(gates: list[Gate], gateset: str, qubits: int) -> None:
    """Raises ValueError with what the service would answer."""
    known = NATIVE if gateset == "native" else ABSTRACT
    for gate in gates:
        if gate["gate"] not in known:
            raise ValueError(f"Gate types [{gate['gate']}] are not supported by this backend")
        if any(not 0 <= wire < qubits for wire in wires(gate)):
            raise ValueError(f"{gate['gate']} acts on a qubit that the circuit does not have")


def count(gates: list[Gate]) -> tuple[int, int]:
    two = sum(len(wires(gate)) == 2 for gate in gates)
    return len(gates) - two, two


def probabilities(gates: list[Gate], gateset: str, qubits: int) -> np.ndarray:
    """(2^n,) by state, qubit 0 its lowest bit."""
    operator = native if gateset == "native" else abstract
    read = qml.probs(wires=range(qubits)[::-1])
    tape = qml.tape.QuantumScript([operator(gate) for gate in gates], [read])
    (found,) = qml.execute([tape], qml.device("lightning.qubit", wires=range(qubits)))
    return np.asarray(found) / np.sum(found)
