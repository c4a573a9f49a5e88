"""The command line in this process and in one of its own; one trained run."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from commands import Said, own_environment
from made_once import made_once

from deployments.cli.app import main


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


@pytest.fixture(scope="session")
def qml_process():
    """The command in a process of its own: started(folder, words) and run(folder, words)."""

    class Processes:
        def start(self, folder, *words, **more):
            return subprocess.Popen(
                [sys.executable, "-m", "deployments.cli", *map(str, words)],
                cwd=folder,
                env=own_environment(folder, **more),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )

        def run(self, folder, *words, timeout=300, **more):
            process = self.start(folder, *words, **more)
            try:
                out, err = process.communicate(timeout=timeout)
            finally:
                process.kill()
            return Said(process.returncode, out, err)

    return Processes()


@pytest.fixture(scope="session")
def qml_here(prefect_server):
    """run(folder, *words): the command in this process, as on a server that is configured."""

    def run(folder, *words):
        out, err = io.StringIO(), io.StringIO()
        with (
            pytest.MonkeyPatch.context() as own,
            patch.dict(os.environ),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            own.setenv("QML_STORAGE_URL", (folder / "store").as_uri())
            own.setenv("QML_LEDGER_URL", f"sqlite:///{folder / 'ledger.db'}")
            own.setenv("XDG_DATA_HOME", str(folder))
            own.setenv("COLUMNS", "80")
            with pytest.raises(SystemExit) as ended:
                main([str(word) for word in words])
        return Said(ended.value.code, out.getvalue(), err.getvalue())

    return run


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
    """`qml train data.csv --local --json` in a home that was empty, once for all tests."""
    X = np.random.default_rng(5).normal(size=(40, 3))
    rows = [[*map(repr, map(float, x)), "yes" if x[0] + x[1] > 0 else "no"] for x in X]

    def train(folder):
        file = write_csv(folder / "data.csv", ["a", "b", "c", "label"], rows)
        few = ("--set", "dataset.split.repeats=2", "--set", "model.bandwidths=[0.2]")
        words = ("train", file, "--target", "label", "--local", "--json", *few)
        said = qml_process.run(folder, *words)
        assert said.code == 0, said.err
        (folder / "said.json").write_text(json.dumps(asdict(said)))

    folder = made_once(tmp_path_factory, "trained", train)
    said = Said(**json.loads((folder / "said.json").read_text()))
    return Trained(folder, folder / "data.csv", rows, said)


@pytest.fixture
def after(trained, monkeypatch, qml):
    """The command in this process, on the store and in the folder of the trained run."""
    monkeypatch.chdir(trained.folder)
    monkeypatch.setenv("XDG_DATA_HOME", str(trained.folder))
    monkeypatch.delenv("QML_STORAGE_URL")
    return qml
