"""Ctrl-C: the run ends soon, says that finished blocks are kept, and leaves no process behind."""

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.prefect

SLOW = ("digits", "--qubits", "12", "--set", "dataset.split.repeats=20", "--local")


def test_an_interrupted_job_keeps_its_blocks_and_leaves_no_server(
    qml_process, tmp_path, migrated_database
):
    migrated_database(tmp_path / "qml" / "prefect" / "prefect.db")
    process = qml_process.start(tmp_path, "kernel", *SLOW)
    try:
        wait_for_a_block(tmp_path / "qml" / "store", process)
        assert any("uvicorn" in line for line in processes_of(tmp_path))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the server gets it too
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == (
        "qml: interrupted; finished blocks are kept, the same command continues"
    )
    assert "Traceback" not in err
    assert list((tmp_path / "qml" / "store" / "blocks").rglob("*.parquet"))
    assert not processes_of(tmp_path)


def processes_of(folder):
    """Processes whose environment names the folder, the temporary server for one (Linux)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


def wait_for_a_block(store, process, patience_s=60):
    give_up = time.monotonic() + patience_s
    while not any(store.glob("blocks/*/*.parquet")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < give_up
        time.sleep(0.05)
