"""IBM's properties as the provider-neutral record."""

import warnings
from datetime import datetime, timedelta, timezone

import pytest

from qml_core.hardware.backends.ibm_calibration import read_calibration, taken_at


@pytest.fixture(scope="module")
def manila():
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    return FakeManilaV2()


@pytest.fixture(scope="module")
def record(manila):
    return read_calibration("ibm.fake_manila", manila.properties(), 5)


def test_qubits_are_those_of_the_target_in_seconds(manila, record):
    properties = manila.properties()
    assert len(record.qubits) == 5
    for index, qubit in enumerate(record.qubits):
        target = manila.target.qubit_properties[index]
        assert qubit.t1 == pytest.approx(target.t1)
        assert qubit.t2 == pytest.approx(target.t2)
        assert qubit.readout_duration == pytest.approx(
            manila.target["measure"][(index,)].duration, rel=1e-3
        )
        mean = (qubit.p01 + qubit.p10) / 2
        assert mean == pytest.approx(properties.readout_error(index))


def test_readout_errors_are_told_apart(manila, record):
    """Of Manila's qubit 0 a prepared 1 is misread three times as often as a prepared 0."""
    assert record.qubits[0].p01 == pytest.approx(0.0548)
    assert record.qubits[0].p10 == pytest.approx(0.0158)


def test_gates_are_those_of_the_target_by_their_names_in_pennylane(manila, record):
    found = {(gate.name, gate.wires): gate for gate in record.gates}
    assert {name for name, _ in found} == {"CNOT", "SX", "PauliX", "RZ", "Identity"}
    for pair, properties in manila.target["cx"].items():
        assert found["CNOT", pair].error == pytest.approx(properties.error)
        assert found["CNOT", pair].duration == pytest.approx(properties.duration, rel=1e-3)
    assert set(record.coupling) == set(manila.target["cx"])


def test_a_device_without_properties_is_of_unknown_age():
    record = read_calibration("ibm.ibm_new", None, 3)
    assert record.taken_at is None
    assert record.age(datetime.now(timezone.utc)) is None
    assert len(record.qubits) == 3


def test_the_date_is_the_median_of_the_kind_of_value_that_lags_most(fresh_manila):
    now = datetime.now(timezone.utc)
    properties = fresh_manila(timedelta(hours=1)).properties()

    def age():
        return (now - taken_at(properties)) / timedelta(hours=1)

    assert age() == pytest.approx(1, abs=0.1)
    properties.last_update_date = now  # something was written; nothing was measured
    _date(properties, "T1", [0], now - timedelta(hours=900))  # one qubit resists
    assert age() == pytest.approx(1, abs=0.1)
    _date(properties, "T1", range(3), now - timedelta(hours=30))  # most are old
    assert age() == pytest.approx(30, abs=0.1)


def test_dates_are_of_utc_and_values_without_measurement_do_not_count(fresh_manila):
    properties = fresh_manila(timedelta(hours=2)).properties()
    for kind in ("frequency", "anharmonicity"):
        _date(properties, kind, range(5), datetime.now(timezone.utc) - timedelta(days=99))
    found = taken_at(properties)
    assert found.utcoffset() == timedelta(0)
    assert datetime.now(timezone.utc) - found < timedelta(hours=3)


@pytest.mark.slow
def test_devices_of_over_a_hundred_qubits_are_as_old_as_most_of_their_values():
    """One qubit of Brisbane's snapshot was last measured 710 h before, the others 10 h."""
    from qiskit_ibm_runtime.fake_provider import FakeBrisbane

    properties = FakeBrisbane().properties()
    before = properties.last_update_date - taken_at(properties)
    assert timedelta(hours=9) < before < timedelta(hours=12)


@pytest.mark.slow
def test_couplers_that_do_not_work_join_nothing():
    from qiskit_ibm_runtime.fake_provider import FakeTorino

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        properties = FakeTorino().properties()
    record = read_calibration("ibm.fake_torino", properties, 133)
    broken = {gate.wires for gate in record.gates if len(gate.wires) == 2 and gate.error == 1}
    working = {gate.wires for gate in record.gates if len(gate.wires) == 2 and gate.error < 1}
    assert broken
    assert set(record.coupling) == working


def _date(properties, kind, qubits, date) -> None:
    for qubit in qubits:
        for value in properties.qubits[qubit]:
            if value.name == kind:
                value.date = date
