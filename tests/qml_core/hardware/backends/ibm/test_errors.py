"""Failures of IBM's client, classified by class, HTTP status and IBM's code."""

import json

import pytest
import requests
from qiskit.providers.exceptions import QiskitBackendNotFoundError
from qiskit_ibm_runtime import exceptions as ibm
from qiskit_ibm_runtime.accounts import AccountNotFoundError, InvalidAccountError
from qiskit_ibm_runtime.api.exceptions import RequestsApiError

from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendError,
    BackendOffline,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    JobNotFound,
    JobPending,
)
from qml_core.hardware.backends.ibm_errors import (
    Failure,
    classify,
    clean,
    in_doubt,
    observe,
    translate,
    translated,
)


def _wrapped(status: int) -> Exception:
    """As the client raises it: the transport's error is hidden behind a class of its own."""
    try:
        try:
            raise RequestsApiError(f"{status} Error", status)
        except RequestsApiError as error:
            raise ibm.IBMRuntimeError(f"Failed to run program: {error}") from None
    except ibm.IBMRuntimeError as error:
        return error


def _response(status: int) -> Exception:
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError("said no", response=response)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_wrapped(429), BackendBusy),
        (_wrapped(500), BackendBusy),
        (_wrapped(504), BackendBusy),
        (_wrapped(503), BackendOffline),
        (_wrapped(401), BackendDenied),
        (_wrapped(403), BackendDenied),
        (_wrapped(402), BudgetExceeded),
        (_wrapped(404), JobNotFound),
        (_wrapped(400), CircuitRefused),
        (_response(502), BackendBusy),
        (requests.ConnectionError("reset"), BackendBusy),
        (requests.ReadTimeout("read"), BackendBusy),
        (requests.exceptions.RetryError("too many 502"), BackendBusy),
        (ConnectionResetError(), BackendBusy),
        (TimeoutError(), BackendBusy),
        (json.JSONDecodeError("Expecting value", "<html>", 0), BackendBusy),
        (ibm.RuntimeJobTimeoutError("waited"), JobPending),
        (ibm.RuntimeJobMaxTimeoutError("ran too long"), BudgetExceeded),
        (ibm.RuntimeJobNotFound("x"), JobNotFound),
        (ibm.RuntimeJobFailureError("died"), JobFailed),
        (ibm.RuntimeInvalidStateError("was cancelled"), JobFailed),
        (ibm.IBMNotAuthorizedError("no"), BackendDenied),
        (AccountNotFoundError("none"), BackendDenied),
        (InvalidAccountError("bad"), BackendDenied),
        (QiskitBackendNotFoundError("none"), BackendOffline),
        (ibm.IBMInputValueError("h is not supported"), CircuitRefused),
        (ValueError("shots must be positive"), CircuitRefused),
        (ibm.IBMRuntimeError("something"), BackendError),
        (KeyError("id"), BackendError),
    ],
)
def test_each_failure_has_its_class(error, expected):
    assert type(translate(error, "asking")) is expected


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        *((code, "busy") for code in (1006, 1010, 1011, 1202)),
        *((code, "offline") for code in (1004, 1007, 1009)),
        *((code, "denied") for code in (1200, 1201)),
        *((code, "refused") for code in (1002, 1003, 1005)),
        (1305, "budget"),
    ],
)
def test_ibms_code_outweighs_class_and_status(code, cause):
    found = observe(RequestsApiError(f"400 Client Error. Sorry, Error code: {code}.", 400))
    assert found.code == code
    assert classify(found) == cause
    error = ibm.RuntimeJobFailureError(f"Unable to retrieve job result. Error code {code}; sorry")
    assert classify(observe(error)) == cause


def test_one_base_class_stands_over_what_passes_and_what_does_not():
    assert type(_wrapped(429)) is type(_wrapped(400))
    assert classify(observe(_wrapped(429))) != classify(observe(_wrapped(400)))


@pytest.mark.parametrize(
    ("failure", "doubtful"),
    [
        (Failure(frozenset({"ConnectionError"})), True),
        (Failure(status=500), True),
        (Failure(status=503), True),
        (Failure(frozenset({"KeyError"})), True),
        (Failure(status=429), False),
        (Failure(status=401), False),
        (Failure(frozenset({"IBMInputValueError", "ValueError"})), False),
        (Failure(status=400, code=1004), False),
    ],
)
def test_a_submission_is_in_doubt_unless_ibm_refused_it(failure, doubtful):
    assert in_doubt(failure) is doubtful


def test_only_passing_failures_are_to_be_retried():
    retried = {
        kind
        for kind in (BackendBusy, BackendOffline, BackendDenied, BudgetExceeded, CircuitRefused)
        if kind.retryable
    }
    assert retried == {BackendBusy}


def test_messages_are_one_line_without_secrets():
    assert clean("a\n  b s3cret.", ("s3cret", "")) == "a b ***"
    assert len(clean("x" * 1000)) == 300
    refused = pytest.raises(CircuitRefused, match=r"doing: IBMInputValueError, .* \*\*\*")
    with refused as caught, translated("doing", ("s3cret",)):
        raise ibm.IBMInputValueError("gate of s3cret")
    assert caught.value.__context__ is None


def test_errors_of_this_project_pass_unchanged():
    error = JobNotFound("x")
    with pytest.raises(JobNotFound) as caught, translated("doing"):
        raise error
    assert caught.value is error
