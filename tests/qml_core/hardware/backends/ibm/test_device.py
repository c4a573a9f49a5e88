"""What a QPU of IBM says of itself, and what a job on it may cost."""

import math

import pytest

from qml_core.errors import PriceUnknown
from qml_core.hardware.backends.ibm_cost import LONGEST, time_limit


@pytest.fixture
def circuits(kernel_circuit):
    return [kernel_circuit([0.3, 1.1], [2.0, 0.4])]


def test_status_tells_queue_and_reason(open_ibm, ibm_cloud):
    backend = open_ibm()
    assert backend.status().operational
    assert backend.status().queue == 3
    ibm_cloud.device["status_msg"] = "internal"
    assert not backend.status().operational
    assert backend.status().reason == "internal"
    ibm_cloud.device |= {"operational": False, "status_msg": "paused"}
    assert backend.status().reason == "paused"


def test_calibration_is_asked_of_ibm_each_time(open_ibm, ibm_cloud):
    backend = open_ibm()
    before = ibm_cloud.refreshed
    record = backend.calibration()
    backend.calibration()
    assert ibm_cloud.refreshed == before + 2
    assert (record.provider, record.backend) == ("ibm", "ibm.ibm_rehearsal")


def test_the_estimate_is_shots_times_duration_and_pause_with_its_margin(open_ibm, circuits):
    backend = open_ibm()
    (compiled,) = backend.transpiled(circuits[:1])
    shot = compiled.estimate_duration(backend._device.target) + 250e-6
    charge = backend.estimate(circuits[0], 78, 4096)
    assert charge.qpu_seconds == math.ceil(10 + 1.25 * 78 * 4096 * shot)  # where IBM stops it
    assert charge.usd == pytest.approx(1.6 * charge.qpu_seconds, abs=1e-2)
    assert 5e-6 < shot - 250e-6 < 15e-6


def test_without_a_price_there_is_no_estimate(open_ibm, circuits):
    with pytest.raises(PriceUnknown):
        open_ibm(prices=()).estimate(circuits[0], 1, 100)


def test_a_job_is_stopped_at_its_estimate_and_at_ibms_own_limit_at_most():
    assert time_limit(12.01) == 13
    assert time_limit(10**6) == LONGEST
