"""A QPU of IBM: what is submitted, billed, found again, and what each failure becomes."""

import math

import pytest
import requests
from qiskit_ibm_runtime.api.exceptions import RequestsApiError
from qiskit_ibm_runtime.exceptions import IBMNotAuthorizedError

from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendOffline,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    JobNotFound,
    JobPending,
)

KEY = "0123456789abcdef" * 4
SECRET = "sentinel-3141592653"


@pytest.fixture
def circuits(kernel_circuit):
    return [kernel_circuit([0.3, 1.1], [0.3, 1.1]), kernel_circuit([0.3, 1.1], [2.0, 0.4])]


def _lost() -> Exception:
    """What the client raises where the connection breaks while it waits for an answer."""
    try:
        try:
            raise requests.ConnectionError("('Connection aborted.', RemoteDisconnected())")
        except requests.RequestException as error:
            raise RequestsApiError(str(error), -1) from error
    except RequestsApiError as error:
        return error


def test_a_job_runs_in_a_batch_tagged_by_its_key_and_ended_at_its_estimate(
    open_ibm, ibm_cloud, circuits
):
    backend = open_ibm()
    job = backend.submit(circuits, 1000, KEY)
    (sent,) = ibm_cloud.submissions
    assert len(sent["params"]["pubs"]) == 2
    assert {pub.shots for pub in sent["params"]["pubs"]} == {1000}
    assert ibm_cloud.sessions == ["batch"]
    assert sent["session_id"] == "session-1"
    assert sent["job_tags"] == [f"qml-{KEY[:32]}"]
    assert sent["max_execution_time"] == math.ceil(
        backend.estimate(circuits[1], 2, 1000).qpu_seconds
    )
    assert job in ibm_cloud.jobs


def test_another_process_finds_the_job_by_its_key_and_collects_it(open_ibm, ibm_cloud, asymmetric):
    job = open_ibm().submit([asymmetric], 500, KEY)
    later = open_ibm()
    assert later.find(KEY) == job
    assert later.find("f" * 64) is None
    assert later.poll(job).state == "done"
    result = later.result(job)
    assert max(result.counts[0], key=result.counts[0].get) == "100"
    assert result.billed.microusd == 11_600_000  # 7.25 s at 1.6 USD
    assert result.billed.qpu_ms == 7250
    assert result.finished_at.isoformat() == "2026-11-21T08:00:00.500000+00:00"
    assert len(result.qubits[0]) == 3


def test_qubits_are_read_from_the_circuits_where_results_do_not_name_them(
    open_ibm, ibm_cloud, circuits
):
    backend = open_ibm()
    job = backend.submit(circuits, 100, KEY)
    named = backend.result(job).qubits
    ibm_cloud.returns_metadata = False
    assert open_ibm().result(job).qubits == named


def test_a_submission_whose_answer_is_lost_is_found_and_never_made_twice(
    open_ibm, ibm_cloud, circuits
):
    ibm_cloud.after_accepting = [_lost()]
    backend = open_ibm()
    with pytest.raises(BackendBusy):
        backend.submit(circuits, 100, KEY)
    (job,) = ibm_cloud.jobs
    assert backend.find(KEY) == job
    assert backend.submit(circuits, 100, KEY) == job
    assert len(ibm_cloud.submissions) == 1


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (RequestsApiError("429 Client Error: Too Many Requests", 429), BackendBusy),
        (RequestsApiError("500 Server Error", 500), BackendBusy),
        (RequestsApiError("Please check if the service is in maintenance mode", -1), BackendBusy),
        (RequestsApiError("402 Client Error: Payment Required", 402), BudgetExceeded),
        (RequestsApiError("403 Client Error. Error code: 1200.", 403), BackendDenied),
        (RequestsApiError("400. Bad job, Error code: 1003.", 400), CircuitRefused),
        (RequestsApiError("400. Gone, Error code: 1004.", 400), BackendOffline),
        (IBMNotAuthorizedError("401 Client Error"), BackendDenied),
        (KeyError("id"), BackendBusy),
    ],
)
def test_a_refused_submission_is_not_repeated_inside(
    open_ibm, ibm_cloud, circuits, failure, expected
):
    ibm_cloud.failing = {"program_run": [failure]}
    with pytest.raises(expected):
        open_ibm().submit(circuits, 100, KEY)
    assert ibm_cloud.submissions == []
    assert ibm_cloud.failing == {"program_run": []}


def test_nothing_is_submitted_where_the_jobs_of_the_key_cannot_be_listed(
    open_ibm, ibm_cloud, circuits
):
    ibm_cloud.failing = {"jobs_get": [RequestsApiError("429", 429)]}
    with pytest.raises(BackendBusy):
        open_ibm().submit(circuits, 100, KEY)
    assert ibm_cloud.submissions == []


def test_a_batch_that_cannot_be_closed_does_not_lose_the_job(open_ibm, ibm_cloud, circuits):
    ibm_cloud.failing = {"close_session": [_lost()]}
    assert open_ibm().submit(circuits, 100, KEY) in ibm_cloud.jobs


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("Queued", "queued"),
        ("Running", "running"),
        ("Completed", "done"),
        ("Failed", "failed"),
        ("Cancelled", "cancelled"),
        ("Meditating", "running"),
    ],
)
def test_states_of_jobs_are_those_of_the_protocol(open_ibm, ibm_cloud, circuits, told, state):
    backend = open_ibm()
    job = backend.submit(circuits, 100, KEY)
    ibm_cloud.status = told
    assert backend.poll(job).state == state


def test_the_result_of_a_job_in_the_queue_is_pending(open_ibm, ibm_cloud, circuits):
    backend = open_ibm()
    job = backend.submit(circuits, 100, KEY)
    ibm_cloud.status = "Queued"
    with pytest.raises(JobPending, match="queued"):
        backend.result(job)


def test_a_failed_job_says_why_and_still_has_a_bill(open_ibm, ibm_cloud, circuits):
    backend = open_ibm()
    job = backend.submit(circuits, 100, KEY)
    ibm_cloud.status, ibm_cloud.reason, ibm_cloud.reason_code = "Failed", "Qubit 3 is out", 8000
    assert "Qubit 3 is out" in backend.poll(job).message
    with pytest.raises(JobFailed, match="Qubit 3 is out"):
        backend.result(job)
    assert backend.billed(job).qpu_ms == 7250


def test_a_job_that_ran_too_long_is_over_budget(open_ibm, ibm_cloud, circuits):
    backend = open_ibm()
    job = backend.submit(circuits, 100, KEY)
    ibm_cloud.status, ibm_cloud.reason, ibm_cloud.reason_code = "Cancelled", "too long", 1305
    assert backend.poll(job).state == "failed"
    with pytest.raises(BudgetExceeded):
        backend.result(job)


def test_a_cancelled_job_ends(open_ibm, ibm_cloud, circuits):
    backend = open_ibm()
    job = backend.submit(circuits, 100, KEY)
    ibm_cloud.status = "Queued"
    backend.cancel(job)
    assert backend.poll(job).state == "cancelled"
    with pytest.raises(JobFailed, match="cancelled"):
        backend.result(job)


def test_cancelling_a_job_that_ended_meanwhile_leaves_it_alone(open_ibm, ibm_cloud, circuits):
    backend = open_ibm()
    job = backend.submit(circuits, 100, KEY)
    ibm_cloud.status = "Running"

    def ends(job_id):
        ibm_cloud.status = "Completed"
        raise RequestsApiError("409 Conflict", 409)

    ibm_cloud.job_cancel = ends
    backend.cancel(job)
    assert backend.poll(job).state == "done"


def test_a_job_that_ibm_does_not_know_is_not_found(open_ibm):
    with pytest.raises(JobNotFound, match="404"):
        open_ibm().poll("c0ffee")


def test_no_bill_is_made_up_where_ibm_gives_no_usage(open_ibm, ibm_cloud, circuits):
    backend = open_ibm()
    job = backend.submit(circuits, 100, KEY)
    ibm_cloud.seconds = None
    assert backend.result(job).billed is None


def test_no_message_holds_a_credential(open_ibm, ibm_cloud, circuits, caplog):
    caplog.set_level("DEBUG")
    backend = open_ibm({"QISKIT_IBM_TOKEN": SECRET, "QISKIT_IBM_INSTANCE": "crn:" + SECRET})
    job = backend.submit(circuits, 100, KEY)
    texts = []
    for status in (400, 401, 429, 500):
        ibm_cloud.failing = {"job_get": [RequestsApiError(f"apikey={SECRET} refused", status)]}
        with pytest.raises(Exception, match="HTTP") as caught:
            backend.poll(job)
        texts.append(f"{caught.value}{caught.value.args}")
    ibm_cloud.status, ibm_cloud.reason = "Failed", f"token {SECRET} expired"
    texts.append(backend.poll(job).message)
    assert "***" in texts[-1]
    assert SECRET not in "".join(texts)
    ours = [record for record in caplog.records if record.name.startswith("qml_core")]
    assert SECRET not in "".join(record.getMessage() for record in ours)
