"""What the engine refuses: other wires, measurements on the way, what is not unitary."""

from collections.abc import Iterable

import numpy as np
from pennylane.operation import Channel, Operator, StatePrepBase

from qml_core.errors import CircuitRefused
from qml_core.simulation.gates import Array

_NOT_UNITARY = 1e-5
"""An entry of U U† − 1 above: matrices given in single precision are accepted."""


def check_wires(operations: Iterable[Operator], n_qubits: int) -> None:
    """Raise CircuitRefused where an operation acts outside of the wires 0 … n_qubits−1."""
    for op in operations:
        for wire in op.wires:
            if not isinstance(wire, int | np.integer) or not 0 <= wire < n_qubits:
                raise CircuitRefused(
                    f"{op.name} on wire {wire!r}, the circuit has the wires 0 … {n_qubits - 1}",
                    "give more n_qubits, or rename its wires with qml.map_wires",
                )


def check_unitary(op: Operator, matrix: Array) -> None:
    """Raise CircuitRefused for a matrix (2^k, 2^k), or (n, 2^k, 2^k), that is not unitary."""
    if matrix.dtype == object:
        raise TypeError(f"the matrix of {op.name} is made of symbols")
    excess = matrix @ matrix.conj().swapaxes(-1, -2) - np.eye(matrix.shape[-1])
    if np.max(np.abs(excess)) > _NOT_UNITARY:
        raise CircuitRefused(
            f"qml.batched applies unitary operations, found {op.name}, which is not unitary",
            "measure it at the end, or use the device default.qubit",
        )


def refuse(op: Operator) -> None:
    """Raise CircuitRefused for a channel, a measurement inside, or what is no unitary."""
    if isinstance(op, Channel) or op.name == "QubitDensityMatrix":
        raise CircuitRefused(
            f"qml.batched simulates pure states, found {op.name}",
            "use the device default.mixed",
        )
    if op.name in {"MidMeasureMP", "MidMeasure", "Conditional", "PauliMeasure"}:
        raise CircuitRefused(
            f"qml.batched runs circuits without measurements inside, found {op.name}",
            "use the device default.qubit",
        )
    if isinstance(op, StatePrepBase) and not op.has_decomposition:
        raise CircuitRefused(f"{op.name} is no unitary", "prepare states at the beginning")
    if op.name in {"Projector", "Hermitian", "SparseHamiltonian"}:
        raise CircuitRefused(
            f"qml.batched applies unitary operations, found {op.name}, which is not unitary",
            "measure it at the end, or use the device default.qubit",
        )
