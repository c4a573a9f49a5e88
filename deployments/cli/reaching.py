"""Whether the store can be reached and used: asked at the door, before anything heavy starts."""

import os
import socket
from urllib.parse import urlsplit

from qml_core.errors import ArtifactNotFound, StorageDenied, StorageUnavailable
from qml_core.settings import Settings
from qml_core.storage.store import ArtifactStore, open_store

CONNECT_S = 3.0
PORTS = {"http": 80, "https": 443}


def open_own_store() -> ArtifactStore:
    """The store of the settings, to read from; raises StorageUnavailable in milliseconds."""
    settings = Settings.from_environment()
    check_endpoint(settings, settings.storage_url)
    return open_store(settings.storage_url)


def check_quickly(settings: Settings) -> None:
    """What milliseconds can tell: all of a local store, and whether an S3 endpoint listens."""
    if settings.storage_url.startswith("s3://"):
        check_endpoint(settings, settings.storage_url)
    else:
        check_store(settings)


def check_store(settings: Settings) -> None:
    """Raise StorageError where the store does not answer, denies, or lacks conditional writes.

    The store stays open and is not asked again in this process.
    """
    from qml_core.storage.probe import open_checked_store

    try:
        open_checked_store(settings.storage_url)
    except ArtifactNotFound as error:
        raise StorageDenied(
            f"the store {settings.storage_url} can be neither created nor written",
            "set QML_STORAGE_URL to a folder or bucket that you may write",
        ) from error


def check_endpoint(settings: Settings, url: str) -> None:
    """Raise StorageUnavailable where nothing listens at the S3 endpoint that `url` would use.

    A bare connection takes milliseconds; the S3 client takes a second to load, and retries.
    """
    endpoint = settings.s3_endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
    if not url.startswith("s3://") or not endpoint:
        return
    parts = urlsplit(endpoint)
    if parts.hostname is None or _behind_proxy():
        return
    port = parts.port or PORTS.get(parts.scheme, 443)
    try:
        socket.create_connection((parts.hostname, port), timeout=CONNECT_S).close()
    except OSError as error:
        raise StorageUnavailable(
            f"{url}: nothing answers at the S3 endpoint {parts.hostname}:{port} "
            f"({error.strerror or error})",
            "check QML_S3_ENDPOINT_URL and the network",
        ) from error


def _behind_proxy() -> bool:
    """With a proxy only the client itself knows the way."""
    return any(os.environ.get(name) for name in ("HTTP_PROXY", "HTTPS_PROXY", "https_proxy"))
