"""What an error of the Braket client means, by its code; no vendor class is imported."""

from collections.abc import Iterator
from contextlib import contextmanager

from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendError,
    BackendOffline,
    BudgetExceeded,
    CircuitRefused,
    JobNotFound,
    QMLError,
)

_MEANING: dict[type[QMLError], tuple[str, ...]] = {
    BackendBusy: (
        "ThrottlingException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
        "InternalServiceException",
        "InternalServerException",
        "InternalError",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "RequestTimeout",
        "HTTPClientError",  # base of botocore's time-outs and broken connections
        "ConnectionError",
        "IncompleteReadError",
        "OSError",
    ),
    BackendOffline: ("DeviceOfflineException", "DeviceRetiredException"),
    BudgetExceeded: ("ServiceQuotaExceededException",),
    CircuitRefused: ("ValidationException", "ParamValidationError"),
    BackendDenied: (
        "AccessDeniedException",
        "AccessDenied",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "MissingAuthenticationTokenException",
        "MissingAuthenticationToken",
        "ExpiredTokenException",
        "ExpiredToken",
        "OptInRequired",
        "NotAuthorized",
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "ProfileNotFound",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
        "SSOError",
    ),
    JobNotFound: ("ResourceNotFoundException", "NoSuchKey"),
}
_CLASS_OF = {code: meaning for meaning, codes in _MEANING.items() for code in codes}

_REMEDY: dict[type[QMLError], str] = {
    BackendBusy: "try again later; what was submitted is kept",
    BackendOffline: "choose another backend or wait until the device is online",
    BudgetExceeded: "raise the quota or spending limit of the AWS account, or ask for less",
    BackendDenied: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of a user with rights to "
    "Amazon Braket and to the result bucket",
}

_UNQUOTED = (BackendDenied, BackendBusy)
"""A refused signature is answered with the request's headers, the session token among them; and
what a server says that fails is about itself, or about the headers too."""


def meaning(code: str, status: int = 0) -> type[QMLError]:
    """Class of the error tree for an error code of AWS or the name of a botocore class.

    Args:
        status: HTTP status of the answer, which decides where the code is unknown; 0: no answer.
    """
    if code in _CLASS_OF:
        return _CLASS_OF[code]
    if status == 429 or status >= 500:
        return BackendBusy
    return BackendDenied if status in (401, 403) else BackendError


def backend_error(error: Exception, asked: str) -> QMLError:
    """The error tree's word for an error of boto3 or the Braket SDK."""
    if isinstance(error, QMLError):
        return error
    code, status, said = _answer(error)
    kind = meaning(code, status)
    quoted = "" if kind in _UNQUOTED or not said else f": {said}"
    answered = f"{status} {code}" if status else code
    return kind(f"{asked} on Amazon Braket failed with {answered}{quoted}", _REMEDY.get(kind, ""))


@contextmanager
def translated(asked: str) -> Iterator[None]:
    """Errors of the block as `backend_error`; the vendor's own is not chained, nor kept hidden."""
    try:
        yield
    except Exception as error:
        ours = backend_error(error, asked)
        try:
            raise ours from None
        finally:
            ours.__context__ = None


def _answer(error: Exception) -> tuple[str, int, str]:
    """(code, HTTP status, message) of an answer, or (class name, 0, "") of a client's error."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        words = " ".join(str(response["Error"].get("Message", "")).split())
        return str(response["Error"].get("Code", "")), status, words[:500]
    names = [each.__name__ for each in type(error).__mro__]
    known = next((name for name in names if name in _CLASS_OF), names[0])
    explained = known == "ParamValidationError" or isinstance(error, ValueError)
    words = " ".join(str(error).split())[:500] if explained else ""
    return known, 0, words
