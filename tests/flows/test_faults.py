"""What goes wrong with a provider, a device or its calibration, and what the run makes of it."""

import json
import threading
import time
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import numpy as np
import pytest

from flows.kernel_matrix import kernel_matrix
from qml_core import backend_names
from qml_core.backend_names import JobLimits
from qml_core.budget.ledger import open_ledger
from qml_core.errors import (
    BackendDenied,
    BudgetExceeded,
    DeviceRefused,
    JobFailed,
    JobPending,
    LedgerUnavailable,
    StaleCalibration,
)
from qml_core.hardware.backends.ionq import IonQBackend
from qml_core.references import Charge, Grant
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.blocks import receipts
from qml_core.storage.jobs import get_calibration
from qml_core.storage.matrices import load_matrix
from qml_core.storage.store import open_store
from tasks.canary import send_canary
from tasks.gates import pass_gates
from tasks.kernel import evaluate_shard

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

DATA = DatasetSpec(name="moons", parameters={"n_samples": 6})
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1, "bandwidth": 0.3})
BRAKET, IONQ = "braket.iqm.Garnet", "ionq.forte-1"
SHOTS = 50
PRICES = """
[[price]]
backend = "ionq.forte-1"
as_of = 2026-11-21
source = "a contract"
usd_per_shot = 0.01
"""
HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    opened = open_ledger(url)
    opened.set_budget("default", 10**9, datetime.now(timezone.utc))
    return opened


@pytest.fixture(autouse=True)
def quick(tmp_path, store_url, ledger, monkeypatch):
    """A store and a ledger of its own, devices opened anew, and nobody waits long."""
    monkeypatch.setenv("QML_JOB_GRACE_S", "0.05")
    monkeypatch.setenv("QML_JOB_LEASE_S", "3")
    monkeypatch.setattr("tasks.devices._open", threading.local())
    for task in (evaluate_shard, send_canary, pass_gates):
        monkeypatch.setattr(task, "retry_delay_seconds", [0.01] * 3)
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES)
    monkeypatch.setenv("QML_PRICES", str(prices))
    short = SimpleNamespace(sleep=lambda seconds: time.sleep(min(seconds, 0.02)))
    monkeypatch.setattr("tasks.devices.time", short)


def bought(name, **terms):
    terms = {"canary": False, **terms}
    return kernel_matrix(DATA, KERNEL, BackendSpec(name=name, shots=SHOTS), RunSpec(**terms))


def assert_paid(service, ledger, creates=1):
    """So many jobs were made, and what they cost is what is on our books."""
    state, budget = service.control(), ledger.budget("default")
    assert state["creates"] == creates
    assert (budget.reserved, budget.spent.microusd) == (Charge(), state["bill"])
    assert ledger.audit() == ()


def record(run):
    """The run's own record."""
    return json.loads(open_store(run.store).get(run.path))


def documents(run):
    """Grant, manifest and run record: where it is to be read what ran where, and why."""
    store, matrix = open_store(run.store), run.matrices[0]
    found = [e.path for e in store.list("matrices") if e.path.endswith("grant.json")]
    (grant,) = [Grant.model_validate_json(store.get(path)) for path in found]
    return grant, json.loads(store.get(matrix.path))["document"], record(run)


def sent(service):
    """Submissions that reached the service."""
    return sum(
        path in ("/quantum-task", "/v0.4/jobs")
        for method, path in service.control()["log"]
        if method == "POST"
    )


@pytest.mark.parametrize("name", ["braket", "ionq"])
def test_a_submission_whose_answer_is_lost_makes_no_second_job(name, request, ledger):
    service = request.getfixturevalue(name)
    service.control(lose_answers=1)
    run = bought(BRAKET if name == "braket" else IONQ)
    assert_paid(service, ledger)
    (job,) = ledger.jobs()
    assert [receipt.job for receipt in measured_blocks(run)] == [job.provider_job]
    assert record(run)["usd"] == pytest.approx(service.control()["bill"] / 1e6)


@pytest.mark.parametrize("status", [429, 500])
def test_a_busy_provider_is_asked_again_and_paid_once(ionq, ledger, status):
    ionq.control(fail=[[status, "busy"]] * 2)
    bought(IONQ)
    assert sent(ionq) == 3
    assert_paid(ionq, ledger)


def test_a_provider_that_wants_money_first_is_not_asked_again(ionq, ledger):
    ionq.control(fail=[[402, "out of credit"]])
    with pytest.raises(BudgetExceeded, match="402"):
        bought(IONQ)
    assert sent(ionq) == 1
    assert_paid(ionq, ledger, creates=0)


def test_an_offline_device_is_refused_before_anything_is_submitted(braket, ledger):
    braket.control(status="OFFLINE")
    with pytest.raises(DeviceRefused, match="OFFLINE") as refused:
        bought(BRAKET)
    assert (refused.value.exit_code, refused.value.http_status) == (3, 503)
    assert sent(braket) == 0
    assert ledger.jobs() == ()


def test_a_device_is_replaced_by_the_next_that_serves_and_every_record_says_so(
    braket, ionq, ledger
):
    braket.control(status="OFFLINE")
    run = bought(BRAKET, on_refusal="fallback", fallback=(IONQ, "default.mixed"))
    assert sent(braket) == 0
    assert_paid(ionq, ledger)
    grant, manifest, found = documents(run)
    for said in (grant.model_dump(mode="json"), manifest, found["grants"][0]):
        assert said["backend_asked"]["name"] == BRAKET
        assert said["backend_used"]["name"] == IONQ
        assert "OFFLINE" in said["reason"]
    assert list(found["backend"]) == [IONQ]


def test_without_any_device_a_simulator_computes_and_every_record_says_so(braket, ionq, ledger):
    braket.control(status="OFFLINE")
    ionq.control(status="unavailable")
    run = bought(BRAKET, on_refusal="fallback", fallback=(IONQ,))
    grant, manifest, _ = documents(run)
    for said in (grant.model_dump(mode="json"), manifest):
        assert said["backend_used"]["name"] == "qml.batched"
        assert "OFFLINE" in said["reason"]
        assert "unavailable" in said["reason"]
    assert sent(braket) == sent(ionq) == 0
    assert ledger.jobs() == ()
    assert np.diag(load_matrix(run.matrices[0])) == pytest.approx(1, abs=1e-12)


def test_a_job_that_fails_on_the_device_is_bought_once_more_at_most(ionq, ledger):
    ionq.control(fail_next_jobs=["QuantumComputeError"] * 2)
    with pytest.raises(JobFailed, match="QuantumComputeError"):
        bought(IONQ)
    assert_paid(ionq, ledger, creates=2)
    assert ledger.budget("default").spent == Charge()
    bought(IONQ)
    assert_paid(ionq, ledger, creates=3)


def test_a_job_in_the_queue_is_collected_by_the_same_command(braket, ledger):
    braket.control(hold=True)
    with pytest.raises(JobPending, match="same command collects"):
        bought(BRAKET, job_timeout_h=1e-5)
    assert ledger.budget("default").reserved.microusd > 0
    braket.control(hold=False, status="OFFLINE", updated_at="2026-01-01T00:00:00.000Z")
    bought(BRAKET)  # nothing is to be bought any more: no gate, and no second price
    assert_paid(braket, ledger)
    assert sent(braket) == 1


def test_a_cancelled_job_ends_the_run_and_is_not_paid(ionq, ledger):
    ionq.control(hold="ready")
    with pytest.raises(JobPending):
        bought(IONQ, job_timeout_h=1e-5)
    (job,) = ledger.jobs()
    cancel(job)
    ionq.control(hold="")
    with pytest.raises(JobFailed, match="cancel"):
        bought(IONQ)
    assert_paid(ionq, ledger)
    assert ledger.jobs()[0].outcome == "cancelled"


def cancel(job):
    from qml_core.hardware.registry import open_backend

    open_backend(BackendSpec(name=job.backend, shots=SHOTS)).cancel(job.provider_job)


def test_a_budget_that_is_too_small_is_said_with_what_would_fit(braket, ledger):
    ledger.set_budget("default", 1_000_000, datetime.now(timezone.utc))
    said = r"projected 1\.82 USD.*allowed 1\.00 USD.*spent 0\.00; backend\.shots=22 would fit"
    with pytest.raises(BudgetExceeded, match=said) as refused:
        bought(BRAKET)
    assert refused.value.http_status == 402
    assert sent(braket) == 0
    assert ledger.jobs() == ()


def test_a_budget_that_only_just_fits_pays_for_the_job_that_a_killed_run_left(braket, ledger):
    ledger.set_budget("default", 2_000_000, datetime.now(timezone.utc))
    braket.control(hold=True)
    with pytest.raises(JobPending):
        bought(BRAKET, job_timeout_h=1e-5)
    braket.control(hold=False)
    bought(BRAKET)
    assert_paid(braket, ledger)


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
    with pytest.raises(DeviceRefused, match="canary.*fidelity"):
        bought(IONQ, canary=True)
    assert_paid(ionq, ledger)
    canary = ionq.control()["bill"]
    with pytest.raises(DeviceRefused, match="canary.*fidelity"):
        bought(IONQ, canary=True)
    assert ionq.control()["bill"] == canary


def test_without_a_ledger_nothing_is_submitted_and_simulators_go_on(braket, monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "sqlite:////proc/none/ledger.db")
    with pytest.raises(LedgerUnavailable):
        bought(BRAKET)
    assert sent(braket) == 0
    assert bought("qml.batched").matrices[0].blocks == 1


def measured_blocks(run):
    """Receipts of the blocks as they were measured."""
    grant, _, _ = documents(run)
    return receipts(open_store(run.store), grant.plan_key).values()


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
