"""The command line in this process and in one of its own; one trained run; one real server."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from deployments.cli.app import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def qml(capfd, monkeypatch, tmp_path):
    """The command in this process, in an empty folder and store; no flow may start."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    monkeypatch.setenv("QML_LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("COLUMNS", "80")
    started = []
    monkeypatch.setattr("deployments.cli.running.run_flow", lambda *job: started.append(job))
    monkeypatch.setattr("deployments.cli.running._open", lambda verb: started.append(verb))

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        said = capfd.readouterr()
        assert not started, "the job got past the door"
        return Said(ended.value.code, said.out, said.err)

    return run


def _environment(folder: Path, **more: str) -> dict[str, str]:
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "QML_"))},
        "XDG_DATA_HOME": str(folder),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "80",
        **more,
    }


@pytest.fixture(scope="session")
def qml_process():
    """The command in a process of its own: started(folder, words) and run(folder, words)."""

    class Processes:
        def start(self, folder, *words, **more):
            return subprocess.Popen(
                [sys.executable, "-m", "deployments.cli", *map(str, words)],
                cwd=folder,
                env=_environment(folder, **more),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )

        def run(self, folder, *words, timeout=120, **more):
            process = self.start(folder, *words, **more)
            try:
                out, err = process.communicate(timeout=timeout)
            finally:
                process.kill()
            return Said(process.returncode, out, err)

    return Processes()


def write_csv(path: Path, columns: list[str], rows: list[list[object]]) -> Path:
    lines = [",".join(map(str, row)) for row in [columns, *rows]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def make_csv():
    """make_csv(path, columns, rows) writes a CSV file and returns its path."""
    return write_csv


@dataclass(frozen=True)
class Trained:
    """A small run: its data folder, its file (columns a, b, c and label), what it printed."""

    folder: Path
    file: Path
    rows: list[list[object]]
    said: Said

    @property
    def document(self):
        return json.loads(self.said.out)


@pytest.fixture(scope="session")
def trained(tmp_path_factory, qml_process) -> Trained:
    """`qml train data.csv --local --json`, once for all tests."""
    folder = tmp_path_factory.mktemp("trained")
    X = np.random.default_rng(5).normal(size=(40, 3))
    rows = [[*map(repr, map(float, x)), "yes" if x[0] + x[1] > 0 else "no"] for x in X]
    file = write_csv(folder / "data.csv", ["a", "b", "c", "label"], rows)
    few = ("--set", "dataset.split.repeats=2", "--set", "model.bandwidths=[0.2]")
    words = ("train", file, "--target", "label", "--local", "--json", *few)
    said = qml_process.run(folder, *words)
    assert said.code == 0, said.err
    return Trained(folder, file, rows, said)


@pytest.fixture
def after(trained, monkeypatch, qml):
    """The command in this process, on the store and in the folder of the trained run."""
    monkeypatch.chdir(trained.folder)
    monkeypatch.setenv("XDG_DATA_HOME", str(trained.folder))
    monkeypatch.delenv("QML_STORAGE_URL")
    return qml


@dataclass(frozen=True)
class Server:
    """A real Prefect server on loopback; `environment` points Prefect's own tools at it."""

    url: str
    folder: Path
    environment: dict[str, str]

    def get(self, path):
        return httpx.get(f"{self.url}{path}", timeout=20).raise_for_status().json()

    def post(self, path, **document):
        return httpx.post(f"{self.url}{path}", json=document, timeout=20)


@pytest.fixture(scope="session")
def prefect_service(tmp_path_factory):
    """`prefect server start`, once; it ends with the session."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    environment = _environment(folder, PREFECT_API_URL=url, PREFECT_SERVER_UI_ENABLED="false")
    words = ("server", "start", "--host", "127.0.0.1", "--port", str(port))
    process = start_prefect(folder, environment, *words)
    try:
        _wait_for(f"{url}/health", process, folder / "server.log")
        yield Server(url, folder, environment)
    finally:
        end(process)


def start_prefect(folder: Path, environment: dict[str, str], *words: str) -> subprocess.Popen:
    """`prefect …` in a folder, in a process group of its own, its words in <verb>.log."""
    with (folder / f"{words[0]}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "prefect", *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def end(process: subprocess.Popen) -> None:
    """Ask the group to end, then make it."""
    for sign, patience in ((signal.SIGTERM, 8), (signal.SIGKILL, 8)):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and process.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail(f"Prefect's server did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def deployed_once(prefect_service, qml_process):
    """`qml deploy` as CI would run it, without a terminal; what it said."""
    return qml_deploy(qml_process, prefect_service)


def qml_deploy(qml_process, server: Server) -> Said:
    file = ROOT / "prefect.yaml"
    return qml_process.run(server.folder, "deploy", "--file", file, PREFECT_API_URL=server.url)


@pytest.fixture(scope="session")
def worker(prefect_service, deployed_once, tmp_path_factory):
    """A process worker started in another folder, with a store of its own; that folder."""
    folder = tmp_path_factory.mktemp("worker")
    environment = {
        **prefect_service.environment,
        "QML_STORAGE_URL": (folder / "store").as_uri(),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    process = start_prefect(folder, environment, "worker", "start", "--pool", "qml-process")
    yield folder
    end(process)


@pytest.fixture(scope="session")
def deployed_again(prefect_service, deployed_once, worker, qml_process):
    """A second `qml deploy`, while the worker is starting; what it said."""
    return qml_deploy(qml_process, prefect_service)
