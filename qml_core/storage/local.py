"""A store in a local directory: whole files only, durable before they are visible."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from qml_core.errors import (
    ArtifactNotFound,
    SpecError,
    StorageDenied,
    StorageError,
    StorageFull,
)
from qml_core.storage.store import Listing, Names, StoredObject, check_path

_TEMPORARY = ".tmp-"  # no path may start with a dot, so no listing shows these
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP}


class LocalStore:
    """Objects as files below `root`; a symbolic link out of it is refused."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @property
    def url(self) -> str:
        return self._root.as_uri()

    def __repr__(self) -> str:
        return f"LocalStore({self.url!r})"

    def put(self, path: str, data: bytes) -> None:
        target = self._file(path)
        with os_errors(path), _written(target, data) as temporary:
            os.replace(temporary, target)

    def put_if_absent(self, path: str, data: bytes) -> bool:
        target = self._file(path)
        with os_errors(path), _written(target, data) as temporary:
            try:
                os.link(temporary, target, follow_symlinks=False)
            except FileExistsError:
                return self.get(path) == data
        return True

    def get(self, path: str) -> bytes:
        with os_errors(path):
            # O_NONBLOCK: a named pipe put in an object's place must not hang the reader
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            with open(os.open(self._file(path), flags), "rb") as file:
                return file.read()

    def exists(self, path: str) -> bool:
        with os_errors(path):
            return self._file(path).is_file()

    def list(self, prefix: str = "") -> Listing:
        folder = self._file(prefix) if prefix else self._root
        with os_errors(prefix):
            return sorted(self._objects(folder), key=lambda o: o.path)

    def delete(self, path: str) -> None:
        with os_errors(path):
            self._file(path).unlink(missing_ok=True)

    def move(self, source: str, target: str) -> None:
        old, new = self._file(source), self._file(target)
        with os_errors(source):
            os.stat(old, follow_symlinks=False)  # before the target's folder is made
            _make_folder(new.parent)
            os.replace(old, new)
            _sync_folder(new.parent)

    def unfinished_writes(self, before: datetime) -> Names:
        with os_errors(""):
            return sorted(
                str(file.relative_to(self._root))
                for file in _files(self._root)
                if file.name.startswith(_TEMPORARY) and _modified(file.lstat()) < before
            )

    def discard_write(self, name: str) -> None:
        file = self._root / name
        inside = ".." not in Path(name).parts and file.parent.resolve().is_relative_to(self._root)
        if not inside or not file.name.startswith(_TEMPORARY):
            raise SpecError(f"{name!r} is no unfinished write of this store")
        with os_errors(name):
            file.unlink(missing_ok=True)

    def _file(self, path: str) -> Path:
        file = self._root / check_path(path)
        if not file.parent.resolve().is_relative_to(self._root):
            raise StorageDenied(
                f"artifact {path} leads out of the store {self.url} by a symbolic link",
                "replace the link by a folder",
            )
        return file

    def _objects(self, folder: Path) -> Iterator[StoredObject]:
        for file in _files(folder):
            if file.name.startswith(_TEMPORARY) or file.is_symlink():
                continue
            with suppress(FileNotFoundError, SpecError):  # removed meanwhile; not an artifact
                stat = file.lstat()
                path = check_path(file.relative_to(self._root).as_posix())
                yield StoredObject(path, stat.st_size, _modified(stat))


def _files(folder: Path) -> Iterator[Path]:
    """Files below the folder; links to folders are not followed."""
    for here, _, names in os.walk(folder, onerror=_reraise_but_missing):
        yield from (Path(here, name) for name in names)


def _reraise_but_missing(error: OSError) -> None:
    if error.errno not in (errno.ENOENT, errno.ENOTDIR):
        raise error


def _modified(stat: os.stat_result) -> datetime:
    return datetime.fromtimestamp(stat.st_mtime, tz=timezone.utc)


@contextmanager
def _written(target: Path, data: bytes) -> Iterator[Path]:
    """A durable temporary file beside the target; the body gives it its name."""
    _make_folder(target.parent)
    temporary = target.parent / f"{_TEMPORARY}{secrets.token_hex(8)}"
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
        _sync_folder(target.parent)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """A new name is durable only after its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def os_errors(path: str) -> Iterator[None]:
    """Errors of the operating system become the error tree's, naming the path."""
    try:
        yield
    except OSError as error:
        raise _storage_error(error, path or "the store") from error


def _storage_error(error: OSError, path: str) -> StorageError:
    """The error tree's word for an error of the operating system."""
    said = f"{path}: {error.strerror or error}"
    if error.errno in _FULL:
        return StorageFull(said, "free space or set QML_STORAGE_URL to a larger disk")
    if error.errno in _DENIED:
        return StorageDenied(said, "check the owner and rights of the storage folder")
    if error.errno in (errno.ENOENT, errno.EISDIR):
        return ArtifactNotFound(said, "see `qml artifacts list`")
    return StorageError(said, "check the disk and QML_STORAGE_URL")
