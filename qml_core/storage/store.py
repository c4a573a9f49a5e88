"""The artifact store: one interface, opened by URL."""

import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from qml_core.errors import SpecError
from qml_core.keys import digest
from qml_core.settings import Settings

_SEGMENT = re.compile(r"[a-z0-9][a-z0-9._=-]{0,127}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")


@dataclass(frozen=True)
class StoredObject:
    """An object as a listing shows it: path in the store, bytes, time of the last write (UTC)."""

    path: str
    size: int
    modified: datetime


Listing = list[StoredObject]
Names = list[str]


class ArtifactStore(Protocol):
    """Objects by path; an object is either there as a whole or not at all.

    Every method raises StorageUnavailable (worth a retry), StorageDenied, StorageFull or
    StorageError, and SpecError on a path that `check_path` refuses.
    """

    @property
    def url(self) -> str:
        """Where it is: file:///folder or s3://bucket/prefix, without a slash at the end."""

    def put(self, path: str, data: bytes) -> None:
        """Write the object, replacing what is there; no reader sees a mixture."""

    def put_if_absent(self, path: str, data: bytes) -> bool:
        """True: these bytes are there now, by us or before us; False: other content is there."""

    def get(self, path: str) -> bytes:
        """The whole object; raises ArtifactNotFound, and CorruptArtifact on a broken transfer."""

    def exists(self, path: str) -> bool:
        """Whether the object is there."""

    def list(self, prefix: str = "") -> Listing:
        """All objects below the folder `prefix`, by path; "" lists the whole store."""

    def delete(self, path: str) -> None:
        """Remove the object; one that is not there is no error."""

    def move(self, source: str, target: str) -> None:
        """Rename an object, replacing the target; raises ArtifactNotFound."""

    def unfinished_writes(self, before: datetime) -> Names:
        """Names of what killed writers left, begun before then; no listing shows them."""

    def discard_write(self, name: str) -> None:
        """Remove what `unfinished_writes` named; one that is gone is no error."""


def check_path(path: str) -> str:
    """The path itself where every segment is allowed; else SpecError.

    Stores disagree on `..`, doubled slashes and odd letters, so none of them ever sees one.
    """
    segments = path.split("/")
    plain = unicodedata.normalize("NFKC", path) == path and ".." not in path
    if plain and len(path) <= 900 and all(_SEGMENT.fullmatch(s) for s in segments):
        return path
    raise SpecError(
        f"artifact path {path[:120]!r} asked for; a path is names of a-z, 0-9, '.', '_', '-' "
        "and '=', each up to 128 letters, joined by '/', without '..'",
        "use such a name",
    )


def open_store(url: str) -> ArtifactStore:
    """Open file:///folder or s3://bucket/prefix; nothing is created, read or contacted yet.

    S3 takes its endpoint from QML_S3_ENDPOINT_URL or AWS_ENDPOINT_URL, and credentials from AWS's
    own environment variables, never from the URL. One process gets one store per URL.

    Raises:
        SpecError: another scheme, or a URL with credentials, query or fragment.
    """
    return _opened(url, _endpoint(), environment_digest(), os.getpid())


def _endpoint() -> str | None:
    return Settings.from_environment().s3_endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or None


def environment_digest() -> str:
    """Changed credentials open another client; the digest keeps the secret out of the cache."""
    return digest("\0".join(os.environ.get(name, "") for name in _CREDENTIALS).encode())


@lru_cache(maxsize=32)
def _opened(url: str, endpoint: str | None, credentials: str, pid: int) -> ArtifactStore:
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in _SCHEMES:
        raise SpecError(
            f"storage URL with scheme {scheme[:20]!r} asked for, known: file://, s3://",
            "set QML_STORAGE_URL to file:///folder or s3://bucket/prefix",
        )
    return _SCHEMES[scheme](url, endpoint)


def _open_local(url: str, endpoint: str | None) -> ArtifactStore:
    from qml_core.storage.local import LocalStore

    parts = urlsplit(url)
    folder = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or parts.query or parts.fragment or "\0" in folder:
        raise SpecError("a file:// storage URL has three slashes and a folder: file:///folder")
    if len(Path(folder).parts) < 2 or ".." in Path(folder).parts:
        raise SpecError(f"storage folder {folder!r} asked for; it must be absolute, without '..'")
    return LocalStore(Path(folder))


def _open_s3(url: str, endpoint: str | None) -> ArtifactStore:
    from qml_core.storage.s3 import S3Store

    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    prefix = prefix.rstrip("/")
    if not _BUCKET.fullmatch(bucket):  # it may hold credentials: not shown
        raise SpecError(
            "the storage URL names no valid bucket: s3://bucket/prefix, lower case, no credentials",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead of writing them into the URL",
        )
    if prefix:
        check_path(prefix)
    return S3Store(bucket, prefix, endpoint)


_SCHEMES: dict[str, Callable[[str, str | None], ArtifactStore]] = {
    "file": _open_local,
    "s3": _open_s3,
}
