"""What Braket's errors mean, by code alone."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendError,
    BackendOffline,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    JobNotFound,
)
from qml_core.hardware.backends.braket_errors import backend_error, meaning, translated

URL = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 429, BackendBusy),
        ("InternalServiceException", 500, BackendBusy),
        ("SomethingNew", 503, BackendBusy),
        ("SomethingNew", 429, BackendBusy),
        ("DeviceOfflineException", 424, BackendOffline),
        ("DeviceRetiredException", 410, BackendOffline),
        ("ServiceQuotaExceededException", 402, BudgetExceeded),
        ("ValidationException", 400, CircuitRefused),
        ("AccessDeniedException", 403, BackendDenied),
        ("UnrecognizedClientException", 403, BackendDenied),
        ("ExpiredTokenException", 400, BackendDenied),
        ("SomethingNew", 401, BackendDenied),
        ("ResourceNotFoundException", 404, JobNotFound),
        ("SomethingNew", 400, BackendError),
    ],
)
def test_a_code_has_one_meaning(code, status, expected) -> None:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    error = backend_error(ClientError(answer, "CreateQuantumTask"), "a job")
    assert (meaning(code, status), type(error)) == (expected, expected)
    assert f"{status} {code}" in error.message


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (EndpointConnectionError(endpoint_url=URL), BackendBusy),
        (ConnectTimeoutError(endpoint_url=URL), BackendBusy),
        (ReadTimeoutError(endpoint_url=URL), BackendBusy),
        (ConnectionClosedError(endpoint_url=URL), BackendBusy),
        (ConnectionResetError(), BackendBusy),
        (NoCredentialsError(), BackendDenied),
        (ParamValidationError(report="shots"), CircuitRefused),
        (ValueError("QPU not found"), BackendError),
        (KeyError("x"), BackendError),
    ],
)
def test_an_error_without_an_answer_is_known_by_its_class(error, expected) -> None:
    assert type(backend_error(error, "a job")) is expected


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("InvalidSignatureException", 403, BackendDenied),
        ("InternalServiceException", 500, BackendBusy),
    ],
)
def test_an_answer_that_may_repeat_headers_is_neither_quoted_nor_kept(code, status, kind) -> None:
    """AWS repeats the signed ones of a refused signature, the session token among them."""
    said = {"Code": code, "Message": "x-amz-security-token:SENTINEL"}
    answer = {"Error": said, "ResponseMetadata": {"HTTPStatusCode": status}}
    with pytest.raises(kind) as raised, translated("a job"):
        raise ClientError(answer, "GetDevice")
    assert "SENTINEL" not in repr(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_our_own_errors_pass() -> None:
    with pytest.raises(JobFailed, match="ours"), translated("a job"):
        raise JobFailed("ours")
