"""A store, a ledger and small data for tasks that pay, on loopback services."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timezone
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from qml_core.budget.ledger import Ledger, open_ledger
from qml_core.hardware.orders import Patience
from qml_core.kernels import kernel_matrix
from qml_core.kernels.blocks import block_slices
from qml_core.references import BlockReceipt, DatasetRef, Grant, KernelPlan, ShardResult
from qml_core.specs import DatasetSpec, RunSpec
from qml_core.storage.block_format import Measurement
from qml_core.storage.blocks import put_block, read_block, read_measurement
from qml_core.storage.store import open_store
from tasks import devices, measurement, training_purchases
from tasks.datasets import load_dataset, read_sides
from tasks.kernel import evaluate_shard


@pytest.fixture
def ledger(tmp_path, monkeypatch) -> Ledger:
    """A store and a ledger of the test's own; the default project has a million USD."""
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    opened = open_ledger(url)
    opened.set_budget("default", 10**12, datetime.now(timezone.utc))
    return opened


@pytest.fixture
def cap(ledger) -> Callable[[int], object]:
    """cap(microusd): another budget."""
    return lambda microusd: ledger.set_budget("default", microusd, datetime.now(timezone.utc))


@pytest.fixture
def moons(ledger) -> DatasetRef:
    """12 rows of 2 features, 3 of them to test."""
    return load_dataset.fn(DatasetSpec(name="moons", parameters={"n_samples": 12}))


@pytest.fixture
def quick(monkeypatch) -> None:
    """Jobs are polled at once, leases are short, slots of devices are free."""
    monkeypatch.setenv("QML_JOB_GRACE_S", "0.05")
    monkeypatch.setenv("QML_JOB_LEASE_S", "0.3")
    monkeypatch.setattr(measurement, "device_slot", lambda name: nullcontext())
    monkeypatch.setattr(devices, "Patience", partial(Patience, first_poll=0.01, longest_poll=0.05))


@pytest.fixture
def put_all() -> Callable[[KernelPlan], None]:
    """Store every block of a plan, measured."""

    def put(plan: KernelPlan) -> None:
        store = open_store(plan.store)
        for block in plan.blocks:
            rows, columns = block_slices(block, plan.shape, plan.edge)
            ones = np.ones((rows.stop - rows.start, columns.stop - columns.start), np.int64)
            beside = Measurement(ones, ones, ones / 2, ones / 10)
            put_block(store, plan.key, block, ones / 2, 0.0, measurement=beside)

    return put


@pytest.fixture
def granted() -> Callable[[KernelPlan], Grant]:
    """A grant of the backend a plan was made for."""

    def grant(plan: KernelPlan) -> Grant:
        return Grant(
            plan_key=plan.key,
            backend_asked=plan.backend,
            backend_used=plan.backend,
            reason="r",
            estimate=plan.estimate,
            granted_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
        )

    return grant


@pytest.fixture
def evaluate(granted) -> Callable[..., ShardResult]:
    """evaluate(plan, blocks): what the task makes of a shard of these blocks, or of all."""

    def run(plan: KernelPlan, blocks=None, stored=()) -> ShardResult:
        grant = granted(plan)
        return evaluate_shard.fn(blocks or plan.blocks, plan.head, grant, stored, RunSpec())

    return run


@pytest.fixture
def drawn() -> Callable[[KernelPlan, BlockReceipt], tuple[np.ndarray, Measurement]]:
    """Values of the one block of a plan and what stands beside them.

    They are shares of their shots, everywhere within 5 standard errors of the exact kernel.
    """

    def read(plan: KernelPlan, receipt: BlockReceipt) -> tuple[np.ndarray, Measurement]:
        store, (X, Y) = open_store(plan.store), read_sides(plan)
        values, beside = read_block(store, receipt), read_measurement(store, receipt)
        assert beside is not None
        own = plan.columns == "self"
        truth = np.ones((len(X), 1)) if own else kernel_matrix(X, Y, kernel=plan.kernel)
        shots = np.maximum(beside.shots, beside.shots.T) if plan.symmetric else beside.shots
        error = np.sqrt(np.clip(truth * (1 - truth), 0, None) / shots) + 1 / shots
        assert (abs(values - truth) < 5 * error).all()
        if plan.backend.storage == "float64":
            np.testing.assert_array_equal(values, np.rint(values * shots) / shots)
        return values, beside

    return read


@pytest.fixture
def spent(ledger) -> Callable[[], int]:
    """What all jobs were settled at, millionths of a USD."""
    return lambda: sum(job.settled.microusd for job in ledger.jobs() if job.settled)


@pytest.fixture
def checkpoint(monkeypatch) -> Callable[..., None]:
    """checkpoint(epoch, step): what the newest checkpoint of every training holds."""

    def install(epoch: int, step: int, finished: str = "", key: str | None = None) -> None:
        state = SimpleNamespace(epoch=epoch, step=step, finished=finished, best_epoch=epoch)

        def latest(store, training_key, *, until=None):
            return None if key not in (None, training_key) else (None, state)

        monkeypatch.setattr(training_purchases, "latest_checkpoint", latest)

    return install
