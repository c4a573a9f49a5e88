"""What only a local directory can do wrong."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from qml_core.errors import SpecError, StorageDenied, StorageError, StorageFull
from qml_core.storage.local import LocalStore
from qml_core.storage.store import ArtifactStore, open_store

LATER = datetime.now(timezone.utc) + timedelta(days=1)


FULL_DISK = """
import resource, sys
from pathlib import Path
from qml_core.errors import StorageFull
from qml_core.storage.local import LocalStore

store = LocalStore(Path(sys.argv[1]))
store.put("a/old.bin", b"old")
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
for write in (store.put, store.put_if_absent):
    for path in ("a/old.bin", "a/new.bin"):
        try:
            write(path, bytes(10_000))
        except StorageFull as error:
            print(error.remedy)
"""
"""No file may grow beyond 4 kB, as on a disk that is full; in a process of its own, since the limit
holds for everything it writes."""


def all_files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_full_disk_leaves_the_old_object_and_no_partial_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert len(told) == 4
    assert all("QML_STORAGE_URL" in line for line in told)
    assert LocalStore(tmp_path).get("a/old.bin") == b"old"
    assert all_files(tmp_path) == ["a/old.bin"]


def test_a_disk_that_fills_on_sync_is_reported_as_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = LocalStore(tmp_path)
    store.put("a/old.bin", b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageFull):
            store.put("a/old.bin", b"new")
    assert store.get("a/old.bin") == b"old"
    assert all_files(tmp_path) == ["a/old.bin"]


def test_a_folder_without_rights_is_denied_and_names_the_object() -> None:
    folder = Path(tempfile.mkdtemp(prefix="qml-denied-"))
    folder.chmod(0o555)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        with pytest.raises(StorageDenied, match=r"a/b\.bin"):
            LocalStore(folder).put("a/b.bin", b"x")
    finally:
        if root:
            os.seteuid(0)
        shutil.rmtree(folder)


def test_no_symbolic_link_leads_out_of_the_store(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "store"
    outside.mkdir()
    root.mkdir()
    (outside / "secret.bin").write_bytes(b"secret")
    (root / "folder").symlink_to(outside)
    (root / "file.bin").symlink_to(outside / "secret.bin")
    store = LocalStore(root)
    for path in ("folder/secret.bin", "file.bin"):
        with pytest.raises(StorageDenied):
            store.get(path)
    for act in (lambda: store.put("folder/x.bin", b""), lambda: store.delete("folder/secret.bin")):
        with pytest.raises(StorageDenied):
            act()
    assert store.list() == []
    assert all_files(outside) == ["secret.bin"]


def test_a_put_over_a_link_replaces_the_link_not_its_target(tmp_path: Path) -> None:
    target, root = tmp_path / "target", tmp_path / "store"
    root.mkdir()
    target.write_bytes(b"outside")
    (root / "file.bin").symlink_to(target)
    LocalStore(root).put("file.bin", b"inside")
    assert target.read_bytes() == b"outside"
    assert LocalStore(root).get("file.bin") == b"inside"


def test_what_a_killed_writer_left_is_found_and_discarded_but_never_listed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a/b.bin", b"x")
    code = (
        "import os, pathlib, qml_core.storage.local as local\n"
        "local.os.replace = lambda *a: os._exit(9)\n"
        f"local.LocalStore(pathlib.Path({str(tmp_path)!r})).put('a/b.bin', b'new')\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert store.get("a/b.bin") == b"x"
    assert [entry.path for entry in store.list()] == ["a/b.bin"]
    assert store.unfinished_writes(LATER - timedelta(days=2)) == []
    (left,) = store.unfinished_writes(LATER)
    store.discard_write(left)
    store.discard_write(left)
    assert all_files(tmp_path) == ["a/b.bin"]


def test_only_unfinished_writes_can_be_discarded(local_store: ArtifactStore) -> None:
    local_store.put("a/b.bin", b"x")
    for name in ("a/b.bin", "../.tmp-x", "/etc/.tmp-x"):
        with pytest.raises(SpecError):
            local_store.discard_write(name)


def test_an_object_where_a_folder_is_needed_is_a_storage_error(local_store: ArtifactStore) -> None:
    local_store.put("a/b", b"x")
    with pytest.raises(StorageError):
        local_store.put("a/b/c", b"y")
    assert local_store.get("a/b") == b"x"


def test_a_folder_with_blanks_and_umlauts_is_a_store(tmp_path: Path) -> None:
    store = open_store((tmp_path / "mein Ordner ü").as_uri())
    store.put("a/b.bin", b"x")
    assert open_store(store.url).get("a/b.bin") == b"x"
    assert (tmp_path / "mein Ordner ü" / "a" / "b.bin").read_bytes() == b"x"
