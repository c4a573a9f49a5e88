"""What goes wrong at IonQ: every error is ours, a submission is sent once, the key stays secret."""

import logging
import os
from typing import Any

import httpx
import pytest

from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendError,
    BackendThrottled,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    JobNotFound,
    QMLError,
    SpecError,
)

KEY = "cd" * 32
SHOTS = 4000


def test_a_lost_answer_is_busy_and_the_job_is_found_by_its_key(
    ionq: Any, open_ionq: Any, pair: Any, collect: Any
) -> None:
    backend = open_ionq()
    backend.submit([pair(0, 0)], 10, "00" * 32)
    ionq.control(lose_answers=1, page=1)
    with pytest.raises(BackendBusy):
        backend.submit([pair(0, 1)] * 2, 10, KEY)
    for _ in range(3):
        backend.submit([pair(0, 0)], 10, "11" * 32)
    state = ionq.control()
    found = backend.find(KEY)
    assert state["posts"] == 5
    assert [job["id"] for job in state["jobs"]][1] == found
    assert collect(backend, str(found)).counts[0]
    assert backend.find("22" * 32) is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, CircuitRefused),
        (401, BackendDenied),
        (402, BudgetExceeded),
        (403, BackendDenied),
        (409, CircuitRefused),
        (413, CircuitRefused),
        (422, CircuitRefused),
        (429, BackendThrottled),
        (500, BackendBusy),
        (503, BackendBusy),
        (418, BackendError),
        (302, BackendError),
        (200, BackendBusy),
    ],
)
def test_a_refused_submission_is_posted_once(
    ionq: Any, status: int, error: type[QMLError], open_ionq: Any, pair: Any
) -> None:
    ionq.control(fail=[[status, {"message": "injected", "statusCode": status}]])
    with pytest.raises(error) as raised:
        open_ionq().submit([pair(0, 1)], 10, KEY)
    assert type(raised.value) is error
    state = ionq.control()
    assert (state["posts"], state["creates"]) == (1, 0)


def test_reads_are_repeated_with_growing_pauses_within_a_bound(
    ionq: Any, open_ionq: Any, pair: Any
) -> None:
    waited: list[float] = []
    backend = open_ionq(sleep=waited.append)
    job = backend.submit([pair(0, 1)], 10, KEY)
    ionq.control(fail_reads=[[503, "busy"], [429, "slow"]])
    assert backend.poll(job).state == "queued"
    assert waited == [0.5, 1.0]
    ionq.control(fail_reads=[[503, "busy"]] * 9)
    with pytest.raises(BackendBusy):
        backend.poll(job)
    assert waited == [0.5, 1.0, 0.5, 1.0, 2.0]


def test_a_submission_that_times_out_is_not_sent_again(open_ionq: Any, pair: Any) -> None:
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append((request.method, str(request.url)))
        raise httpx.ReadTimeout("too late", request=request)

    backend = open_ionq(key="k", url=None, environment={}, transport=httpx.MockTransport(answer))
    with pytest.raises(BackendBusy, match="ReadTimeout"):
        backend.submit([pair(0, 1)], 10, KEY)
    assert sent == [("POST", "https://api.ionq.co/v0.4/jobs")]


def test_a_job_is_not_called_absent_while_there_are_jobs_not_looked_at(open_ionq: Any) -> None:
    pages = httpx.MockTransport(lambda _: httpx.Response(200, json={"jobs": [], "next": "more"}))
    with pytest.raises(BackendError, match="not looked through"):
        open_ionq(key="k", environment={}, transport=pages).find(KEY)


def test_a_denied_read_is_not_repeated(
    ionq: Any, monkeypatch: pytest.MonkeyPatch, open_ionq: Any
) -> None:
    monkeypatch.setenv("IONQ_API_KEY", "wrong")
    with pytest.raises(BackendDenied):
        open_ionq().poll("some-job")
    assert len(ionq.control()["log"]) == 1


def test_a_service_that_is_not_there_is_busy(open_ionq: Any, pair: Any) -> None:
    backend = open_ionq(url="http://127.0.0.1:1/v0.4", key="k")
    with pytest.raises(BackendBusy):
        backend.submit([pair(0, 1)], 10, KEY)


def test_a_cancelled_job_ends_and_owes_nothing(ionq: Any, open_ionq: Any, pair: Any) -> None:
    backend = open_ionq()
    job = backend.submit([pair(0, 1)] * 2, 10, KEY)
    backend.cancel(job)
    assert backend.poll(job).state == "cancelled"
    backend.cancel(job)
    with pytest.raises(JobFailed, match="cancelled"):
        backend.result(job)
    assert ionq.control()["bill"] == 0


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("QuotaExhaustedError", BudgetExceeded),
        ("ContractExpiredError", BudgetExceeded),
        ("BillingError", BudgetExceeded),
        ("NotEnoughQubits", CircuitRefused),
        ("InvalidInput", CircuitRefused),
        ("CompilationError", CircuitRefused),
        ("QuantumCircuitComplexityError", CircuitRefused),
        ("QuantumComputerError", JobFailed),
        ("InternalError", JobFailed),
        ("SomethingNew", JobFailed),
    ],
)
def test_a_failed_job_ends_with_what_its_code_means(
    ionq: Any, code: str, error: type[QMLError], open_ionq: Any, pair: Any
) -> None:
    ionq.control(fail_next_jobs=[code])
    backend = open_ionq()
    job = backend.submit([pair(0, 1)], 10, KEY)
    states = [backend.poll(job) for _ in range(4)]
    assert states[-1].state == "failed"
    assert states[-1].message.startswith(code)
    with pytest.raises(error, match=code) as raised:
        backend.result(job)
    assert type(raised.value) is error


def test_an_unknown_job_is_not_found(ionq: Any, open_ionq: Any) -> None:
    backend = open_ionq()
    for ask in (backend.poll, backend.result, backend.cancel):
        with pytest.raises(JobNotFound):
            ask("../backends")


def test_without_a_usable_key_nothing_is_opened(
    monkeypatch: pytest.MonkeyPatch, open_ionq: Any
) -> None:
    monkeypatch.delenv("IONQ_API_KEY", raising=False)
    for environment in (None, {}):
        with pytest.raises(BackendDenied, match="IONQ_API_KEY"):
            open_ionq(environment=environment)
    with pytest.raises(BackendDenied) as raised:
        open_ionq(key="secret\nX-Other: 1")
    assert "secret" not in str(raised.value)


def test_the_key_is_never_sent_in_clear(open_ionq: Any) -> None:
    with pytest.raises(SpecError, match="must be https"):
        open_ionq(url="http://api.ionq.co/v0.4", key="k")


def test_the_key_is_in_no_text_log_or_error(
    ionq: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    open_ionq: Any,
    pair: Any,
    collect: Any,
) -> None:
    secret = os.environ["IONQ_API_KEY"]
    caplog.set_level(logging.DEBUG)
    backend = open_ionq()
    said = [repr(backend), str(vars(backend)), str(vars(backend._client))]
    collect(backend, backend.submit([pair(0, 1)], 10, KEY))
    echo = {"message": f"apiKey {secret} may not do this"}
    for status in (400, 401, 402, 429, 500):
        ionq.control(fail=[[status, echo]])
        with pytest.raises(QMLError) as raised:
            backend.submit([pair(0, 1)], 10, KEY)
        said += [str(raised.value), repr(raised.value), repr(raised.value.__cause__)]
    ionq.control(lose_answers=1)
    with pytest.raises(QMLError) as raised:
        backend.submit([pair(0, 1)], 10, KEY)
    said += [
        str(raised.value),
        repr(raised.value.__context__),
        caplog.text,
        *map(repr, caplog.records),
    ]
    assert "httpx" in caplog.text or "httpcore" in caplog.text
    assert not any(secret in text for text in said)
    assert "***" in "".join(said)
