"""What goes wrong with a provider or a job, and what the run makes of it."""

from datetime import datetime, timezone

import numpy as np
import pytest
from paid_flows import (
    BRAKET,
    IONQ,
    SHOTS,
    assert_paid,
    bought,
    documents,
    measured_blocks,
    record,
    sent,
)

from qml_core.errors import BudgetExceeded, DeviceRefused, JobFailed, JobPending
from qml_core.hardware.registry import open_backend
from qml_core.references import Charge
from qml_core.specs import BackendSpec
from qml_core.storage.matrices import load_matrix

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.usefixtures("prefect_server", "paid_backends"),
]


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
