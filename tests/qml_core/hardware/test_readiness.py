"""Whether a device may be used now, and how long to wait until it may."""

from datetime import datetime, timedelta, timezone

import pytest

from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendOffline,
    DeviceRefused,
    StaleCalibration,
)
from qml_core.hardware.protocol import Status
from qml_core.hardware.readiness import LONGEST_LOOK_S, ask, check_ready, wait_until_ready
from qml_core.references import Calibration, QubitCalibration
from qml_core.specs import RunSpec

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
QPU, CLOUD = "ionq.forte-1", "ionq.simulator"
UP = Status(operational=True, queue=3)


def record(age_h=1.0):
    taken = None if age_h is None else NOW - timedelta(hours=age_h)
    qubits = (QubitCalibration(),)
    return Calibration(provider="ionq", backend=QPU, taken_at=taken, qubits=qubits)


class Device:
    """Says one answer after the other, the last one for ever; an error is raised."""

    name = QPU

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), 0

    def _answer(self):
        return self.answers[min(self.asked, len(self.answers) - 1)]

    def status(self):
        found = self._answer()
        if isinstance(found, Exception):
            self.asked += 1
            raise found
        return found[0]

    def calibration(self):
        found = self._answer()[1]
        self.asked += 1
        return found


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.slept = []

    def __call__(self):
        return NOW + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds):
        self.slept.append(seconds)


def wait(device, clock, **run):
    return wait_until_ready(device, RunSpec(**run), clock, clock.sleep)


def test_a_fresh_device_is_ready_and_says_how_old_its_calibration_is():
    ready = check_ready(QPU, UP, record(23.9), RunSpec(), NOW)
    assert (ready.age, ready.status) == (timedelta(hours=23.9), UP)
    assert ready.calibration == record(23.9)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (Status(operational=False, reason="maintenance"), "does not serve now: maintenance"),
        (Status(operational=False), "no reason given"),
        (Status(operational=True, queue=6), r"at most 5 jobs .* found 6"),
        (Status(operational=True), r"found an unknown number of"),
    ],
)
def test_a_device_that_is_down_or_has_too_long_or_unknown_a_queue_is_refused(status, message):
    with pytest.raises(DeviceRefused, match=message) as caught:
        check_ready(QPU, status, record(), RunSpec(max_queue=5), NOW)
    assert caught.value.remedy
    assert QPU in caught.value.message


def test_a_queue_of_the_length_allowed_and_any_queue_without_a_limit_are_taken():
    check_ready(QPU, Status(operational=True, queue=5), record(), RunSpec(max_queue=5), NOW)
    check_ready(QPU, Status(operational=True, queue=10**6), record(), RunSpec(), NOW)
    check_ready(QPU, Status(operational=True, queue=0), record(), RunSpec(max_queue=0), NOW)


@pytest.mark.parametrize(
    ("calibration", "found"),
    [
        (record(24.1), r"24\.1 h"),
        (record(None), "without a date"),
        (None, "found none"),
    ],
)
def test_what_is_old_or_unknown_is_too_old(calibration, found):
    with pytest.raises(StaleCalibration, match=found) as caught:
        check_ready(QPU, UP, calibration, RunSpec(), NOW)
    assert "24 h old asked" in caught.value.message
    assert caught.value.remedy


def test_the_limit_is_the_runs():
    check_ready(QPU, UP, record(100), RunSpec(max_calibration_age_h=101), NOW)
    with pytest.raises(StaleCalibration):
        check_ready(QPU, UP, record(2), RunSpec(max_calibration_age_h=1), NOW)


def test_a_cloud_simulator_needs_no_calibration_but_must_serve():
    assert check_ready(CLOUD, UP, None, RunSpec(), NOW).age is None
    with pytest.raises(DeviceRefused):
        check_ready(CLOUD, Status(operational=False), None, RunSpec(), NOW)


def test_a_device_is_asked_for_status_and_calibration():
    device = Device((UP, record(1)))
    assert ask(device, RunSpec(), NOW).age == timedelta(hours=1)
    with pytest.raises(BackendOffline):
        ask(Device(BackendOffline("gone")), RunSpec(), NOW)


def test_without_the_policy_wait_nothing_is_waited_for():
    clock = Clock()
    for policy in ("fail", "fallback"):
        device = Device((UP, record(30)), (UP, record(1)))
        with pytest.raises(StaleCalibration):
            wait(device, clock, on_refusal=policy)
        assert device.asked == 1
    assert clock.slept == []


def test_a_device_is_waited_for_until_it_is_recalibrated():
    down = Status(operational=False, reason="recalibrating")
    device = Device(
        (UP, record(30)), (down, record(30)), BackendBusy("429"), BackendOffline("off"),
        (UP, record(0.1)),
    )  # fmt: skip
    clock = Clock()
    assert wait(device, clock, on_refusal="wait").calibration == record(0.1)
    assert device.asked == 5
    assert clock.slept == [1, 2, 4, 8]


def test_looks_become_rare_and_the_last_refusal_says_how_long_was_waited():
    device, clock = Device((UP, record(30))), Clock()
    with pytest.raises(StaleCalibration, match="waited 6 h") as caught:
        wait(device, clock, on_refusal="wait")
    assert max(clock.slept) == LONGEST_LOOK_S
    assert clock.slept == sorted(clock.slept)
    waited = timedelta(seconds=sum(clock.slept))
    assert timedelta(hours=6) <= waited <= timedelta(hours=6, seconds=LONGEST_LOOK_S)
    assert caught.value.remedy


def test_age_is_counted_while_waiting_too():
    """A record that is fresh at first is too old once the device serves again."""
    down = Status(operational=False)
    clock = Clock()
    device = Device(*[(down, record(0.99))] * 10, (UP, record(0.99)))
    with pytest.raises(StaleCalibration):
        wait(device, clock, on_refusal="wait", wait_h=0.5, max_calibration_age_h=1)


def test_what_no_waiting_changes_is_raised_at_once():
    clock = Clock()
    with pytest.raises(BackendDenied):
        wait(Device(BackendDenied("no key")), clock, on_refusal="wait")
    assert clock.slept == []
