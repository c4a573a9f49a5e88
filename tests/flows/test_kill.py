"""SIGKILL at any moment: the same command computes only what is missing, bit for bit the same."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from flows.kernel_matrix import kernel_matrix
from qml_core.specs import DatasetSpec, KernelSpec
from qml_core.storage.blocks import receipts
from qml_core.storage.matrices import load_matrix
from qml_core.storage.store import open_store

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

DATA = DatasetSpec(
    name="linearly_separable",
    parameters={"n_samples": 1600, "n_features": 11},
    preprocessing={"reduce": "none"},
)
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 6})
BLOCKS = 10


@pytest.fixture
def job(prefect_server, tmp_path):
    """Start the command against the session's server, in a store of its own."""
    from prefect.settings import PREFECT_API_URL

    threads = str(torch.get_num_threads())  # bits are the same at the same count, and a Dask
    environment = {  # cluster started by an earlier test leaves a count of 1 in the environment
        **os.environ,
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "PREFECT_API_URL": PREFECT_API_URL.value(),
        "QML_STORAGE_URL": (tmp_path / "killed").as_uri(),
    }
    command = [sys.executable, "-m", "deployments.cli", "kernel", "linearly_separable"]
    for path, value in {
        "dataset.parameters.n_samples": 1600,
        "dataset.parameters.n_features": 11,
        "dataset.preprocessing.reduce": "none",
        "kernel.encoding.reps": 6,
    }.items():
        command += ["--set", f"{path}={value}"]
    return lambda: subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )


def stored_receipts(folder):
    return len(list(folder.glob("matrices/*/receipts/*.json")))


def kill_when(process, folder, enough, *, timeout_s=120):
    """SIGKILL once `enough` blocks are stored; returns how many were by then."""
    give_up = time.monotonic() + timeout_s
    while stored_receipts(folder) < enough:
        assert process.poll() is None, "the job ended before it could be killed"
        assert time.monotonic() < give_up
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return stored_receipts(folder)


def undisturbed(tmp_path, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "whole").as_uri())
    return kernel_matrix(DATA, KERNEL).matrices[0]


def test_after_sigkill_only_missing_blocks_are_computed(job, tmp_path, monkeypatch):
    stored = kill_when(job(), tmp_path / "killed", enough=2)
    assert 2 <= stored < BLOCKS

    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "killed").as_uri())
    resumed = kernel_matrix(DATA, KERNEL).matrices[0]
    assert (resumed.computed, resumed.reused) == (BLOCKS - stored, stored)

    whole = undisturbed(tmp_path, monkeypatch)
    assert load_matrix(resumed).tobytes() == load_matrix(whole).tobytes()


@pytest.mark.slow
def test_many_kills_at_random_moments_leave_the_same_matrix(job, tmp_path, monkeypatch):
    seed = 20
    generator = random.Random(seed)
    folder = tmp_path / "killed"
    for _ in range(8):
        process = job()
        time.sleep(generator.uniform(3.0, 12.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert stored_receipts(folder) <= BLOCKS
    monkeypatch.setenv("QML_STORAGE_URL", folder.as_uri())
    resumed = kernel_matrix(DATA, KERNEL).matrices[0]
    assert resumed.computed + resumed.reused == BLOCKS, f"seed {seed}"
    assert len(receipts(open_store(resumed.store), resumed.key)) == BLOCKS
    whole = undisturbed(tmp_path, monkeypatch)
    np.testing.assert_array_equal(load_matrix(resumed), load_matrix(whole))
