"""Gates of a device: in order, before anything is spent, each refusal with its numbers."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from qml_core.budget.ledger import Booking, open_ledger
from qml_core.errors import (
    BudgetExceeded,
    CircuitRefused,
    DeviceRefused,
    LedgerUnavailable,
    PriceUnknown,
    StaleCalibration,
)
from qml_core.hardware.orders import attempt_key, order_key
from qml_core.kernels.blocks import block_slices
from qml_core.kernels.planning import diagonal_plan, plan_kernel
from qml_core.references import Charge
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.block_format import Measurement
from qml_core.storage.blocks import put_block
from qml_core.storage.store import open_store
from tasks import admission
from tasks.admission import admit
from tasks.canary import CanaryRecord
from tasks.datasets import load_dataset

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=1000)
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1})
SHOT, JOB = 1450, 300_000
WHOLE = 78_000 * SHOT + 3 * JOB
"""12 rows: 78 circuits in blocks of 55, 20 and 3, millionths of a USD."""
CANARY = 10_000 * SHOT + JOB


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    opened = open_ledger(url)
    cap(opened, 10**12)
    return opened


def cap(ledger, microusd):
    ledger.set_budget("default", microusd, datetime.now(timezone.utc))


@pytest.fixture
def data(ledger):
    return load_dataset.fn(DatasetSpec(name="moons", parameters={"n_samples": 12}))


@pytest.fixture
def wide(ledger):
    """9 qubits; the loopback has 8."""
    return load_dataset.fn(
        DatasetSpec(name="wine", preprocessing={"n_components": 9}, split={"test_size": 0.8})
    )


def plan(data, backend=GARNET, run=None, **sides):
    return plan_kernel(data, KERNEL, backend, run or RunSpec(), **sides)


def asked(plans, backend=GARNET, run=None, later=()):
    return admit(tuple(plans), backend, run or RunSpec(), later)


def put_all(whole):
    """Store every block of a plan, measured."""
    store = open_store(whole.store)
    for block in whole.blocks:
        rows, columns = block_slices(block, whole.shape, whole.edge)
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        ones = np.ones(shape, np.int64)
        beside = Measurement(ones, ones, ones / 2, ones / 10)
        put_block(store, whole.key, block, ones / 2, 0.0, measurement=beside)


def test_what_may_run_is_said_with_its_price_and_nothing_is_reserved(braket, ledger, data):
    admitted = asked([plan(data)])
    assert admitted.backend == GARNET
    (priced,) = admitted.plans
    assert priced.estimate.usd == pytest.approx((WHOLE + CANARY) / 1e6)
    assert priced.key == plan(data).key
    for said in ("88 circuits of 1,000 shots in 4 jobs", "128.80 USD", "limit 24 h", "default"):
        assert said in admitted.reason
    assert admitted.price == "aws.amazon.com/braket/pricing, 2026-11-20"
    assert 0 <= admitted.age_h < 1
    assert len(admitted.calibration) == 64
    assert braket.control()["creates"] == 0
    assert ledger.jobs() == ()


def test_the_gates_come_in_order_and_each_is_reached_once_the_one_before_lets_through(
    braket, ledger, data, wide, monkeypatch
):
    """Price, ledger, circuits, budget, status, queue, calibration: the cheapest answer first."""
    braket.control(status="OFFLINE", updated_at="2020-01-01T00:00:00Z")
    run = RunSpec(max_queue=2)
    cap(ledger, 0)
    monkeypatch.setattr(admission, "own_ledger", _down)
    unpriced = BackendSpec(name="braket.iqm.Emerald", shots=1000)
    with pytest.raises(PriceUnknown, match="Emerald"):
        asked([plan(wide, unpriced)], unpriced, run)
    with pytest.raises(LedgerUnavailable):
        asked([plan(wide)], run=run)
    assert not braket.control()["log"], "nothing is asked of a device that cannot be paid"
    monkeypatch.setattr(admission, "own_ledger", lambda: ledger)
    with pytest.raises(CircuitRefused, match="qubits: 9 qubits asked, the device has 8"):
        asked([plan(wide)], run=run)
    with pytest.raises(BudgetExceeded):
        asked([plan(data)], run=run)
    cap(ledger, 10**12)
    with pytest.raises(DeviceRefused, match="does not serve"):
        asked([plan(data)], run=run)
    braket.control(status="ONLINE")
    with pytest.raises(DeviceRefused, match=r"at most 2 jobs in the queue .* found 3"):
        asked([plan(data)], run=run)
    with pytest.raises(StaleCalibration):
        asked([plan(data)])
    assert asked([plan(data)], run=RunSpec(max_calibration_age_h=10**5)).age_h > 24 * 365
    assert braket.control()["creates"] == 0


def _down():
    raise LedgerUnavailable("the ledger does not answer")


def test_a_ledger_that_cannot_be_opened_refuses_and_simulators_go_on(braket, data, monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(LedgerUnavailable):
        asked([plan(data)])
    simulated = BackendSpec(shots=1000)
    assert asked([plan(data, simulated)], simulated).backend == simulated


def test_a_budget_that_is_too_small_says_projected_allowed_spent_and_shots_that_fit(
    braket, ledger, data
):
    cap(ledger, 100_000_000)
    with pytest.raises(BudgetExceeded) as caught:
        asked([plan(data)])
    message, remedy = caught.value.message, caught.value.remedy
    for said in ("projected 128.80 USD", "allowed 100.00 USD", "spent 0.00", "100.00 USD left"):
        assert said in message
    shots = int(remedy.partition("backend.shots=")[2].partition(" ")[0])
    fewer = GARNET.model_copy(update={"shots": shots})
    assert asked([plan(data, fewer)], fewer).plans[0].estimate.usd <= 100
    more = GARNET.model_copy(update={"shots": shots + 1})
    with pytest.raises(BudgetExceeded):
        asked([plan(data, more)], more)


def test_a_project_without_a_budget_spends_nothing(braket, data):
    with pytest.raises(BudgetExceeded, match=r"project other .*allowed 0\.00 USD"):
        asked([plan(data)], run=RunSpec(project="other"))


def test_exactly_enough_is_enough(braket, ledger, data):
    cap(ledger, WHOLE + CANARY)
    asked([plan(data)])
    cap(ledger, WHOLE + CANARY - 1)
    with pytest.raises(BudgetExceeded):
        asked([plan(data)])
    asked([plan(data)], run=RunSpec(canary=False))


def test_a_canary_that_was_measured_is_not_paid_again(braket, ledger, data):
    cap(ledger, WHOLE)
    whole = plan(data)
    record = CanaryRecord(
        backend=GARNET.name, pairs=((0, 0),), exact=(1.0,), zeros=(900,), shots=1000,
        fidelity=0.9, upper=0.92, calibration=None, job=None,
    )  # fmt: skip
    store = open_store(whole.store)
    store.put(f"matrices/{whole.key}/canary.json", record.model_dump_json().encode())
    assert asked([whole]).plans[0].estimate.usd == pytest.approx(WHOLE / 1e6)


def test_what_lies_in_the_store_is_not_paid_again(braket, ledger, data):
    whole = plan(data)
    put_all(whole.model_copy(update={"shards": (((0, 0),),)}))
    assert "33 circuits" in asked([whole]).reason
    cap(ledger, 23_000 * SHOT + 2 * JOB)
    asked([whole], run=RunSpec(canary=False))


def test_the_advised_shots_fit_though_of_them_nothing_is_stored(braket, ledger, data):
    """Another number of shots is another matrix: the stored half is of no use to it."""
    whole = plan(data)
    put_all(whole.model_copy(update={"shards": (((0, 0),),)}))
    cap(ledger, 30_000_000)
    with pytest.raises(BudgetExceeded) as caught:
        asked([whole])
    shots = int(caught.value.remedy.partition("backend.shots=")[2].partition(" ")[0])
    fewer = GARNET.model_copy(update={"shots": shots})
    asked([plan(data, fewer)], fewer)


def test_finished_matrices_ask_neither_prices_nor_ledger_nor_device(braket, data, monkeypatch):
    cross = plan(data, rows="test", columns="train")
    plans = [plan(data, rows="train"), cross]
    for each in [*plans, diagonal_plan(cross, RunSpec())]:
        put_all(each)
    monkeypatch.setattr(admission, "own_ledger", _down)
    monkeypatch.setattr(admission, "find_price", _down)
    braket.control(status="RETIRED", updated_at="2020-01-01T00:00:00Z")
    admitted = asked(plans)
    assert admitted.plans == tuple(plans)
    assert "everything is in the store" in admitted.reason
    assert not braket.control()["log"]


def test_a_diagonal_that_is_missing_is_paid_for(braket, ledger, data):
    """3 test rows: 3 diagonals; 9 training rows."""
    cross = plan(data, rows="test", columns="train")
    put_all(cross)
    admitted = asked([cross], run=RunSpec(canary=False))
    assert "3 circuits of 1,000 shots in 1 jobs" in admitted.reason


def test_of_what_comes_later_one_of_each_group_is_paid_for(braket, ledger, data):
    first = plan(data, rows="train")
    other = KERNEL.model_copy(
        update={"encoding": KERNEL.encoding.model_copy(update={"bandwidth": 0.5})}
    )
    group = tuple(
        plan_kernel(data, kernel, GARNET, RunSpec(), rows="test", columns="train")
        for kernel in (KERNEL, other)
    )
    admitted = asked([first], run=RunSpec(canary=False), later=[group, group])
    circuits = 45 + 2 * (27 + 3)
    assert f"{circuits} circuits" in admitted.reason
    assert admitted.plans[0].estimate.usd == pytest.approx((45_000 * SHOT + JOB) / 1e6)
    cap(ledger, circuits * 1000 * SHOT + 5 * JOB)
    asked([first], run=RunSpec(canary=False), later=[group, group])
    cap(ledger, circuits * 1000 * SHOT + 5 * JOB - 1)
    with pytest.raises(BudgetExceeded):
        asked([first], run=RunSpec(canary=False), later=[group, group])


def test_an_adaptive_plan_is_admitted_only_with_what_its_reservations_take(braket, ledger, data):
    adaptive = GARNET.model_copy(update={"allocation": "adaptive"})
    admitted = asked([plan(data, adaptive)], adaptive, RunSpec(canary=False))
    assert admitted.plans[0].estimate.usd >= (WHOLE + 3 * JOB) / 1e6


def test_the_policy_wait_looks_again_until_the_device_serves(braket, data, monkeypatch):
    braket.control(status="OFFLINE")
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            braket.control(status="ONLINE")

    monkeypatch.setattr(admission.time, "sleep", sleep)
    assert asked([plan(data)], run=RunSpec(on_refusal="wait")).backend == GARNET
    assert len(slept) == 3


def test_who_cannot_pay_does_not_wait_for_the_device(braket, ledger, data, monkeypatch):
    braket.control(status="OFFLINE")
    monkeypatch.setattr(admission.time, "sleep", lambda seconds: pytest.fail("waited"))
    cap(ledger, 1)
    with pytest.raises(BudgetExceeded):
        asked([plan(data)], run=RunSpec(on_refusal="wait"))


def test_a_simulator_needs_no_budget_but_memory(ledger, wide, monkeypatch):
    cap(ledger, 0)
    for name in ("qml.batched", "qiskit.aer"):
        simulated = BackendSpec(name=name, shots=100)
        assert "0.00 USD" in asked([plan(wide, simulated)], simulated).reason
    mixed = BackendSpec(name="default.mixed", shots=100)
    with pytest.raises(CircuitRefused, match=r"qubits: .*9, at most 8"):
        asked([plan(wide, mixed)], mixed)
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))
    noisy = BackendSpec(name="qiskit.aer", shots=100)
    with pytest.raises(CircuitRefused):
        asked([plan(wide, noisy)], noisy)
    asked([plan(wide, BackendSpec(shots=100))], BackendSpec(shots=100))


def book(ledger, whole, part, charge, state):
    """A job of a part of the plan as an earlier run left it."""
    now = datetime.now(timezone.utc)
    key = attempt_key(order_key(whole.key, GARNET.name, part), 0)
    booking = Booking(key, "default", GARNET.name, Charge(microusd=charge), 1, 1000, whole.key)
    ledger.reserve(booking, "killed", timedelta(minutes=5), now)
    if state == "released":
        ledger.release(key, "refused", now)
    if state in ("submitted", "done", "failed"):
        ledger.record_submission(key, "job-1", now)
    if state in ("done", "failed"):
        ledger.settle(key, booking.charge, state, now)


@pytest.mark.parametrize("state", ["reserved", "submitted", "done"])
def test_what_a_killed_run_has_bought_is_not_budgeted_twice(braket, ledger, data, state):
    """The budget holds it already; a rerun only collects it."""
    whole, first = plan(data), 55_000 * SHOT + JOB
    cap(ledger, WHOLE)
    book(ledger, whole, "block 0-0", first, state)
    admitted = asked([whole], run=RunSpec(canary=False))
    assert "23 circuits" in admitted.reason
    assert admitted.plans[0].estimate.usd == pytest.approx((WHOLE - first) / 1e6)
    for part, circuits in (("block 0-1", 20), ("block 1-1", 3)):
        book(ledger, whole, part, circuits * 1000 * SHOT + JOB, state)
    braket.control(status="OFFLINE")
    assert "everything is bought" in asked([whole], run=RunSpec(canary=False)).reason


@pytest.mark.parametrize("state", ["failed", "released"])
def test_what_came_to_nothing_is_budgeted_anew(braket, ledger, data, state):
    whole = plan(data)
    book(ledger, whole, "block 0-0", 55_000 * SHOT + JOB, state)
    assert "78 circuits" in asked([whole], run=RunSpec(canary=False)).reason


def test_a_canary_that_is_under_way_is_not_budgeted_twice(braket, ledger, data):
    whole = plan(data)
    cap(ledger, WHOLE + CANARY)
    book(ledger, whole, "canary", CANARY, "submitted")
    assert "78 circuits" in asked([whole]).reason


def test_the_pilot_of_an_adaptive_block_stands_for_all_of_it(braket, ledger, data):
    """What its top-up takes was reserved before the pilot was submitted."""
    adaptive = GARNET.model_copy(update={"allocation": "adaptive"})
    whole = plan(data, adaptive)
    book(ledger, whole, "block 0-0 pilot", 1, "submitted")
    assert "23 circuits" in asked([whole], adaptive, RunSpec(canary=False)).reason
