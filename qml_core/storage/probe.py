"""Can the store be read, written, and written conditionally? Asked once, before any work."""

import secrets
from dataclasses import dataclass
from time import perf_counter
from weakref import WeakSet

from qml_core.errors import StorageError
from qml_core.storage.store import ArtifactStore, open_store

_CHECKED: "WeakSet[ArtifactStore]" = WeakSet()


@dataclass(frozen=True)
class ProbeReport:
    """What a store can do, and the seconds it took to find out.

    conditional: a second write of the same new name with other content was refused. Without it two
    runs could commit a mixture, so such a store is not used.
    """

    readable: bool
    writable: bool
    conditional: bool
    seconds: float


def probe(store: ArtifactStore) -> ProbeReport:
    """Write, read, write conditionally and delete one small object.

    Raises:
        StorageError: and its kin, where the store does not answer or denies.
    """
    started = perf_counter()
    path = f"probe/{secrets.token_hex(16)}"
    first, second = b"first", b"second"
    try:
        writable = store.put_if_absent(path, first)
        refused = not store.put_if_absent(path, second)
        content = store.get(path)
    finally:
        store.delete(path)
    return ProbeReport(
        readable=content in (first, second),
        writable=writable,
        conditional=writable and refused and content == first,
        seconds=perf_counter() - started,
    )


def open_checked_store(url: str) -> ArtifactStore:
    """Open a store and probe it, once per URL and process.

    Raises:
        StorageError: the endpoint ignores `If-None-Match`, so that a commit could be overwritten.
    """
    store = open_store(url)
    if store in _CHECKED:
        return store
    if not probe(store).conditional:
        raise StorageError(
            f"the store {store.url} overwrites objects that were written conditionally "
            "(it ignores If-None-Match)",
            "use an S3 server with conditional writes (AWS, MinIO, SeaweedFS) or file://",
        )
    _CHECKED.add(store)
    return store
