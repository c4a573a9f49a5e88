"""IonQ's characterizations as calibration records."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from qml_core.hardware.backends.ionq import IonQBackend
from qml_core.hardware.backends.ionq_calibration import calibration_of

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def test_the_newest_characterization_becomes_the_record(ionq: Any) -> None:
    ionq.control(taken_at=(NOW - timedelta(hours=3)).isoformat())
    record = IonQBackend("ionq.forte-1").calibration()
    assert record is not None
    assert (record.provider, record.backend) == ("ionq", "ionq.forte-1")
    assert record.age(NOW) == timedelta(hours=3)
    assert len(record.qubits) == 36
    qubit = record.qubits[7]
    assert (qubit.t1, qubit.t2, qubit.readout_duration) == (100, 1, 3e-4)
    assert qubit.p01 == qubit.p10 == pytest.approx(1 - 0.9962)
    assert record.coupling is None
    gates = {(gate.name, gate.wires): gate for gate in record.gates}
    assert len(gates) == 36 + 36 * 35 // 2
    assert gates["SX", (3,)].error == pytest.approx(2e-4)
    assert gates["SX", (3,)].duration == 1.3e-4
    assert gates["IsingZZ", (2, 9)].error == pytest.approx(0.01)


def test_a_device_without_a_characterization_has_a_record_of_unknown_age(ionq: Any) -> None:
    ionq.control(taken_at=None)
    record = IonQBackend("ionq.forte-1").calibration()
    assert record is not None
    assert record.taken_at is None
    assert len(record.qubits) == 36
    assert record.gates == ()


def test_the_simulator_has_no_calibration(ionq: Any) -> None:
    assert IonQBackend("ionq.simulator").calibration() is None


def test_a_date_without_a_zone_is_utc_and_a_bad_one_is_unknown() -> None:
    found = {"qubits": 2, "date": "2026-11-21T09:00:00"}
    assert calibration_of("ionq.x", 2, found).age(NOW) == timedelta(hours=3)
    assert calibration_of("ionq.x", 2, {"qubits": 2, "date": "soon"}).taken_at is None
    assert calibration_of("ionq.x", 2, {**found, "date": "2026-11-21T09:00:00Z"}).taken_at


def test_pairs_that_are_not_joined_limit_the_coupling() -> None:
    found = {
        **{"qubits": 3, "connectivity": [[0, 1], [2, 1]]},
        "fidelity": {"spam": {"median": 0.99}, "2q": {"mean": 0.98}},
    }
    record = calibration_of("ionq.x", 3, found)
    assert record.coupling == ((0, 1), (1, 0), (1, 2), (2, 1))
    assert [gate.wires for gate in record.gates] == [(0, 1), (1, 2)]
    assert record.gates[0].error == pytest.approx(0.02)
    assert record.gates[0].duration is None
