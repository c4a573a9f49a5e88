"""Workers that are killed, and workers that ask for the same: one job, paid once."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from child_process import end_with_parent

from flows.kernel_matrix import kernel_matrix
from qml_core.budget.ledger import open_ledger
from qml_core.references import Charge
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

WORKER = """
import json, sys
from flows.kernel_matrix import kernel_matrix
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
data, kernel, backend, run = map(json.loads, sys.argv[1:])
kernel_matrix(DatasetSpec(**data), KernelSpec(**kernel), BackendSpec(**backend), RunSpec(**run))
"""
DATA = {"name": "moons", "parameters": {"n_samples": 6}}
KERNEL = {"encoding": {"name": "iqp", "reps": 1, "bandwidth": 0.3}}
BACKEND = {"name": "ionq.forte-1", "shots": 50}
PRICES = """
[[price]]
backend = "ionq.forte-1"
as_of = 2026-11-21
source = "a contract"
usd_per_shot = 0.01
"""


@pytest.fixture
def ledger(tmp_path, store_url, monkeypatch):
    """On which all workers write, as they do on one store."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES)
    for name, value in {
        "QML_LEDGER_URL": url,
        "QML_PRICES": str(prices),
        "QML_JOB_LEASE_S": "2",
        "QML_JOB_GRACE_S": "0.2",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tasks.devices._open", threading.local())
    opened = open_ledger(url)
    opened.set_budget("default", 10**10, datetime.now(timezone.utc))
    return opened


@pytest.fixture
def worker(prefect_server, tmp_path, ledger, ionq):
    """Start a process that runs the flow; what it says last is in the file `said`."""
    from prefect.settings import PREFECT_API_URL

    started = []

    def start(backend=BACKEND, **terms):
        specs = (DATA, KERNEL, backend, {"canary": False, **terms})
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


def here(backend=BACKEND, **terms):
    """The same command in this process."""
    specs = (DatasetSpec(**DATA), KernelSpec(**KERNEL), BackendSpec(**backend))
    return kernel_matrix(*specs, RunSpec(canary=False, **terms))


def wait_for(condition, *processes):
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up
        assert all(process.poll() is None for process in processes), "a worker ended too early"
        time.sleep(0.01)


def assert_paid(ionq, ledger, creates):
    state, budget = ionq.control(), ledger.budget("default")
    assert (state["creates"], state["posts"]) == (creates, creates)
    assert (budget.reserved, budget.spent.microusd) == (Charge(), state["bill"])
    assert ledger.audit() == ()


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
    here()
    assert_paid(ionq, ledger, creates=1)


def test_two_workers_that_ask_for_the_same_matrix_buy_it_once(ionq, ledger, worker):
    ionq.control(hold="ready")
    other = worker()
    wait_for(lambda: ledger.jobs(states=("submitted",)), other)
    threading.Timer(1, lambda: ionq.control(hold="")).start()
    run = here()
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
    adaptive = {**BACKEND, "allocation": "adaptive", "pilot_shots": 16, "target_error": 0.05}
    ionq.control(hold="ready")
    first = worker(adaptive)
    wait_for(lambda: ledger.jobs(states=("submitted",)), first)
    kill(first)
    assert len(ledger.jobs(states=("reserved",))) == 1  # the most that the top-up may cost
    ionq.control(hold="")
    here(adaptive)
    assert ionq.control()["creates"] > 1
    assert_paid(ionq, ledger, ionq.control()["creates"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_workers_killed_at_random_moments_are_followed_by_one_that_ends(ionq, ledger, worker, seed):
    generator = random.Random(seed)
    for _ in range(3):
        ionq.control()
        asked = len(ionq.control()["log"])
        process = worker()
        wait_for(lambda: len(ionq.control()["log"]) > asked or process.poll() is not None)
        time.sleep(generator.uniform(0, 0.6))
        kill(process)
    here()
    assert_paid(ionq, ledger, creates=1)
