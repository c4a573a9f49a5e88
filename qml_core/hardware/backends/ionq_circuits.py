"""PennyLane circuits as IonQ's JSON, and the job they make.

Fields as of the API v0.4, https://docs.ionq.com/api-reference/v0.4/jobs/create-job, and its
OpenAPI document of 2026-09-02.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pennylane as qml
from pennylane.operation import Operator

from qml_core.errors import CircuitRefused
from qml_core.hardware.backends.ionq_native import GATES as NATIVE_GATES
from qml_core.hardware.backends.ionq_native import Gate, native_gates
from qml_core.hardware.gates import is_custom, n_qubits
from qml_core.hardware.protocol import Circuit

GateSet = Literal["qis", "native"]
"""qis: abstract gates, which the service compiles; native: the ions' own, which it runs as is."""

SIMULATOR = "simulator"
KEY, SHOTS, QUBITS = "qml_key", "qml_shots", "qml_qubits"
"""Names in a job's metadata: the service does not always say them itself."""

_ON_TARGET = {
    **{"PauliX": "x", "PauliY": "y", "PauliZ": "z", "Hadamard": "h"},
    **{"S": "s", "Adjoint(S)": "si", "T": "t", "Adjoint(T)": "ti"},
    **{"SX": "v", "Adjoint(SX)": "vi", "RX": "rx", "RY": "ry", "RZ": "rz"},
}
_ON_TARGETS = {"SWAP": "swap", "IsingXX": "xx", "IsingYY": "yy", "IsingZZ": "zz"}
_GATES: dict[GateSet, frozenset[str]] = {
    "qis": frozenset({*_ON_TARGET, *_ON_TARGETS, "CNOT"}),
    "native": NATIVE_GATES,
}


def unsupported(circuit: Circuit, gateset: GateSet) -> tuple[str, ...]:
    """Names of operations that are no gates of IonQ's and have no decomposition into them."""
    known = _GATES[gateset]
    found = {op.name for op in _expand(circuit.operations, known) if op.name not in known}
    return tuple(sorted(found))


def encode(circuit: Circuit, gateset: GateSet, most: bool = False) -> list[Gate]:
    """IonQ's JSON of a circuit; raises CircuitRefused.

    A barrier is no gate there: only native gates keep the service from cancelling across it.
    """
    operations = list(_expand(circuit.operations, _GATES[gateset]))
    if left := unsupported(circuit, gateset):
        raise CircuitRefused(f"IonQ has no gate for {', '.join(left)}, nor a decomposition")
    if gateset == "native":
        return native_gates(operations, n_qubits(circuit), most)
    return [_abstract(operation) for operation in operations]


def count_gates(circuit: Circuit, gateset: GateSet) -> tuple[int, int]:
    """The most one-qubit and two-qubit gates that the circuit takes, whatever its angles."""
    gates = encode(circuit, gateset, most=True)
    two = sum("control" in gate or "targets" in gate for gate in gates)
    return len(gates) - two, two


def job_body(
    circuits: Sequence[Circuit], shots: int, key: str, target: str, gateset: GateSet
) -> dict[str, Any]:
    """What is posted: one job of all the circuits, found again by the key in its metadata.

    Error mitigation is off, since debiasing (IonQ's default from 500 shots on) runs variants of a
    circuit and would correct twice; compilation is off as far as the service lets it be.
    """
    qubits = [n_qubits(circuit) for circuit in circuits]
    body: dict[str, Any] = {
        "backend": target,
        "name": f"qml {key[:16]}",
        "shots": shots,
        "metadata": {KEY: key, SHOTS: str(shots), QUBITS: _short(qubits)},
        "input": {"gateset": gateset, "qubits": max(qubits)},
    }
    if target != SIMULATOR:
        body["settings"] = {"error_mitigation": {"debiasing": False}}
        if gateset == "qis":
            body["settings"]["compilation"] = {"opt": 0}
    coded = [encode(circuit, gateset) for circuit in circuits]
    if len(coded) == 1:
        body["type"] = "ionq.circuit.v1"
        body["input"]["circuit"] = coded[0]
        return body
    body["type"] = "ionq.multi-circuit.v1"
    body["input"]["circuits"] = [
        {"name": str(index), "qubits": n, "circuit": gates}
        for index, (n, gates) in enumerate(zip(qubits, coded, strict=True))
    ]
    return body


def _short(qubits: Sequence[int]) -> str:
    """`4` where all circuits have four qubits, else `4,3,…`: the value has 400 characters."""
    return ",".join(map(str, qubits if len(set(qubits)) > 1 else qubits[:1]))


def _expand(operations: Sequence[Operator], known: frozenset[str]) -> Iterator[Operator]:
    for operation in operations:
        if operation.name not in known and operation.has_decomposition and not is_custom(operation):
            with qml.QueuingManager.stop_recording():
                parts = operation.decomposition()
            yield from _expand(parts, known)
        else:
            yield operation


def _abstract(operation: Operator) -> Gate:
    wires = [int(wire) for wire in operation.wires]
    name = operation.name
    if name == "CNOT":
        return {"gate": "cnot", "control": wires[0], "target": wires[1]}
    gate: Gate = (
        {"gate": _ON_TARGET[name], "target": wires[0]}
        if name in _ON_TARGET
        else {"gate": _ON_TARGETS[name], "targets": wires}
    )
    if operation.data:
        gate["rotation"] = float(operation.data[0])
    return gate
