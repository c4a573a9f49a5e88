"""IonQ's characterization of a QPU as the provider-neutral record. Pure.

Fields as of the API v0.4: medians over the device, times in seconds,
https://docs.ionq.com/api-reference/v0.4/backends/get-a-characterization.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from itertools import combinations
from typing import Any

from qml_core.references import Calibration, GateCalibration, QubitCalibration


def calibration_of(backend: str, qubits: int, found: Mapping[str, Any] | None) -> Calibration:
    """The record; every qubit and every pair has the device's medians, which is all IonQ says.

    State preparation and measurement are one number there, for both states: p01 = p10 =
    1 − fidelity. SX stands for the pulse GPi2, IsingZZ for the Forte systems' ZZ; RZ costs nothing.

    Args:
        backend: name as in BackendSpec.
        qubits: of the backend, where the characterization does not say.
        found: None: the service has none, so the record's age is unknown.
    """
    found = found or {}
    fidelity, timing = found.get("fidelity") or {}, found.get("timing") or {}
    count = int(found.get("qubits") or qubits)
    spam = _error(fidelity.get("spam")) or 0.0
    qubit = QubitCalibration(
        t1=_seconds(timing.get("t1")),
        t2=_seconds(timing.get("t2")),
        p01=spam,
        p10=spam,
        readout_duration=_seconds(timing.get("readout")),
    )
    coupling = _coupling(found.get("connectivity"), count)
    pairs = tuple(p for p in coupling if p[0] < p[1]) if coupling else combinations(range(count), 2)
    return Calibration(
        provider="ionq",
        backend=backend,
        taken_at=moment(found.get("date")),
        qubits=(qubit,) * count,
        gates=tuple(_gates(count, pairs, fidelity, timing)),
        coupling=coupling,
    )


def moment(text: Any) -> datetime | None:
    """An ISO date of the service, UTC where it names no zone; None: it is none."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _gates(
    count: int,
    pairs: Iterable[tuple[int, int]],
    fidelity: Mapping[str, Any],
    timing: Mapping[str, Any],
) -> Iterator[GateCalibration]:
    """Only gates whose error is known: an error left out would read as none."""
    wires = {"1q": ((wire,) for wire in range(count)), "2q": pairs}
    for kind, name in (("1q", "SX"), ("2q", "IsingZZ")):
        error, duration = _error(fidelity.get(kind)), _seconds(timing.get(kind))
        if error is not None:
            for each in wires[kind]:
                yield GateCalibration(name=name, wires=each, error=error, duration=duration)


def _coupling(connectivity: Any, count: int) -> tuple[tuple[int, int], ...] | None:
    """Both orders of each unordered pair; None: all to all."""
    found = {(int(a), int(b)) for a, b in connectivity or ()}
    found |= {(b, a) for a, b in found}
    return None if not found or len(found) == count * (count - 1) else tuple(sorted(found))


def _error(fidelity: Any) -> float | None:
    """1 − median, or 1 − mean as older characterizations say it."""
    said = fidelity or {}
    value = said.get("median", said.get("mean"))
    return None if value is None else min(max(1.0 - float(value), 0.0), 1.0)


def _seconds(value: Any) -> float | None:
    return float(value) if value else None
