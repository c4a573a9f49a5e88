"""A calibration record as one error per kind of gate."""

from qml_core.errors import DataError
from qml_core.references import Calibration
from qml_core.training.diagnostics.noise import GateErrors


def mean_gate_errors(calibration: Calibration) -> GateErrors:
    """Depolarising probabilities on each qubit with which gates have the record's mean infidelity.

    Depolarising with X, Y, Z at p/3 each has the average infidelity 2p/3; on both qubits of a gate,
    4 (1 − (1−p)²)/5. Gates without error, such as RZ by a change of frame, are not in the mean.

    Raises:
        DataError: the record has no such gates.
    """
    one, two = (_mean_error(calibration, qubits) for qubits in (1, 2))
    return GateErrors(min(1.0, 1.5 * one), 1 - max(0.0, 1 - 1.25 * two) ** 0.5)


def _mean_error(calibration: Calibration, qubits: int) -> float:
    found = [g.error for g in calibration.gates if len(g.wires) == qubits and g.error > 0]
    if not found:
        raise DataError(
            f"calibration record of {calibration.backend} has no gates of {qubits} qubits with an "
            "error",
            "set diagnosis.noise_rate instead of diagnosis.calibration",
        )
    return sum(found) / len(found)
