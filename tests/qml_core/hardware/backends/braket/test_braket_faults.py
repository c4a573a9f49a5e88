"""What goes wrong on Braket: refusals, retries, lost answers, jobs that end without a result."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendOffline,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    JobNotFound,
)
from qml_core.hardware.backends.braket import BraketBackend
from qml_core.keys import digest

NAME = "braket.iqm.Garnet"
KEY = digest(b"a job")
SHOTS = 1000


@pytest.mark.parametrize(
    "failure", [(429, "ThrottlingException"), (500, "InternalServiceException")]
)
def test_what_botocore_retries_makes_one_task(braket, garnet, no_waits, failure, lopsided):
    braket.control(fail=[failure, failure])
    job = garnet.submit([lopsided()], SHOTS, KEY)
    state = braket.control()
    assert [task["arn"] for task in state["tasks"]] == [job]
    assert state["calls"]["POST /quantum-task"] == 3


def test_a_service_that_stays_busy_is_said_so(braket, garnet, no_waits, lopsided):
    braket.control(fail=[(429, "ThrottlingException")] * 10)
    with pytest.raises(BackendBusy, match="429 ThrottlingException"):
        garnet.submit([lopsided()], SHOTS, KEY)
    assert braket.control()["creates"] == 0


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (424, "DeviceOfflineException", BackendOffline),
        (410, "DeviceRetiredException", BackendOffline),
        (402, "ServiceQuotaExceededException", BudgetExceeded),
        (400, "ValidationException", CircuitRefused),
        (403, "AccessDeniedException", BackendDenied),
    ],
)
def test_refusals_are_sent_once(braket, garnet, no_waits, status, code, expected, lopsided):
    braket.control(fail=[(status, code)])
    with pytest.raises(expected, match=code):
        garnet.submit([lopsided()], SHOTS, KEY)
    state = braket.control()
    assert (state["creates"], state["calls"]["POST /quantum-task"]) == (0, 1)


def test_a_lost_answer_and_the_same_key_again_are_one_task_and_one_bill(
    braket, garnet, no_waits, last_status, lopsided
):
    braket.control(lose_answers=4)
    with pytest.raises(BackendBusy):
        garnet.submit([lopsided()], SHOTS, KEY)
    found = garnet.find(KEY)
    job = garnet.submit([lopsided()], SHOTS, KEY)
    last_status(garnet, job)
    state = braket.control()
    assert found == job
    assert (state["creates"], state["bill"]) == (1, 300_000 + SHOTS * 1_450)
    assert state["tasks"][0]["token"] == KEY


def test_a_key_that_comes_back_with_other_circuits_finds_its_task(braket, garnet, lopsided):
    job = garnet.submit([lopsided()], SHOTS, KEY)
    assert garnet.submit([lopsided(0.9)], SHOTS, KEY) == job
    assert braket.control()["creates"] == 1


def test_a_cancelled_job_ends_and_costs_nothing(braket, garnet, last_status, lopsided):
    braket.control(hold=True)
    job = garnet.submit([lopsided()], SHOTS, KEY)
    garnet.cancel(job)
    assert last_status(garnet, job).state == "cancelled"
    garnet.cancel(job)
    with pytest.raises(JobFailed, match="CANCELLED"):
        garnet.result(job)
    assert braket.control()["bill"] == 0


def test_a_failed_job_says_why_and_costs_nothing(braket, garnet, last_status, lopsided):
    braket.control(fail_next_jobs=1)
    job = garnet.submit([lopsided()], SHOTS, KEY)
    assert (last_status(garnet, job).state, garnet.poll(job).message) == (
        "failed",
        "injected: no laser",
    )
    with pytest.raises(JobFailed, match="no laser"):
        garnet.result(job)
    assert braket.control()["bill"] == 0


def test_an_unknown_job_is_not_found(braket, garnet, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)  # the SDK asks three times
    missing = "arn:aws:braket:eu-north-1:123456789012:quantum-task/none"
    with pytest.raises(JobNotFound):
        garnet.poll(missing)


def test_a_device_without_program_sets_takes_one_circuit(braket, lopsided):
    braket.control(program_set=False)
    backend = BraketBackend(NAME)
    (violation,) = backend.validate([lopsided()] * 2, SHOTS)
    assert violation.rule == "circuits"
    with pytest.raises(CircuitRefused):
        backend.submit([lopsided()] * 2, SHOTS, KEY)
    assert backend.validate([lopsided()], SHOTS) == ()
    assert backend.submit([lopsided()], SHOTS, KEY)


def test_wrong_credentials_are_denied_without_a_word_of_them(braket, monkeypatch, caplog, lopsided):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAwrong")
    with caplog.at_level(logging.DEBUG), pytest.raises(BackendDenied) as denied:
        BraketBackend(NAME).submit([lopsided()], SHOTS, KEY)
    said = f"{denied.value!r} {caplog.text}"
    secrets = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")
    assert not any(os.environ[name] in said for name in secrets)


def test_no_credentials_are_denied(braket, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(BackendDenied, match="NoCredentialsError"):
        BraketBackend(NAME).status()


def test_nobody_listening_is_busy(braket, no_waits, monkeypatch):
    monkeypatch.setenv("BRAKET_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(BackendBusy):
        BraketBackend(NAME).status()


def test_a_program_set_with_failed_circuits_gives_no_result(braket, garnet, last_status, lopsided):
    braket.control(fail_executables=2)
    job = garnet.submit([lopsided()] * 3, SHOTS, KEY)
    assert last_status(garnet, job).state == "done"
    with pytest.raises(JobFailed, match=r"circuits \[0, 1\] of 3 failed"):
        garnet.result(job)


def test_threads_with_the_same_key_make_one_task(braket, garnet, lopsided):
    with ThreadPoolExecutor(8) as pool:
        submit = partial(garnet.submit, [lopsided()], SHOTS)
        jobs = list(pool.map(submit, [KEY] * 16))
    state = braket.control()
    assert (len(set(jobs)), state["creates"]) == (1, 1)


def test_a_key_in_use_that_the_search_does_not_know_yet_is_busy(braket, garnet, lopsided):
    garnet.submit([lopsided()], SHOTS, KEY)
    garnet.find = lambda key: None
    with pytest.raises(BackendBusy, match="client token"):
        garnet.submit([lopsided(0.9)], SHOTS, KEY)


def test_a_recalibrated_device_keeps_the_task_of_a_lost_answer(
    braket, garnet, no_waits, lopsided, monkeypatch
):
    """Other errors place the circuits on other qubits, so that the request is another one."""
    job = garnet.submit([lopsided()], SHOTS, KEY)
    errors = {(4, 8): 0.001, (3, 4): 0.001}
    monkeypatch.setattr(BraketBackend, "_errors", lambda *_: errors)
    assert garnet.submit([lopsided()], SHOTS, KEY) == job
    assert braket.control()["creates"] == 1
