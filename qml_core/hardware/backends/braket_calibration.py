"""What Braket's device capabilities say of a QPU, as the provider-neutral record.

IQM and Rigetti give figures of each qubit and pair (standardized properties, versions 1 and 2), AQT
and IonQ of the device as a whole (version 3, or the provider's own).
"""

from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import combinations
from typing import Any

from qml_core.references import Calibration, GateCalibration, QubitCalibration

_PAIR_GATES = {
    "CZ": "CZ",
    "CNOT": "CNOT",
    "ECR": "ECR",
    "ISWAP": "ISWAP",
    "MS": "MS",
    "XX": "IsingXX",
    "ZZ": "IsingZZ",
}
"""PennyLane's names, and those of native gates that it has no name for."""

_ROTATIONS = {"prx": "PRX", "rx": "RX", "gpi2": "GPI2"}
_BENCHMARKS = ("RANDOMIZED_BENCHMARKING", "SIMULTANEOUS_RANDOMIZED_BENCHMARKING")
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def qubit_labels(capabilities: Any) -> tuple[int, ...]:
    """The vendor's labels in ascending order: qubit k of the record is `labels[k]` there."""
    standardized = getattr(capabilities, "standardized", None)
    named = getattr(standardized, "oneQubitProperties", None)
    if not named:
        connectivity = getattr(capabilities.paradigm, "connectivity", None)
        graph = getattr(connectivity, "connectivityGraph", None) or {}
        named = {label for node, others in graph.items() for label in (node, *others)}
    return tuple(sorted(int(label) for label in named or range(capabilities.paradigm.qubitCount)))


def read_calibration(backend: str, capabilities: Any) -> Calibration:
    """The record of a device.

    Args:
        backend: name as in BackendSpec.
        capabilities: DeviceCapabilities of the Braket SDK's schemas.
    """
    labels = qubit_labels(capabilities)
    return Calibration(
        provider="braket",
        backend=backend,
        taken_at=taken_at(capabilities),
        qubits=tuple(_qubit(capabilities, label) for label in labels),
        gates=(*_one_qubit_gates(capabilities, labels), *_pair_gates(capabilities, labels)),
        coupling=_coupling(capabilities, labels),
    )


def taken_at(capabilities: Any) -> datetime | None:
    """When the properties were updated: the oldest date that the device gives, as UTC."""
    standardized = getattr(capabilities, "standardized", None)
    dates = (capabilities.service.updatedAt, getattr(standardized, "updatedAt", None))
    zoned = (d if d.tzinfo else d.replace(tzinfo=timezone.utc) for d in dates if d is not None)
    return min(zoned, default=None)


def _qubit(capabilities: Any, label: int) -> QubitCalibration:
    standardized = getattr(capabilities, "standardized", None)
    timing = _provider(capabilities, "timing")
    named = _of_qubit(capabilities, label)
    readout = _fidelity(getattr(named, "oneQubitFidelity", None), ("READOUT",))
    if readout is None:
        readout = _mean(getattr(standardized, "readoutFidelity", None))
    if readout is None:
        readout = _provider(capabilities, "fidelity").get("spam", {}).get("mean")
    error = 0.0 if readout is None else _rounded(readout)
    return QubitCalibration(
        t1=_time(named, "T1") or _time(standardized, "T1") or timing.get("T1") or None,
        t2=_time(named, "T2") or _time(standardized, "T2") or timing.get("T2") or None,
        p01=error,
        p10=error,
        readout_duration=_time(standardized, "readoutDuration") or timing.get("readout"),
    )


def _one_qubit_gates(capabilities: Any, labels: tuple[int, ...]) -> Iterator[GateCalibration]:
    """Only gates whose error is known: an error left out would read as none."""
    native = {str(gate).lower() for gate in capabilities.paradigm.nativeGateSet}
    name = next((_ROTATIONS[gate] for gate in _ROTATIONS if gate in native), "SX")
    duration = _duration(capabilities, "singleQubitGateDuration", "1Q")
    for wire, label in enumerate(labels):
        listed = getattr(_of_qubit(capabilities, label), "oneQubitFidelity", None)
        fidelity = _fidelity(listed, _BENCHMARKS)
        if fidelity is None:
            fidelity = _of_device(capabilities, "singleQubitFidelity", "1Q")
        if fidelity is not None:
            error = _rounded(fidelity)
            yield GateCalibration(name=name, wires=(wire,), error=error, duration=duration)


def _pair_gates(capabilities: Any, labels: tuple[int, ...]) -> Iterator[GateCalibration]:
    place = {label: wire for wire, label in enumerate(labels)}
    duration = _duration(capabilities, "twoQubitGateDuration", "2Q")
    listed = getattr(getattr(capabilities, "standardized", None), "twoQubitProperties", None)
    for pair, properties in (listed or {}).items():
        a, b = (place.get(int(label)) for label in pair.split("-"))
        for gate in properties.twoQubitGateFidelity:
            name = _PAIR_GATES.get(gate.gateName.upper())
            if name and a is not None and b is not None:
                yield GateCalibration(
                    name=name, wires=(a, b), error=_rounded(gate.fidelity), duration=duration
                )
    fidelity = None if listed else _of_device(capabilities, "twoQubitGateFidelity", "2Q")
    if fidelity is not None:
        name, error = _pair_gate(capabilities), _rounded(fidelity)
        for wires in combinations(range(len(labels)), 2):
            yield GateCalibration(name=name, wires=wires, error=error, duration=duration)


def _pair_gate(capabilities: Any) -> str:
    native = [str(gate).upper() for gate in capabilities.paradigm.nativeGateSet]
    return next((_PAIR_GATES[gate] for gate in native if gate in _PAIR_GATES), "IsingZZ")


def _coupling(capabilities: Any, labels: tuple[int, ...]) -> tuple[tuple[int, int], ...] | None:
    """Both orders of each pair: the gates that Braket's devices have act on unordered pairs."""
    connectivity = capabilities.paradigm.connectivity
    if connectivity.fullyConnected:
        return None
    place = {label: wire for wire, label in enumerate(labels)}
    ends = ((int(a), int(b)) for a, all_b in connectivity.connectivityGraph.items() for b in all_b)
    pairs = {(place[a], place[b]) for a, b in ends if a in place and b in place}
    return tuple(sorted(pairs | {(b, a) for a, b in pairs}))


def _of_qubit(capabilities: Any, label: int) -> Any:
    standardized = getattr(capabilities, "standardized", None)
    return (getattr(standardized, "oneQubitProperties", None) or {}).get(str(label))


def _of_device(capabilities: Any, standard: str, own: str) -> float | None:
    standardized = getattr(capabilities, "standardized", None)
    found = _mean(getattr(standardized, standard, None))
    said = _provider(capabilities, "fidelity").get(own, {})
    return said.get("mean") if found is None else found


def _provider(capabilities: Any, field: str) -> dict[str, Any]:
    """IonQ's own properties; IQM's and Rigetti's have no such fields."""
    return getattr(getattr(capabilities, "provider", None), field, None) or {}


def _duration(capabilities: Any, standard: str, own: str) -> float | None:
    found = _time(getattr(capabilities, "standardized", None), standard)
    return found or _provider(capabilities, "timing").get(own)


def _fidelity(listed: Any, names: tuple[str, ...]) -> float | None:
    """Of the first name that is listed."""
    found = {_type(each): float(each.fidelity) for each in listed or ()}
    return next((found[name] for name in names if name in found), None)


def _type(fidelity: Any) -> str:
    name = getattr(fidelity.fidelityType, "name", "")
    return str(getattr(name, "value", name))


def _mean(listed: Any) -> float | None:
    return float(listed[0].fidelity) if listed else None


def _time(holder: Any, field: str) -> float | None:
    """Seconds; None where the device does not say, or says 0."""
    time = getattr(holder, field, None)
    if time is None or not time.value:
        return None
    unit = str(getattr(time.unit, "value", time.unit)).lower()
    return float(time.value) * _UNITS.get(unit, 1.0)


def _rounded(fidelity: float) -> float:
    """1 − F without the last digits of the subtraction."""
    return round(1.0 - float(fidelity), 12)
