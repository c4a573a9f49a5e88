"""Device capabilities of the SDK's own schemas as calibration records."""

import copy
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest
from braket.device_schema.ionq import IonqDeviceCapabilities
from braket.device_schema.iqm import IqmDeviceCapabilities

from qml_core.errors import SpecError
from qml_core.hardware.backends.braket_calibration import qubit_labels, read_calibration
from qml_core.hardware.backends.braket_devices import device_arn, region_of
from qml_core.hardware.backends.braket_validation import pair_errors, read_limits

NAME = "braket.iqm.Garnet"
TAKEN = "2026-11-20T06:00:00+00:00"


@pytest.fixture(scope="module")
def document():
    services = Path(__file__).parents[4] / "services"
    sys.path.insert(0, str(services))
    try:
        from braket_device import capabilities
    finally:
        sys.path.remove(str(services))
    return capabilities(TAKEN)


@pytest.fixture
def garnet(document):
    return IqmDeviceCapabilities.parse_raw(json.dumps(document))


@pytest.fixture
def forte(document):
    """An IonQ device: figures of the device as a whole, all to all."""
    changed = copy.deepcopy(document)
    changed["braketSchemaHeader"]["name"] = "braket.device_schema.ionq.ionq_device_capabilities"
    paradigm = changed["paradigm"]
    paradigm["connectivity"] = {"fullyConnected": True, "connectivityGraph": {}}
    paradigm |= {"nativeGateSet": ["GPI", "GPI2", "ZZ"], "qubitCount": 3}
    del changed["standardized"], changed["action"]["braket.ir.openqasm.program_set"]
    changed["service"]["updatedAt"] = "2026-11-20T06:00:00"
    changed["provider"] = {
        "braketSchemaHeader": {
            "name": "braket.device_schema.ionq.ionq_provider_properties",
            "version": "1",
        },
        "fidelity": {"1Q": {"mean": 0.9998}, "2Q": {"mean": 0.996}, "spam": {"mean": 0.995}},
        "timing": {
            "T1": 100,
            "T2": 1,
            "1Q": 1.3e-4,
            "2Q": 9.7e-4,
            "readout": 1.5e-4,
            "reset": 5e-5,
        },
    }
    return IonqDeviceCapabilities.parse_raw(json.dumps(changed))


def test_labels_that_start_at_1_become_positions(garnet) -> None:
    record = read_calibration(NAME, garnet)
    assert qubit_labels(garnet) == tuple(range(1, 9))
    assert record.taken_at == datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
    assert [q.t1 for q in record.qubits] == pytest.approx([(21 + k) * 1e-6 for k in range(8)])
    assert {(q.t2, q.p01, q.p10) for q in record.qubits} == {(8e-6, 0.02, 0.02)}
    errors = {(gate.name, gate.wires): gate.error for gate in record.gates}
    assert errors["PRX", (3,)] == pytest.approx(0.004)
    assert errors["CZ", (2, 6)] == pytest.approx(0.010)  # labels 3 and 7
    assert len(errors) == 8 + 10
    assert {(2, 6), (6, 2)} <= {*record.coupling}
    assert len(record.coupling) == 20


def test_the_same_device_gives_the_same_record(garnet, document) -> None:
    again = IqmDeviceCapabilities.parse_raw(json.dumps(document))
    assert read_calibration(NAME, again).digest == read_calibration(NAME, garnet).digest


def test_a_qubit_without_figures_is_left_out_with_its_pairs(document) -> None:
    changed = copy.deepcopy(document)
    del changed["standardized"]["oneQubitProperties"]["5"]
    capabilities = IqmDeviceCapabilities.parse_raw(json.dumps(changed))
    record = read_calibration(NAME, capabilities)
    assert qubit_labels(capabilities) == (1, 2, 3, 4, 6, 7, 8)
    assert len(record.qubits) == 7
    assert not any(5 in pair for pair in pair_errors(capabilities, record))
    assert len(record.coupling) == 16


def test_figures_of_the_whole_device_hold_for_every_qubit_and_pair(forte) -> None:
    record = read_calibration("braket.ionq.Forte-1", forte)
    assert record.taken_at == datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
    assert record.coupling is None
    assert {(q.t1, q.t2, q.p01, q.readout_duration) for q in record.qubits} == {
        (100.0, 1.0, 0.005, 1.5e-4)
    }
    gates = {(g.name, g.wires): (g.error, g.duration) for g in record.gates}
    assert gates["IsingZZ", (0, 2)] == pytest.approx((0.004, 9.7e-4))
    assert gates["GPI2", (1,)] == pytest.approx((0.0002, 1.3e-4))
    assert len(gates) == 3 + 3


def test_a_device_without_a_date_has_none(document) -> None:
    changed = copy.deepcopy(document)
    changed["service"]["updatedAt"] = None
    assert read_calibration(NAME, IqmDeviceCapabilities.parse_obj(changed)).taken_at is None


def test_limits_are_those_of_the_properties(garnet, forte) -> None:
    limits = read_limits(garnet)
    assert (limits.qubits, limits.shots, limits.circuits) == (8, (1, 20_000), 100)
    assert (limits.total_shots, limits.verbatim) == ((1, 200_000), True)
    assert (read_limits(forte).circuits, read_limits(forte).verbatim) == (1, False)


def test_pairs_stand_as_the_device_lists_them(garnet) -> None:
    errors = pair_errors(garnet, read_calibration(NAME, garnet))
    assert errors[3, 7] == pytest.approx(0.010)
    assert (7, 3) not in errors


def test_names_are_arns_of_the_table_or_the_environment() -> None:
    arn = "arn:aws:braket:eu-north-1::device/qpu/iqm/Garnet"
    assert device_arn(NAME, {}) == arn
    assert region_of(arn, {"AWS_REGION": "us-east-1"}) == "eu-north-1"
    own = "arn:aws:braket:::device/quantum-simulator/amazon/sv1"
    assert device_arn("braket.amazon.sv1", {"QML_BRAKET_ARN_AMAZON_SV1": own}) == own
    assert region_of(own, {"AWS_REGION": "us-west-2"}) == "us-west-2"
    with pytest.raises(SpecError, match="QML_BRAKET_ARN_AMAZON_SV1"):
        device_arn("braket.amazon.sv1", {})
