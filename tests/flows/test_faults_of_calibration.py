"""What a run makes of old calibrations, of a bad device, and of a ledger that is down."""

import threading
from datetime import datetime, timedelta, timezone

import pytest
from paid_flows import BRAKET, IONQ, assert_paid, bought, documents, measured_blocks, sent

from qml_core import backend_names
from qml_core.backend_names import JobLimits
from qml_core.errors import BackendDenied, DeviceRefused, LedgerUnavailable, StaleCalibration
from qml_core.hardware.backends.ionq import IonQBackend
from qml_core.storage.jobs import get_calibration
from qml_core.storage.store import open_store

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.usefixtures("prefect_server", "paid_backends"),
]

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("taken_at", [None, "2026-01-01T00:00:00+00:00"])
def test_a_calibration_that_is_old_or_unknown_is_refused(ionq, ledger, taken_at):
    ionq.control(taken_at=taken_at)
    with pytest.raises(StaleCalibration):
        bought(IONQ)
    assert sent(ionq) == 0
    assert ledger.jobs() == ()


def test_with_policy_wait_the_run_goes_on_once_the_device_is_recalibrated(ionq, ledger):
    ionq.control(taken_at="2026-01-01T00:00:00+00:00")
    now = datetime.now(timezone.utc).isoformat()
    threading.Timer(0.5, lambda: ionq.control(taken_at=now)).start()
    run = bought(IONQ, on_refusal="wait")
    assert documents(run)[0].calibration_age_h < 1
    assert_paid(ionq, ledger)


def test_policy_wait_has_a_deadline(ionq, ledger):
    ionq.control(status="unavailable")
    with pytest.raises(DeviceRefused, match="waited"):
        bought(IONQ, on_refusal="wait", wait_h=1e-5)
    assert sent(ionq) == 0


def test_a_bad_canary_stops_the_run_at_its_own_price(ionq, ledger):
    ionq.control(mixing=0.9)
    with pytest.raises(DeviceRefused, match=r"canary.*fidelity"):
        bought(IONQ, canary=True)
    assert_paid(ionq, ledger)
    canary = ionq.control()["bill"]
    with pytest.raises(DeviceRefused, match=r"canary.*fidelity"):
        bought(IONQ, canary=True)
    assert ionq.control()["bill"] == canary


def test_without_a_ledger_nothing_is_submitted_and_simulators_go_on(braket, monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "sqlite:////proc/none/ledger.db")
    with pytest.raises(LedgerUnavailable):
        bought(BRAKET)
    assert sent(braket) == 0
    assert bought("qml.batched").matrices[0].blocks == 1


@pytest.fixture
def small_jobs(monkeypatch):
    """Nine circuits a job: a matrix of six rows is three jobs, of which one runs at a time."""
    limits = JobLimits(circuits=9, executions=10**6, shots=10**4)
    monkeypatch.setitem(backend_names._LIMITS, "ionq", limits)
    monkeypatch.setattr("tasks.runners.DEVICE_WAITS", 1)


def test_each_block_keeps_the_calibration_it_was_measured_under(
    ionq, ledger, small_jobs, monkeypatch
):
    """Recalibrated during the run and again before the next: what is bought is not bought anew."""
    dates = [datetime.now(timezone.utc) - hours * HOUR for hours in (5, 3, 1)]
    ionq.control(taken_at=dates[0].isoformat())
    submit, made = IonQBackend.submit, []

    def recalibrating(self, *job):
        if len(made) == 2:
            raise BackendDenied("the run ends here")
        made.append(submit(self, *job))
        ionq.control(taken_at=dates[len(made)].isoformat())
        return made[-1]

    monkeypatch.setattr(IonQBackend, "submit", recalibrating)
    with pytest.raises(BackendDenied):
        bought(IONQ)
    monkeypatch.setattr(IonQBackend, "submit", submit)
    run = bought(IONQ)
    assert_paid(ionq, ledger, creates=3)
    store = open_store(run.store)
    kept = {r.job: get_calibration(store, r.calibration).taken_at for r in measured_blocks(run)}
    last = ({job["id"] for job in ionq.control()["jobs"]} - set(made)).pop()
    assert kept == dict(zip([*made, last], dates, strict=True))
