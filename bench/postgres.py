"""A PostgreSQL server of PyPI's pgserver, on a socket in a folder of its own."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

USER = "nobody"
"""As whom the server runs where we are root, which PostgreSQL refuses to be."""


def binaries() -> Path | None:
    """Folder of pgserver's programs; None: it is not installed."""
    found = find_spec("pgserver")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "pginstall"


@dataclass
class Postgres:
    """A running server."""

    install: Path
    folder: Path
    durable: bool = True
    """Whether what was committed survives a power cut, not only a crash of the server."""
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def create(self, name: str) -> str:
        """URL of a new, empty schema: quicker to make and to remove than a database."""
        import psycopg

        address = self.url.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self.url}&options=-csearch_path%3D{name}"

    def start(self) -> None:
        """Start it and wait until it answers; raises RuntimeError with its log."""
        log = self.folder / "log"
        with log.open("ab") as out:
            command = [self.install / "bin/postgres", "-D", self.folder / "data"]
            options = [
                "-k",
                str(self.folder),
                "-c",
                "listen_addresses=",
                "-c",
                "max_connections=60",
            ]
            self.process = subprocess.Popen(
                [*command, *options], stdout=out, stderr=out, preexec_fn=_end_with_us, **_as_user()
            )
        give_up = time.monotonic() + 60
        while subprocess.run([self.install / "bin/pg_isready", "-q", "-h", self.folder]).returncode:
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it at once; SIGKILL is a crash."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait()


@contextmanager
def open_postgres(durable: bool = True) -> Iterator[Postgres]:
    """A fresh server, stopped and removed afterwards; raises FileNotFoundError without pgserver."""
    install = binaries()
    if install is None:
        raise FileNotFoundError("pgserver is not installed")
    folder = Path(tempfile.mkdtemp(prefix="qml-pg-", dir="/tmp"))  # a socket's path must be short
    server: Postgres | None = None
    try:
        if os.geteuid() == 0:
            install = _copied(install, folder)  # ours may lie where that user cannot look
            shutil.chown(folder, USER)
        options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        subprocess.run(
            [install / "bin/initdb", "-D", folder / "data", *options],
            check=True,
            stdout=subprocess.DEVNULL,
            **_as_user(),
        )
        server = Postgres(install, folder, durable)
        server.start()
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _copied(install: Path, folder: Path) -> Path:
    """The programs, with the libraries that they find by a relative path."""
    package = install.parent
    libraries = package.with_name("pgserver.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return shutil.copytree(install, folder / package.name / install.name)


def _as_user() -> dict[str, Any]:
    home = {"cwd": "/", "env": {**os.environ, "HOME": "/", "LC_ALL": "C"}}
    return home | ({"user": USER, "extra_groups": []} if os.geteuid() == 0 else {})


def _end_with_us() -> None:
    """A killed parent leaves no server behind (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
