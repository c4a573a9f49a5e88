"""Workers that are killed, and workers that ask for the same: one job, paid once."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from child_process import end_with_parent
from paid_flows import DATA, IONQ, KERNEL, SHOTS, assert_paid

from flows.kernel_matrix import kernel_matrix
from qml_core.specs import BackendSpec, RunSpec

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.usefixtures("prefect_server", "paid_backends"),
]

WORKER = """
import json, sys
from flows.kernel_matrix import kernel_matrix
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
data, kernel, backend, run = map(json.loads, sys.argv[1:])
kernel_matrix(DatasetSpec(**data), KernelSpec(**kernel), BackendSpec(**backend), RunSpec(**run))
"""
ADAPTIVE = {"allocation": "adaptive", "pilot_shots": 16, "target_error": 0.05}


@pytest.fixture
def worker(prefect_server, tmp_path, ledger, ionq):
    """Start a process that runs the flow; what it says last is in the file `said`."""
    from prefect.settings import PREFECT_API_URL

    started = []

    def start(**backend):
        specs = [spec.model_dump(mode="json") for spec in asked(**backend)]
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, *map(json.dumps, specs)],
            env={**os.environ, "OMP_NUM_THREADS": "1", "PREFECT_API_URL": PREFECT_API_URL.value()},
            cwd=Path(__file__).parents[2],
            stdout=subprocess.DEVNULL,
            stderr=(tmp_path / "said").open("a"),
            preexec_fn=end_with_parent,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def asked(**backend):
    """What each worker is asked for."""
    return DATA, KERNEL, BackendSpec(name=IONQ, shots=SHOTS, **backend), RunSpec(canary=False)


def wait_for(condition, *processes):
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up
        assert all(process.poll() is None for process in processes), "a worker ended too early"
        time.sleep(0.01)


def kill(process):
    process.kill()
    process.wait()


def test_a_worker_that_is_killed_beside_a_queued_job_is_followed_by_one_that_collects_it(
    ionq, ledger, worker
):
    ionq.control(hold="ready")
    first = worker()
    wait_for(lambda: ledger.jobs(states=("submitted",)), first)
    kill(first)
    ionq.control(hold="", status="unavailable")  # a job that is paid needs no device that serves
    kernel_matrix(*asked())
    assert_paid(ionq, ledger, creates=1)


def test_two_workers_that_ask_for_the_same_matrix_buy_it_once(ionq, ledger, worker):
    ionq.control(hold="ready")
    other = worker()
    wait_for(lambda: ledger.jobs(states=("submitted",)), other)
    threading.Timer(1, lambda: ionq.control(hold="")).start()
    run = kernel_matrix(*asked())
    assert other.wait(60) == 0
    assert run.matrices[0].shape == (6, 6)
    assert_paid(ionq, ledger, creates=1)


@pytest.mark.slow
def test_many_workers_that_begin_at_once_buy_the_same_matrix_once(ionq, ledger, worker):
    workers = [worker() for _ in range(4)]
    assert [process.wait(120) for process in workers] == [0] * 4
    assert_paid(ionq, ledger, creates=1)


@pytest.mark.slow
def test_a_worker_that_is_killed_between_pilot_and_top_up_is_followed_by_one_that_goes_on(
    ionq, ledger, worker
):
    ionq.control(hold="ready")
    first = worker(**ADAPTIVE)
    wait_for(lambda: ledger.jobs(states=("submitted",)), first)
    kill(first)
    assert len(ledger.jobs(states=("reserved",))) == 1  # the most that the top-up may cost
    ionq.control(hold="")
    kernel_matrix(*asked(**ADAPTIVE))
    assert ionq.control()["creates"] > 1
    assert_paid(ionq, ledger, ionq.control()["creates"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_workers_killed_at_random_moments_are_followed_by_one_that_ends(ionq, ledger, worker, seed):
    generator = random.Random(seed)
    for _ in range(3):
        process, known = worker(), len(ionq.control()["log"])
        while process.poll() is None and len(ionq.control()["log"]) == known:
            time.sleep(0.01)
        time.sleep(generator.uniform(0, 0.6))
        kill(process)
    kernel_matrix(*asked())
    assert_paid(ionq, ledger, creates=1)
