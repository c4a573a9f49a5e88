"""Content-addressed objects: named by their SHA-256, checked against it on every read."""

import secrets
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from qml_core.errors import ArtifactNotFound, CorruptArtifact
from qml_core.keys import digest
from qml_core.references import ArtifactRef
from qml_core.storage.store import ArtifactStore, open_store

QUARANTINE = "quarantine"
"""Folder of what was found damaged, kept for a look until the next collection."""

Found = TypeVar("Found", bound=BaseModel)


def content_path(folder: str, sha256: str, suffix: str) -> str:
    """Where content with this digest lies; the first two digits keep folders small."""
    return f"{folder}/{sha256[:2]}/{sha256}{suffix}"


def put_content(store: ArtifactStore, folder: str, data: bytes, suffix: str) -> ArtifactRef:
    """Store the bytes under their digest; a repetition changes nothing, or repairs damage."""
    sha256 = digest(data)
    path = content_path(folder, sha256, suffix)
    store.put(path, data)
    return ArtifactRef(store=store.url, path=path, sha256=sha256)


def get_verified(ref: ArtifactRef, store: ArtifactStore | None = None) -> bytes:
    """The object's bytes, whose SHA-256 is the reference's; read once more before it is given up.

    Raises:
        ArtifactNotFound: it is not there.
        CorruptArtifact: the bytes are not what was stored.
    """
    return read_verified(store or open_store(ref.store), ref.path, ref.sha256)


def is_sound(ref: ArtifactRef, store: ArtifactStore | None = None) -> bool:
    """Whether it is in its store, as it was stored."""
    try:
        get_verified(ref, store)
    except (ArtifactNotFound, CorruptArtifact):
        return False
    return True


def read_verified(store: ArtifactStore, path: str, sha256: str, size: int | None = None) -> bytes:
    """Like `get_verified`, by path; the size in bytes is checked where it is known."""
    for _ in range(2):
        data = store.get(path)
        if (size is None or len(data) == size) and digest(data) == sha256:
            return data
    raise CorruptArtifact(
        f"{path} holds {len(data)} bytes with SHA-256 {digest(data)[:12]}…, expected {sha256[:12]}…"
        + ("" if size is None else f" and {size} bytes"),
        "run the command that made it again: damaged blocks are set aside and recomputed",
    )


def find_model(store: ArtifactStore, path: str, kind: type[Found]) -> Found | None:
    """A small document as its model; None where there is none, or none that this program reads.

    What cannot be read, e.g. since it is damaged or of another version, goes into quarantine.
    """
    try:
        return kind.model_validate_json(store.get(path))
    except ArtifactNotFound:
        return None
    except (ValidationError, UnicodeDecodeError):
        quarantine(store, path)
        return None


def find_or_make(
    store: ArtifactStore,
    path: str,
    kind: type[Found],
    placed: Callable[[Found], Found | None],
    make: Callable[[], Found],
) -> tuple[Found, bool]:
    """The document at a path, or what `make` makes, from then on there; and whether it was there.

    Args:
        placed: what was found as it is here; None where what it refers to is damaged or gone.
    """
    found = find_model(store, path, kind)
    if found is not None:
        sound = placed(found)
        if sound is not None:
            return sound, True
        quarantine(store, path)
    made = make()
    store.put_if_absent(path, made.model_dump_json().encode())
    return made, False


def quarantine(store: ArtifactStore, path: str) -> str | None:
    """Set a damaged object aside; returns where it is now, or None where it is gone already."""
    target = f"{QUARANTINE}/{secrets.token_hex(4)}/{path}"
    try:
        store.move(path, target)
    except ArtifactNotFound:
        return None
    return target
