"""The canary: sent once, judged by today's threshold, before anything else is bought."""

from contextlib import nullcontext
from datetime import datetime, timezone

import numpy as np
import pytest

from qml_core.errors import DeviceRefused, JobFailed
from qml_core.hardware.measurement import Ran
from qml_core.kernels import kernel_matrix
from qml_core.kernels.planning import plan_kernel
from qml_core.references import Calibration, Grant, QubitCalibration
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.block_format import Measurement
from qml_core.storage.blocks import put_block
from qml_core.storage.store import open_store
from tasks import canary
from tasks.canary import canary_stored, find_canary, send_canary
from tasks.datasets import load_dataset, read_columns

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=1000)
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1, "bandwidth": 0.3})
RECORD = Calibration(
    provider="braket", backend=GARNET.name, taken_at=None, qubits=(QubitCalibration(),)
)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    return load_dataset.fn(DatasetSpec(name="moons", parameters={"n_samples": 60}))


@pytest.fixture
def plan(data):
    return plan_kernel(data, KERNEL, GARNET, RunSpec())


@pytest.fixture
def device(plan, monkeypatch):
    """device.fidelity: what of the exact probability of 0…0 is read; device.sent: its jobs."""

    class Device:
        fidelity, sent, slots = 1.0, [], []

        def __call__(self, part, circuits, shots):
            self.sent.append((part, len(circuits), shots))
            pairs = canary.canary_pairs(*self.asked)
            (X,) = read_columns(plan.data, "all", "x")
            K = kernel_matrix(X, kernel=KERNEL)
            zeros = [round(self.fidelity * shots * K[i, j]) for i, j in pairs]
            counts = tuple({"00": z, "11": shots - z} for z in zeros)
            return Ran(counts, None, RECORD, "job-1")

    found = Device()
    real = canary.canary_pairs

    def pairs(rows, exact, seed):
        found.asked = rows, exact, seed
        return real(rows, exact, seed)

    def slot(name):
        found.slots.append(name)
        return nullcontext()

    monkeypatch.setattr(canary, "canary_pairs", pairs)
    monkeypatch.setattr(canary, "open_run", lambda plan, used, run: found)
    monkeypatch.setattr(canary, "device_slot", slot)
    found.sent, found.slots = [], []
    return found


def grant(plan):
    return Grant(
        plan_key=plan.key, backend_asked=plan.backend, backend_used=plan.backend, reason="r",
        estimate=plan.estimate, granted_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
    )  # fmt: skip


def send(*plans, **run):
    send_canary.fn(plans, [grant(plan) for plan in plans], RunSpec(**run))


def test_a_good_device_passes_with_one_small_job_in_a_slot_of_it(plan, device):
    send(plan)
    assert device.sent == [("canary", 10, 1000)]
    assert device.slots == [GARNET.name]
    record = find_canary(plan)
    assert (record.backend, record.shots, record.job) == (GARNET.name, 1000, "job-1")
    assert record.calibration == RECORD.digest
    assert record.fidelity == pytest.approx(1, abs=0.001)
    assert record.fidelity <= record.upper
    assert canary_stored(plan)


def test_it_measures_diagonals_and_large_entries_of_the_matrix(plan, device):
    send(plan)
    record = find_canary(plan)
    (X,) = read_columns(plan.data, "all", "x")
    K = kernel_matrix(X, kernel=KERNEL)
    expected = [K[i, j] for i, j in record.pairs]
    np.testing.assert_allclose(record.exact, expected, atol=1e-12)
    assert [i == j for i, j in record.pairs] == [True] * 5 + [False] * 5
    assert min(record.exact) >= 0.3


def test_a_bad_device_stops_the_run_and_says_what_was_measured(plan, device):
    device.fidelity = 0.4
    with pytest.raises(DeviceRefused) as caught:
        send(plan)
    message = caught.value.message
    for said in (GARNET.name, "fidelity 0.400", "95 % confidence", "0.5 asked", "10 circuits"):
        assert said in message
    assert "run.canary=false" in caught.value.remedy
    assert caught.value.exit_code == 3


def test_what_may_still_be_good_enough_passes(plan, device):
    """Only an upper bound below the threshold stops: 0.49 of 10,000 shots may be 0.5."""
    device.fidelity = 0.495
    send(plan)
    assert find_canary(plan).fidelity < 0.5 <= find_canary(plan).upper


def test_a_rerun_measures_nothing_and_judges_anew(plan, device):
    device.fidelity = 0.7
    send(plan)
    with pytest.raises(DeviceRefused, match=r"0\.9 asked"):
        send(plan, canary_fidelity=0.9)
    send(plan, canary_fidelity=0.6)
    assert len(device.sent) == 1


def test_a_device_that_failed_is_not_sent_another_by_a_rerun(plan, device):
    device.fidelity = 0.1
    for _ in range(2):
        with pytest.raises(DeviceRefused):
            send(plan)
    assert len(device.sent) == 1


def test_it_is_skipped_where_it_is_not_wanted(plan, device):
    send(plan, canary=False)
    assert device.sent == []
    assert not canary_stored(plan)


@pytest.mark.parametrize("name", ["qml.batched", "default.mixed"])
def test_simulators_are_sent_none(data, device, name):
    send(plan_kernel(data, KERNEL, BackendSpec(name=name, shots=100), RunSpec()))
    assert device.sent == []


def test_a_finished_matrix_is_sent_none_and_an_unfinished_one_is(plan, device):
    ones = np.ones((60, 60), dtype=np.int64)
    store = open_store(plan.store)
    for block in plan.blocks[:-1]:
        put_block(store, plan.key, block, ones / 2, 0.0, measurement=_beside(ones))
    send(plan)
    assert len(device.sent) == 1
    put_block(store, plan.key, plan.blocks[-1], ones / 2, 0.0, measurement=_beside(ones))
    store.put(f"matrices/{plan.key}/canary.json", b"damaged")
    send(plan)
    assert len(device.sent) == 1


def _beside(ones):
    return Measurement(ones, ones, ones / 2, ones / 10)


def test_of_several_matrices_the_first_is_sent_one(data, device):
    plans = [plan_kernel(data, KERNEL, GARNET, RunSpec(), rows=rows) for rows in ("all", "train")]
    send(*plans)
    assert len(device.sent) == 1
    assert canary_stored(plans[0])
    assert not canary_stored(plans[1])


def test_another_measurement_has_a_canary_of_its_own(data, plan, device):
    send(plan)
    again = plan_kernel(data, KERNEL, GARNET, RunSpec(remeasure=1))
    send(again)
    assert len(device.sent) == 2


def test_beyond_what_can_be_simulated_the_diagonals_alone_are_sent(plan, device, monkeypatch):
    monkeypatch.setattr(canary, "_SIMULABLE", 1)
    send(plan)
    record = find_canary(plan)
    assert len(record.pairs) == 5
    assert all(i == j for i, j in record.pairs)
    assert record.exact == (1.0,) * 5


def test_a_canary_that_fails_on_the_device_is_no_record(plan, device, monkeypatch):
    def failed(part, circuits, shots):
        raise JobFailed("no laser")

    monkeypatch.setattr(canary, "open_run", lambda plan, used, run: failed)
    with pytest.raises(JobFailed):
        send(plan)
    assert not canary_stored(plan)


def test_a_damaged_record_is_measured_anew(plan, device):
    send(plan)
    store, path = open_store(plan.store), f"matrices/{plan.key}/canary.json"
    store.put(path, b"{}")
    send(plan)
    assert len(device.sent) == 2
    assert canary_stored(plan)
