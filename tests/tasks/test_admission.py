"""Gates of a device: in order, before anything is spent, each refusal with its numbers."""

import pytest

from qml_core.errors import (
    BudgetExceeded,
    CircuitRefused,
    DeviceRefused,
    LedgerUnavailable,
    PriceUnknown,
    StaleCalibration,
)
from qml_core.kernels.planning import diagonal_plan, plan_kernel
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from tasks import admission
from tasks.admission import admit
from tasks.datasets import load_dataset

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=1000)
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1})
SHOT, JOB = 1450, 300_000
WHOLE = 78_000 * SHOT + 3 * JOB
"""12 rows: 78 circuits in blocks of 55, 20 and 3, millionths of a USD."""
CANARY = 10_000 * SHOT + JOB


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


def _down():
    raise LedgerUnavailable("the ledger does not answer")


def test_what_may_run_is_said_with_its_price_and_nothing_is_reserved(braket, ledger, moons):
    admitted = asked([plan(moons)])
    assert admitted.backend == GARNET
    (priced,) = admitted.plans
    assert priced.estimate.usd == pytest.approx((WHOLE + CANARY) / 1e6)
    assert priced.key == plan(moons).key
    for said in ("88 circuits of 1,000 shots in 4 jobs", "128.80 USD", "limit 24 h", "default"):
        assert said in admitted.reason
    assert admitted.price == "aws.amazon.com/braket/pricing, 2026-11-20"
    assert 0 <= admitted.age_h < 1
    assert len(admitted.calibration) == 64
    assert braket.control()["creates"] == 0
    assert ledger.jobs() == ()


def test_the_gates_come_in_order_and_each_is_reached_once_the_one_before_lets_through(
    braket, ledger, moons, wide, monkeypatch, cap
):
    """Price, ledger, circuits, budget, status, queue, calibration: the cheapest answer first."""
    braket.control(status="OFFLINE", updated_at="2020-01-01T00:00:00Z")
    run = RunSpec(max_queue=2)
    cap(0)
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
        asked([plan(moons)], run=run)
    cap(10**12)
    with pytest.raises(DeviceRefused, match="does not serve"):
        asked([plan(moons)], run=run)
    braket.control(status="ONLINE")
    with pytest.raises(DeviceRefused, match=r"at most 2 jobs in the queue .* found 3"):
        asked([plan(moons)], run=run)
    with pytest.raises(StaleCalibration):
        asked([plan(moons)])
    assert asked([plan(moons)], run=RunSpec(max_calibration_age_h=10**5)).age_h > 24 * 365
    assert braket.control()["creates"] == 0


def test_a_ledger_that_cannot_be_opened_refuses_and_simulators_go_on(braket, moons, monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(LedgerUnavailable):
        asked([plan(moons)])
    simulated = BackendSpec(shots=1000)
    assert asked([plan(moons, simulated)], simulated).backend == simulated


def test_finished_matrices_ask_neither_prices_nor_ledger_nor_device(
    braket, moons, monkeypatch, put_all
):
    cross = plan(moons, rows="test", columns="train")
    plans = [plan(moons, rows="train"), cross]
    for each in [*plans, diagonal_plan(cross, RunSpec())]:
        put_all(each)
    monkeypatch.setattr(admission, "own_ledger", _down)
    monkeypatch.setattr(admission, "find_price", _down)
    braket.control(status="RETIRED", updated_at="2020-01-01T00:00:00Z")
    admitted = asked(plans)
    assert admitted.plans == tuple(plans)
    assert "everything is in the store" in admitted.reason
    assert not braket.control()["log"]


def test_the_policy_wait_looks_again_until_the_device_serves(braket, moons, monkeypatch):
    braket.control(status="OFFLINE")
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            braket.control(status="ONLINE")

    monkeypatch.setattr(admission.time, "sleep", sleep)
    assert asked([plan(moons)], run=RunSpec(on_refusal="wait")).backend == GARNET
    assert len(slept) == 3


def test_who_cannot_pay_does_not_wait_for_the_device(braket, moons, monkeypatch, cap):
    braket.control(status="OFFLINE")
    monkeypatch.setattr(admission.time, "sleep", lambda seconds: pytest.fail("waited"))
    cap(1)
    with pytest.raises(BudgetExceeded):
        asked([plan(moons)], run=RunSpec(on_refusal="wait"))


def test_a_simulator_needs_no_budget_but_memory(wide, monkeypatch, cap):
    cap(0)
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
