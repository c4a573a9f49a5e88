"""A store in an S3 bucket, through s3fs: bounded retries, conditional writes, no secret kept."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import s3fs
from aiohttp import ClientPayloadError
from botocore.exceptions import (
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
from fsspec.asyn import sync

from qml_core.client_logs import AWS, quiet
from qml_core.errors import ArtifactNotFound, CorruptArtifact, SpecError
from qml_core.storage.s3_errors import http_status, storage_error
from qml_core.storage.store import (
    ArtifactStore,
    Listing,
    Names,
    StoredObject,
    check_path,
    environment_digest,
    open_store,
)

# Two short layers, since each repeats what the other does not: 2 requests x 3 attempts.
_CONFIG = {
    "retries": {"mode": "standard", "max_attempts": 1},
    "connect_timeout": 5,
    "read_timeout": 30,
}
_ATTEMPTS = 3
_SECONDS = 50.0
_SLOWEST = 1e6  # bytes per second; slower transfers are given up
_BROKEN_BODY = (ClientPayloadError, HTTPClientError, IncompleteReadError)
_SEPARATOR = "?upload="  # no path holds a question mark


@lru_cache(maxsize=32)
def _client(endpoint: str | None, credentials: str, pid: int) -> Any:
    """One client, with one pool of connections, for all stores of a process on one server."""
    quiet(*AWS)
    custom: dict[str, Any] = {"s3": {"addressing_style": "path"}} if endpoint else {}
    client = s3fs.S3FileSystem(
        endpoint_url=endpoint,
        config_kwargs={**_CONFIG, **custom},
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    client.retries = _ATTEMPTS
    return client


class S3Store:
    """Objects below `prefix` of a bucket; safe to share between threads.

    Args:
        endpoint: URL of an S3-compatible server; none: AWS.
    """

    def __init__(self, bucket: str, prefix: str, endpoint: str | None) -> None:
        self._bucket = bucket
        self._folder = f"{prefix}/" if prefix else ""
        self._fs = _client(endpoint, environment_digest(), os.getpid())

    @property
    def url(self) -> str:
        return f"s3://{self._bucket}/{self._folder}".rstrip("/")

    def __repr__(self) -> str:
        return f"S3Store({self.url!r})"

    def __reduce__(self) -> tuple[Callable[[str], ArtifactStore], tuple[str]]:
        """Only the URL travels; the other process has its own credentials."""
        return open_store, (self.url,)

    def put(self, path: str, data: bytes) -> None:
        with self._translated(path):
            self._fs.pipe_file(self._name(path), data, timeout=_deadline(data))

    def put_if_absent(self, path: str, data: bytes) -> bool:
        if not data:
            raise SpecError(f"{path}: an empty object cannot be written conditionally")
        try:
            name, limit = self._name(path), _deadline(data)
            self._fs.pipe_file(name, data, mode="create", timeout=limit)
        except Exception as error:
            if http_status(error) not in (409, 412) and not isinstance(error, FileExistsError):
                raise storage_error(error, path, self._bucket) from None
            # Our own write may have won and its answer got lost: the content decides.
            return self._settled(path, data)
        return True

    def _settled(self, path: str, data: bytes) -> bool:
        """After a refused conditional write; a conflicting writer may not have finished (409)."""
        try:
            return self.get(path) == data
        except ArtifactNotFound:
            with self._translated(path):
                self._fs.pipe_file(self._name(path), data, mode="create", timeout=_deadline(data))
            return True

    def get(self, path: str) -> bytes:
        try:
            return self._read(path)
        except FlexibleChecksumError:
            pass  # damaged on the wire, which s3fs does not repeat
        try:
            return self._read(path)
        except FlexibleChecksumError:
            raise CorruptArtifact(
                f"{path}: the content differs from the server's checksum, read twice"
            ) from None

    def _read(self, path: str) -> bytes:
        key = self._key(path)
        with self._translated(path):
            data: bytes = sync(self._fs.loop, self._fetch, key)
        return data

    async def _fetch(self, key: str) -> bytes:
        """The body of one answer; s3fs repeats the request, here only a broken body is repeated.

        (`cat_file` nests both: 36 requests to a server that always hangs up.)
        """
        async with asyncio.timeout(_SECONDS) as limit:
            for attempt in range(1, _ATTEMPTS + 1):
                answer = await self._fs._call_s3("get_object", Bucket=self._bucket, Key=key)
                if attempt == 1:
                    limit.reschedule((limit.when() or 0) + answer["ContentLength"] / _SLOWEST)
                try:
                    async with answer["Body"] as body:
                        data: bytes = await body.read()
                        return data
                except _BROKEN_BODY:
                    if attempt == _ATTEMPTS:
                        raise
        raise AssertionError("unreachable")

    def exists(self, path: str) -> bool:
        try:
            self._call("head_object", path, Key=self._key(path))
        except ArtifactNotFound:
            return False
        return True

    def list(self, prefix: str = "") -> Listing:
        folder = f"{self._folder}{check_path(prefix)}/" if prefix else self._folder
        found = []
        for page in self._pages("list_objects_v2", prefix, Prefix=folder):
            for entry in page.get("Contents", ()):
                path = entry["Key"].removeprefix(self._folder)
                if _is_artifact(path):
                    found.append(StoredObject(path, entry["Size"], entry["LastModified"]))
        return sorted(found, key=lambda o: o.path)

    def delete(self, path: str) -> None:
        self._call("delete_object", path, Key=self._key(path))

    def move(self, source: str, target: str) -> None:
        copied = {"Bucket": self._bucket, "Key": self._key(source)}
        self._call("copy_object", source, Key=self._key(target), CopySource=copied)
        self.delete(source)

    def unfinished_writes(self, before: datetime) -> Names:
        answer = self._call("list_multipart_uploads", "", Prefix=self._folder)
        return sorted(
            upload["Key"].removeprefix(self._folder) + _SEPARATOR + upload["UploadId"]
            for upload in answer.get("Uploads", ())
            if upload["Initiated"] < before
        )

    def discard_write(self, name: str) -> None:
        path, _, upload = name.partition(_SEPARATOR)
        try:
            self._call("abort_multipart_upload", path, Key=self._key(path), UploadId=upload)
        except ArtifactNotFound:
            return

    def _key(self, path: str) -> str:
        return self._folder + check_path(path)

    def _name(self, path: str) -> str:
        return f"{self._bucket}/{self._key(path)}"

    def _call(self, operation: str, path: str, **arguments: Any) -> Any:
        with self._translated(path):
            return self._fs.call_s3(operation, Bucket=self._bucket, timeout=_SECONDS, **arguments)

    def _pages(self, operation: str, path: str, **arguments: Any) -> Iterator[Any]:
        token: dict[str, str] = {}
        while True:
            page = self._call(operation, path, **arguments, **token)
            yield page
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    @contextmanager
    def _translated(self, path: str) -> Iterator[None]:
        try:
            yield
        except FlexibleChecksumError:
            raise
        except Exception as error:
            # The client's errors hold request signatures and the key's id: cut off here.
            raise storage_error(error, path or self.url, self._bucket) from None


def _deadline(data: bytes) -> float:
    return _SECONDS + len(data) / _SLOWEST


def _is_artifact(path: str) -> bool:
    try:
        return bool(check_path(path))
    except SpecError:
        return False
