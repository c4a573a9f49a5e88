"""A store, a ledger and small data for tasks that pay, on loopback services."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timezone
from functools import partial

import numpy as np
import pytest

from qml_core.budget.ledger import Ledger, open_ledger
from qml_core.hardware.orders import Patience
from qml_core.kernels.blocks import block_slices
from qml_core.references import DatasetRef, Grant, KernelPlan, ShardResult
from qml_core.specs import DatasetSpec, RunSpec
from qml_core.storage.block_format import Measurement
from qml_core.storage.blocks import put_block
from qml_core.storage.store import open_store
from tasks import devices, measurement
from tasks.datasets import load_dataset
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
