"""Calibration records: their age, and where they come from."""

from datetime import datetime, timedelta, timezone

import pytest
from qiskit_ibm_runtime.fake_provider import FakeManilaV2

from qml_core.errors import DataError, StaleCalibration
from qml_core.hardware.calibration import check_age, load_calibration, read_calibration

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def _taken(manila, hours):
    return manila.model_copy(update={"taken_at": NOW - timedelta(hours=hours)})


def test_a_record_within_the_limit_passes_and_its_age_comes_back(manila):
    assert check_age(_taken(manila, 3), NOW, 24) == timedelta(hours=3)
    assert check_age(_taken(manila, 24), NOW, 24) == timedelta(hours=24)


def test_an_older_record_is_refused_with_age_limit_and_remedy(manila):
    with pytest.raises(StaleCalibration, match=r"at most 24 h old asked, found 24\.5 h") as found:
        check_age(_taken(manila, 24.5), NOW, 24)
    assert found.value.http_status == 409
    assert "max_calibration_age_h" in found.value.remedy


def test_an_unknown_age_is_too_old(manila):
    with pytest.raises(StaleCalibration, match="without a date"):
        check_age(manila.model_copy(update={"taken_at": None}), NOW, 1e5)


def test_the_bundled_record_is_that_of_fake_manila(manila):
    device = FakeManilaV2()
    assert manila.taken_at == device.properties().last_update_date
    assert set(manila.coupling) == set(map(tuple, device.coupling_map))
    for wire, qubit in enumerate(manila.qubits):
        properties = device.qubit_properties(wire)
        assert (qubit.t1, qubit.t2) == pytest.approx((properties.t1, properties.t2), rel=1e-12)
    names = {"CNOT": "cx", "SX": "sx", "PauliX": "x", "RZ": "rz", "Identity": "id"}
    assert len(manila.gates) == 8 + 4 * 5
    for gate in manila.gates:
        properties = device.target[names[gate.name]][gate.wires]
        assert (gate.error, gate.duration) == (properties.error, properties.duration)


def test_a_record_is_written_and_read_again(manila, tmp_path):
    path = tmp_path / "record.json"
    path.write_text(manila.model_dump_json())
    assert load_calibration(str(path)) == read_calibration(path) == manila
    assert read_calibration(path).digest == manila.digest


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no calibration record: the document"),
        ('{"provider": "x", "backend": "y", "taken_at": null, "qubits": []}', "qubits"),
        ('{"provider": "x", "backend": "y", "taken_at": "soon", "qubits": [{}]}', "taken_at"),
    ],
)
def test_a_file_that_is_no_record_is_said(content, message, tmp_path):
    path = tmp_path / "record.json"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        load_calibration(str(path))


def test_a_missing_record_is_said_with_the_known_names(tmp_path):
    with pytest.raises(DataError, match=r"no such file.*ibm\.fake_manila"):
        load_calibration("ibm.nowhere")
    with pytest.raises(DataError, match="cannot be read"):
        read_calibration(tmp_path)
