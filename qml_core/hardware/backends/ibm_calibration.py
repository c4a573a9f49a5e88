"""IBM's calibration data as the provider-neutral record."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

from qml_core.references import Calibration, GateCalibration, QubitCalibration

NAMES = {
    "cx": "CNOT",
    "cz": "CZ",
    "ecr": "ECR",
    "rzz": "IsingZZ",
    "id": "Identity",
    "rx": "RX",
    "rz": "RZ",
    "sx": "SX",
    "x": "PauliX",
}
"""PennyLane's names of IBM's native gates."""

_MEASURED_OF_QUBITS = ("T1", "T2", "prob_meas0_prep1", "prob_meas1_prep0", "readout_error")
_MEASURED_OF_GATES = ("gate_error",)


def read_calibration(backend: str, properties: Any, n_qubits: int) -> Calibration:
    """The record of an IBM device.

    Args:
        backend: name as in BackendSpec.
        properties: qiskit_ibm_runtime's BackendProperties; None: the device gives none, so that
            nothing is known, its age neither.
        n_qubits: of the device.
    """
    if properties is None:
        qubits = (QubitCalibration(t1=None, t2=None),) * n_qubits
        return Calibration(provider="ibm", backend=backend, taken_at=None, qubits=qubits)
    gates = tuple(_gates(properties))
    return Calibration(
        provider="ibm",
        backend=backend,
        taken_at=taken_at(properties),
        qubits=tuple(_qubit(values) for values in properties.qubits),
        gates=gates,
        coupling=tuple(sorted(set(_pairs(gates)))),
    )


def taken_at(properties: Any) -> datetime | None:
    """When half of the device had been measured anew, by the kind of value that lags most.

    Each value has a date of its own. `last_update_date` says only when any of them was written,
    and the very oldest is that of the one qubit that resists calibration (weeks on devices of 127
    qubits whose other values are hours old), so that neither is the device's age: of each kind of
    value (T1, T2, readout, the error of each gate) the median date counts, and of these the oldest.
    """
    dates: dict[str, list[datetime]] = defaultdict(list)
    for kind, value in _measured(properties):
        if isinstance(value.date, datetime):
            dates[kind].append(_aware(value.date))
    return min((sorted(of_kind)[len(of_kind) // 2] for of_kind in dates.values()), default=None)


def _measured(properties: Any) -> Iterator[tuple[str, Any]]:
    for values in properties.qubits:
        yield from ((v.name, v) for v in values if v.name in _MEASURED_OF_QUBITS)
    for gate in properties.gates:
        if gate.gate != "rz":  # a change of phase in software, never measured
            values = (v for v in gate.parameters if v.name in _MEASURED_OF_GATES)
            yield from ((gate.gate, value) for value in values)


def _aware(date: datetime) -> datetime:
    local = date if date.tzinfo is not None else date.astimezone()
    return local.astimezone(timezone.utc)


def _qubit(values: Iterable[Any]) -> QubitCalibration:
    found = {value.name: _seconds(value) for value in values}
    error = found.get("readout_error", 0.0)
    return QubitCalibration(
        t1=found.get("T1") or None,
        t2=found.get("T2") or None,
        p01=_probability(found.get("prob_meas0_prep1", error)),
        p10=_probability(found.get("prob_meas1_prep0", error)),
        readout_duration=found.get("readout_length"),
    )


def _gates(properties: Any) -> Iterator[GateCalibration]:
    for gate in properties.gates:
        found = {value.name: _seconds(value) for value in gate.parameters}
        if gate.gate in NAMES and "gate_error" in found:
            yield GateCalibration(
                name=NAMES[gate.gate],
                wires=tuple(gate.qubits),
                error=_probability(found["gate_error"]),
                duration=found.get("gate_length"),
            )


def _pairs(gates: Iterable[GateCalibration]) -> Iterator[tuple[int, int]]:
    """Ordered pairs of qubits that a working gate joins."""
    for gate in gates:
        if len(gate.wires) == 2 and gate.error < 1:
            yield gate.wires[0], gate.wires[1]


_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def _seconds(value: Any) -> float:
    """The value, a time in seconds."""
    return float(value.value) * _UNITS.get(value.unit, 1.0)


def _probability(value: float) -> float:
    """IBM writes 1, and at times more, for a gate that could not be measured."""
    return min(max(value, 0.0), 1.0)
