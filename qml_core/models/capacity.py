"""How much a circuit holds: features of an encoding, outcomes of a measurement."""

from qml_core.circuits.encodings import get
from qml_core.errors import SpecError
from qml_core.specs import EncodingSpec, MeasurementSpec

MOST_FEATURES = 4096


def features_for(encoding: EncodingSpec, n_qubits: int) -> int:
    """The largest number of features that the encoding puts on so many qubits.

    Raises:
        SpecError: there is none.
    """
    qubits = get(encoding.name).qubits
    low, high = 0, min(2**n_qubits, MOST_FEATURES) + 1  # qubits(d) never falls with d
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if qubits(middle) <= n_qubits else (low, middle)
    if low < 1 or qubits(low) != n_qubits:
        raise SpecError(
            f"encoding {encoding.name} has no number of features that takes {n_qubits} qubits",
            "ask for another number of qubits",
        )
    return low


def outcomes(measurement: MeasurementSpec, n_qubits: int) -> int:
    """All that a measurement gives: ⟨Z⟩ of every qubit it reads, its Pauli sums, or one."""
    if measurement.kind == "z":
        return len(measurement.qubits) or n_qubits
    return len(measurement.paulis) if measurement.kind == "pauli" else 1
