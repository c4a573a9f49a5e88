"""Circuits in a device's own gates, on the qubits that its gates join."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qml_core.errors import DataError
from qml_core.hardware.gates import GATES, expand, n_qubits
from qml_core.hardware.placement import connected_qubits, native_basis
from qml_core.hardware.protocol import Circuit
from qml_core.hardware.qiskit_circuits import from_qiskit, to_qiskit
from qml_core.references import Calibration

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_SEED = 11
"""Of the router's random choices: the same circuit compiles to the same one in every process."""


def compile_circuits(circuits: Sequence[Circuit], calibration: Calibration) -> tuple[Circuit, ...]:
    """Each circuit in the record's gates, its wires the record's qubits.

    Nothing is cancelled or merged across a barrier.
    RZ is always allowed: it is a change of frame, and has no noise where the record has none.

    Returns:
        Circuits with one measurement: probabilities of the qubits that hold wires 0 … n−1 at the
        end, in this order.

    Raises:
        DataError: circuits have more qubits than the record joins, or its gates do not make them.
        CircuitRefused: an operation is not made of named gates.
    """
    widths = [n_qubits(circuit) for circuit in circuits]
    connected_qubits(calibration, max(widths, default=0))
    elementary = [expand(circuit) for circuit in circuits]
    return _transpile(elementary, widths, calibration)


def _transpile(
    circuits: Sequence[Circuit], widths: Sequence[int], calibration: Calibration
) -> tuple[Circuit, ...]:
    from qiskit import transpile
    from qiskit.transpiler.exceptions import TranspilerError

    basis = native_basis(calibration)
    try:
        compiled = transpile(
            [to_qiskit(circuit) for circuit in circuits],
            basis_gates=[GATES[name].qiskit for name in sorted(basis.gates)],
            coupling_map=[list(pair) for pair in sorted(basis.pairs)] or None,
            optimization_level=1,
            seed_transpiler=_SEED,
            num_processes=1,
        )
    except TranspilerError as error:
        raise DataError(
            f"circuits in {calibration.backend}'s gates {', '.join(sorted(basis.gates))} asked, "
            f"the compiler says: {error.message}",
            "complete the calibration record",
        ) from error
    return tuple(
        from_qiskit(circuit, _read(circuit, width))
        for circuit, width in zip(compiled, widths, strict=True)
    )


def _read(circuit: "QuantumCircuit", width: int) -> list[int]:
    layout = circuit.layout
    return list(range(width)) if layout is None else layout.final_index_layout()[:width]
