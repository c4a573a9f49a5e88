"""Gates by name: what a circuit is expanded to, and what vendors call it."""

from collections.abc import Iterator
from dataclasses import dataclass

from pennylane import ops
from pennylane.operation import Channel, Operator
from pennylane.tape import QuantumScript

from qml_core.errors import CircuitRefused, DataError
from qml_core.hardware.protocol import Circuit
from qml_core.references import Calibration, GateCalibration


@dataclass(frozen=True)
class GateNames:
    """A gate of PennyLane in the languages of the vendors."""

    qiskit: str
    """Method of QuantumCircuit."""
    braket: str
    """Class in braket.circuits.Gate."""
    n_wires: int = 1
    symmetric: bool = False
    """Whether its wires may be exchanged."""


GATES = {
    "Hadamard": GateNames("h", "H"),
    "PauliX": GateNames("x", "X"),
    "PauliY": GateNames("y", "Y"),
    "PauliZ": GateNames("z", "Z"),
    "S": GateNames("s", "S"),
    "T": GateNames("t", "T"),
    "SX": GateNames("sx", "V"),
    "RX": GateNames("rx", "Rx"),
    "RY": GateNames("ry", "Ry"),
    "RZ": GateNames("rz", "Rz"),
    "PhaseShift": GateNames("p", "PhaseShift"),
    "CNOT": GateNames("cx", "CNot", 2),
    "ECR": GateNames("ecr", "ECR", 2),
    "CZ": GateNames("cz", "CZ", 2, symmetric=True),
    "SWAP": GateNames("swap", "Swap", 2, symmetric=True),
    "ISWAP": GateNames("iswap", "ISwap", 2, symmetric=True),
    "IsingXX": GateNames("rxx", "XX", 2, symmetric=True),
    "IsingYY": GateNames("ryy", "YY", 2, symmetric=True),
    "IsingZZ": GateNames("rzz", "ZZ", 2, symmetric=True),
}
"""By the name of PennyLane's operation: every circuit can be written in these."""

_OTHER_NAMES = {
    "X": ("PauliX",),
    "H": ("Hadamard",),
    "PRX": ("RX", "RY"),  # a rotation about any axis of the equator
    "GPI": ("PauliX",),
    "GPI2": ("SX",),
    "MS": ("IsingXX",),
    "ZZ": ("IsingZZ",),
}
"""Other names of gates in calibration records."""

_WITHOUT_EFFECT = {"Identity", "GlobalPhase", "Snapshot"}
_MATRICES = (
    *(ops.QubitUnitary, ops.ControlledQubitUnitary, ops.DiagonalQubitUnitary),
    *(ops.SpecialUnitary, ops.BlockEncode, ops.Hermitian, ops.QubitDensityMatrix),
)


def n_qubits(circuit: Circuit) -> int:
    """Wires are 0 … n−1: n is one more than the largest that is acted on or measured."""
    return 1 + max(circuit.wires, default=-1)


def is_custom(op: Operator) -> bool:
    """Whether an operation is no named unitary of PennyLane: a matrix, a channel, a subclass."""
    base = getattr(op, "base", None)
    if isinstance(base, Operator):
        return is_custom(base)
    named = type(op).__module__.startswith("pennylane.") and isinstance(op, Operator)
    unitary = bool(op.has_matrix or op.has_decomposition or op.name in _WITHOUT_EFFECT)
    return not named or not unitary or isinstance(op, (*_MATRICES, Channel))


def form(op: Operator) -> tuple[object, ...]:
    """All of an operation but its angles."""
    base = getattr(op, "base", None)
    inner = form(base) if isinstance(base, Operator) else None
    own = sorted((name, repr(v)) for name, v in op.hyperparameters.items() if name != "base")
    return type(op), inner, tuple(op.wires), *own


def expand(circuit: Circuit) -> Circuit:
    """The circuit in GATES and barriers, measurements as they were.

    Raises:
        CircuitRefused: an operation is not made of them.
    """
    custom = [op for op in circuit.operations if is_custom(op)]
    if custom:
        raise _not_of_gates(custom[0])
    operations = [gate for op in circuit.operations for gate in _expand(op)]
    return QuantumScript(operations, circuit.measurements)


def _expand(op: Operator) -> Iterator[Operator]:
    if op.name in GATES or op.name == "Barrier":
        yield op
    elif op.name not in _WITHOUT_EFFECT:
        if not op.has_decomposition:
            raise _not_of_gates(op)
        for part in op.decomposition():  # which may be a matrix on the way
            yield from _expand(part)


def _not_of_gates(op: Operator) -> CircuitRefused:
    return CircuitRefused(
        f"circuit of named gates asked, found {op.name} on wires {op.wires.tolist()}",
        "write it with gates of PennyLane that have a decomposition",
    )


def native_gates(
    calibration: Calibration,
) -> dict[tuple[str, tuple[int, ...]], GateCalibration]:
    """The record's gates by PennyLane's name and ordered wires, symmetric ones in both orders.

    Raises:
        DataError: a gate is none of GATES.
    """
    found: dict[tuple[str, tuple[int, ...]], GateCalibration] = {}
    for gate in calibration.gates:
        for name in _OTHER_NAMES.get(gate.name, (gate.name,)):
            if name == "Identity":
                continue
            if name not in GATES:
                raise DataError(
                    f"calibration of {calibration.backend} has the gate {gate.name}, known: "
                    f"{', '.join((*GATES, *_OTHER_NAMES))}",
                    "rename it in the record",
                )
            if GATES[name].symmetric:
                turned = gate.model_copy(update={"wires": gate.wires[::-1]})
                found.setdefault((name, turned.wires), turned)
            found[name, gate.wires] = gate
    return found
