"""Peers that are no dependencies: processes of the environment `make bench-peers` builds.

A peer is a script of `bench/peer_scripts`. It keeps its state between runs, so that it can take
turns with ours, and measures its own wall time. Everything goes as lines of JSON.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.timing import Run

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
SCRIPTS = ROOT / "bench" / "peer_scripts"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC", "PJRT_NPROC")
"""What OpenMP, the BLAS libraries and XLA read their number of threads from."""


class Peer:
    """An open peer, which has been told its job."""

    def __init__(self, process: "subprocess.Popen[str]", name: str) -> None:
        self._process = process
        self._name = name
        self.answer: Any = None
        """What the last run computed, as the script reports it, to be compared with ours."""

    def run(self) -> float:
        """One run; returns its wall time, seconds, without the way through the pipe."""
        said = self.ask({})
        self.answer = said["answer"]
        return float(said["seconds"])

    def ask(self, message: Mapping[str, Any]) -> Any:
        """Say a line and hear a line; raises RuntimeError where the script has died."""
        assert self._process.stdin
        assert self._process.stdout
        with suppress(BrokenPipeError):  # a script that died says nothing either
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} ended with exit code {self._process.wait()}")
        return json.loads(line)


@contextmanager
def open_peer(script: str, threads: int, **job: Any) -> Iterator[Peer | None]:
    """A peer with as many threads as we have; none where its environment is not installed.

    Args:
        script: a file of `bench/peer_scripts`, without the ending.
        job: what it is to compute, as JSON.
    """
    if not PYTHON.exists():
        yield None
        return
    quiet = {"JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment = {**os.environ, **dict.fromkeys(THREADS, str(threads)), **quiet}
    process = subprocess.Popen(
        [PYTHON, "-W", "ignore", SCRIPTS / f"{script}.py"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        peer = Peer(process, script)
        peer.ask(job)
        yield peer
    finally:
        assert process.stdin
        with suppress(BrokenPipeError):
            process.stdin.close()  # the script ends with its input
        process.wait()


def runs_of(**peers: Peer | None) -> dict[str, Run]:
    """The competitors among the peers: those that are installed."""
    return {name: peer.run for name, peer in peers.items() if peer}
