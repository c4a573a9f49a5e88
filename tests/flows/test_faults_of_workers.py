"""Workers that are killed, and workers that ask for the same: one job, paid once."""

import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from child_process import end_with_parent

from qml_core.budget.ledger import open_ledger
from qml_core.references import Charge

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

WORKER = """
from flows.kernel_matrix import kernel_matrix
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
data = DatasetSpec(name="moons", parameters={"n_samples": 6})
kernel = KernelSpec(encoding={"name": "iqp", "reps": 1, "bandwidth": 0.3})
run = kernel_matrix(
    data, kernel, BackendSpec(name="ionq.forte-1", shots=50, **{more}), RunSpec(canary={canary})
)
print(run.matrices[0].sha256)
"""
PRICES = """
[[price]]
backend = "ionq.forte-1"
as_of = 2026-11-21
source = "a contract"
usd_per_shot = 0.01
"""


@pytest.fixture
def ledger(tmp_path):
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    opened.set_budget("default", 10**10, datetime.now(timezone.utc))
    return opened


@pytest.fixture
def worker(prefect_server, tmp_path, ledger):
    """Start a process that runs the flow, on the store and ledger that all of them share."""
    from prefect.settings import PREFECT_API_URL

    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES)
    environment = {
        "OMP_NUM_THREADS": "1",
        "PREFECT_API_URL": PREFECT_API_URL.value(),
        "QML_STORAGE_URL": (tmp_path / "store").as_uri(),
        "QML_LEDGER_URL": f"sqlite:///{tmp_path / 'ledger.db'}",
        "QML_PRICES": str(prices),
        "QML_JOB_LEASE_S": "2",
        "QML_JOB_GRACE_S": "0.2",
    }
    started = []

    def start(more=None, canary=False):
        script = WORKER.replace("{more}", repr(more or {})).replace("{canary}", repr(canary))
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            env={**os.environ, **environment},
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=end_with_parent,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for(condition, *processes):
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up
        assert all(process.poll() is None for process in processes), "a worker ended too early"
        time.sleep(0.01)


def finish(process):
    """The digest of the matrix."""
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err[-3000:]
    return out.split()[-1]


def assert_paid(ionq, ledger, creates):
    state, budget = ionq.control(), ledger.budget("default")
    assert (state["creates"], state["posts"]) == (creates, creates)
    assert (budget.reserved, budget.spent.microusd) == (Charge(), state["bill"])
    assert ledger.audit() == ()


def test_a_worker_that_is_killed_beside_a_queued_job_is_followed_by_one_that_collects_it(
    ionq, ledger, worker
):
    ionq.control(hold="ready")
    first = worker()
    wait_for(lambda: ledger.jobs(states=("submitted",)), first)
    first.kill()
    first.wait()
    ionq.control(hold="", status="unavailable")  # a job that is paid needs no device that serves
    finish(worker())
    assert_paid(ionq, ledger, creates=1)


def test_two_workers_that_ask_for_the_same_matrix_buy_it_once(ionq, ledger, worker):
    ionq.control(hold="ready")
    both = [worker(), worker()]
    wait_for(lambda: ledger.jobs(states=("submitted",)), *both)
    time.sleep(0.5)
    ionq.control(hold="")
    assert len({finish(process) for process in both}) == 1
    assert_paid(ionq, ledger, creates=1)


@pytest.mark.slow
def test_a_worker_that_is_killed_between_pilot_and_top_up_is_followed_by_one_that_goes_on(
    ionq, ledger, worker
):
    adaptive = {"allocation": "adaptive", "pilot_shots": 16, "target_error": 0.05}
    ionq.control(hold="ready")
    first = worker(adaptive)
    wait_for(lambda: ledger.jobs(states=("submitted",)), first)
    first.kill()
    first.wait()
    assert len(ledger.jobs(states=("reserved",))) == 1  # the most that the top-up may cost
    ionq.control(hold="")
    finish(worker(adaptive))
    state = ionq.control()
    assert state["creates"] == state["posts"]
    assert_paid(ionq, ledger, creates=state["creates"])


@pytest.mark.slow
@pytest.mark.parametrize("step", range(6))
def test_a_worker_may_be_killed_at_any_step(ionq, ledger, worker, step):
    """Killed again and again at growing times, with a canary; then one is left to end."""
    for _ in range(3):
        process = worker(canary=True)
        wait_for(lambda: ionq.control()["log"], process)
        time.sleep(0.15 * step)
        process.kill()
        process.wait()
        ionq.control()
    finish(worker(canary=True))
    assert_paid(ionq, ledger, creates=2)
