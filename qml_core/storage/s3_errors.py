"""What an S3 client's error means, by HTTP status and code; its text is never shown."""

from typing import Any

from aiohttp import ClientError as BrokenTransfer
from botocore.exceptions import (
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
)

from qml_core.errors import (
    ArtifactConflict,
    ArtifactNotFound,
    QMLError,
    StorageDenied,
    StorageError,
    StorageFull,
    StorageUnavailable,
)

_FULL = {"InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "EntityTooLarge"}
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)
_NO_ANSWER = (ConnectionError, HTTPClientError, IncompleteReadError, BrokenTransfer, OSError)
_SET_KEYS = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of a user with rights to the bucket"


def http_status(error: BaseException) -> int:
    """Status of the answer behind a client's error; 0 where there was none."""
    metadata = _response(error).get("ResponseMetadata", {})
    return int(metadata.get("HTTPStatusCode", 0))


def storage_error(error: Exception, path: str, bucket: str) -> QMLError:
    """The error tree's word for an error of s3fs, botocore or the connection."""
    if isinstance(error, QMLError):
        return error
    status, code = http_status(error), str(_response(error).get("Error", {}).get("Code", ""))
    if status:
        return _answered(status, code, path, bucket)
    if isinstance(error, _NO_CREDENTIALS):
        return StorageDenied(f"{path}: no S3 credentials found in the environment", _SET_KEYS)
    if isinstance(error, _NO_ANSWER):
        return StorageUnavailable(
            f"{path}: no whole answer from the S3 endpoint of bucket {bucket} "
            f"({type(error).__name__})",
            "check the network and QML_S3_ENDPOINT_URL; finished blocks are kept",
        )
    return StorageError(f"{path}: the S3 client failed with {type(error).__name__}")


def _answered(status: int, code: str, path: str, bucket: str) -> StorageError:
    said = f"{path}: the S3 server answered {status} {code}".rstrip()
    if code == "NoSuchBucket":
        return StorageError(f"{said} for bucket {bucket}", "create the bucket or name another")
    if status == 507 or code in _FULL:
        return StorageFull(said, "free space in the bucket or raise its quota")
    if status in (401, 403):
        return StorageDenied(said, _SET_KEYS)
    if status == 404:
        return ArtifactNotFound(said, "see `qml artifacts list`")
    if status in (409, 412):
        return ArtifactConflict(said, "run the same command again")
    if status in (408, 429) or status >= 500:
        return StorageUnavailable(said, "try again later; finished blocks are kept")
    return StorageError(said, "check the bucket, AWS_REGION and QML_S3_ENDPOINT_URL")


def _response(error: BaseException | None) -> dict[str, Any]:
    """The server's answer, on the error itself or on what caused it."""
    while error is not None:
        response = getattr(error, "response", None)
        if isinstance(response, dict):
            return response
        error = error.__cause__
    return {}
