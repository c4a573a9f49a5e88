"""Prefect's temporary server of one run: early, out of Ctrl-C's reach, gone with its parent.

Prefect would start the same server at the first API call. Started here it boots while the flow is
imported, each in its own process, and the parent need not import the server's code.
"""

import atexit
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO

from qml_core.errors import QMLError

START_S = 60.0
STOP_S = 5.0
POLL_S = 0.05
APPLICATION = (
    *("--factory", "prefect.server.api.server:create_app"),
    *("--lifespan", "on", "--log-level", "error"),
)
ONE_RUN = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
}


@dataclass(frozen=True)
class TemporaryServer:
    """A server that is starting; its database is that of PREFECT_HOME."""

    process: subprocess.Popen[bytes]
    log: IO[bytes]
    url: str

    def wait(self) -> str:
        """The API's URL, once it answers; raises QMLError where it does not within a minute."""
        import httpx

        give_up = time.monotonic() + START_S
        while self.process.poll() is None and time.monotonic() < give_up:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/health", timeout=2).status_code == 200:
                    return self.url
            time.sleep(POLL_S)
        self.stop()
        self.log.seek(0)
        words = self.log.read().decode(errors="replace").split()
        raise QMLError(
            f"Prefect's temporary server did not start: {' '.join(words)[-300:] or 'no answer'}",
            "run it again, or use a server of your own: PREFECT_API_URL",
        )

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_server() -> TemporaryServer:
    """Start a server on a free port of loopback; it is stopped when this process exits.

    A session of its own keeps Ctrl-C from it: a server that dies first leaves the run waiting for
    answers. To be called from the main thread: Linux ends the server with the thread that made it.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the server)
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", *APPLICATION, "--host", "127.0.0.1", "--port", str(port)],
        env={**os.environ, **ONE_RUN},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=_end_with_parent,
    )
    server = TemporaryServer(process, log, f"http://127.0.0.1:{port}/api")
    atexit.register(server.stop)  # before Prefect's own: they still have events to send
    return server


def _end_with_parent() -> None:
    """No server outlives a killed run (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
