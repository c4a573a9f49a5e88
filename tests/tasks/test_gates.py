"""Gates: grants are met again by a rerun, and say what was asked, what is used, and why."""

import numpy as np
import pytest

from qml_core.errors import BackendOffline, DeviceRefused, Refused
from qml_core.kernels.planning import plan_kernel
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.block_format import Measurement
from qml_core.storage.blocks import put_block
from qml_core.storage.inventory import verify
from qml_core.storage.store import open_store
from tasks import gates
from tasks.admission import Admitted
from tasks.admission import admit as real_admit
from tasks.datasets import load_dataset
from tasks.gates import pass_gates

EXACT, OTHER = BackendSpec(), BackendSpec(name="default.qubit")
GARNET = BackendSpec(name="braket.iqm.Garnet", shots=500, corrections=("readout",))
FORTE = BackendSpec(name="ionq.forte-1", shots=500, corrections=("readout",))
FALLBACK = RunSpec(on_refusal="fallback", fallback=("ionq.forte-1", "default.mixed"))


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    monkeypatch.setenv("QML_LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    return load_dataset.fn(DatasetSpec(name="iris"))


@pytest.fixture
def plan(data):
    return plan_kernel(data, KernelSpec(), EXACT, RunSpec())


def measured(data, backend, **sides):
    return plan_kernel(data, KernelSpec(), backend, RunSpec(), **sides)


def path(plan):
    return f"matrices/{plan.key}/grant.json"


def passed(plan, backend=None, run=None, **more):
    """The plan and the grant of one plan."""
    found, grants = pass_gates.fn([plan], backend or plan.backend, run or RunSpec(), **more)
    return found[0], grants[0]


@pytest.fixture
def refusing(monkeypatch):
    """refusing({name: error}): these backends refuse, simulators are asked for real."""
    asked = []

    def install(errors):
        def admit(plans, backend, run, later, *rest, **more):
            asked.append((backend.name, [[p.backend.name for p in group] for group in later]))
            if backend.name in errors:
                raise errors[backend.name]
            if backend.kind == "qpu":
                return Admitted(backend, plans, f"{backend.name} serves", "c" * 64, 1.5, "paper")
            return real_admit(plans, backend, run, later, *rest, **more)

        monkeypatch.setattr(gates, "admit", admit)
        return asked

    return install


def test_a_rerun_meets_the_same_grant(plan):
    found, first = passed(plan)
    again, second = passed(plan)
    assert second == first
    assert found == again == plan
    assert first.plan_key == plan.key
    assert first.backend_used == first.backend_asked == plan.backend
    assert first.fallback is None


@pytest.mark.parametrize("content", [b"{}", b"", b"\xff"])
def test_a_damaged_grant_is_found_by_verify_and_replaced(plan, content):
    store = open_store(plan.store)
    store.put(path(plan), content)
    assert [d.path for d in verify(store).damaged] == [path(plan)]
    _, grant = passed(plan)
    assert grant.plan_key == plan.key
    assert verify(store).damaged == []


def test_the_grant_of_another_plan_is_not_obeyed(plan):
    other = plan.model_copy(update={"key": "f" * 64, "backend": OTHER})
    passed(other)
    store = open_store(plan.store)
    store.put(path(plan), store.get(path(other)))
    assert [d.path for d in verify(store).damaged] == [path(plan)]
    _, grant = passed(plan)
    assert (grant.plan_key, grant.backend_used) == (plan.key, plan.backend)


def test_a_damaged_pointer_to_data_is_found_by_verify(plan):
    store = open_store(plan.store)
    (pointer,) = (e.path for e in store.list("datasets/by-key"))
    store.put(pointer, b"{}")
    assert [d.path for d in verify(store).damaged] == [pointer]


def test_every_plan_has_its_own_grant_in_its_place(data):
    plans = [measured(data, EXACT, rows=rows) for rows in ("train", "test")]
    found, grants = pass_gates.fn(plans, EXACT, RunSpec())
    assert [grant.plan_key for grant in grants] == [plan.key for plan in found]
    assert list(found) == plans


def test_what_a_device_said_stands_in_the_grant(data, refusing):
    refusing({})
    _, grant = passed(measured(data, GARNET))
    assert (grant.calibration, grant.calibration_age_h, grant.price) == ("c" * 64, 1.5, "paper")


@pytest.mark.parametrize("policy", ["fail", "wait"])
def test_a_refusal_is_final_without_the_policy_fallback(data, refusing, policy):
    asked = refusing({GARNET.name: DeviceRefused("offline")})
    with pytest.raises(DeviceRefused):
        passed(measured(data, GARNET), run=RunSpec(on_refusal=policy, fallback=("qml.batched",)))
    assert [name for name, _ in asked] == [GARNET.name]


@pytest.mark.parametrize("error", [DeviceRefused("asleep"), BackendOffline("gone"), Refused("no")])
def test_fallbacks_are_asked_in_order_and_the_grant_says_why(data, refusing, error):
    plan = measured(data, GARNET)
    asked = refusing({GARNET.name: error, FORTE.name: DeviceRefused("queue")})
    moved, grant = passed(plan, run=FALLBACK)
    assert [name for name, _ in asked] == [GARNET.name, FORTE.name, "default.mixed"]
    assert grant.backend_asked == GARNET
    assert grant.backend_used == moved.backend
    assert (moved.backend.name, moved.backend.shots) == ("default.mixed", 500)
    assert moved.backend.corrections == ("readout",)
    assert moved.key == grant.plan_key != plan.key
    refusals = f"{GARNET.name} refused: {error.message}; {FORTE.name} refused: queue; "
    assert grant.reason.startswith(refusals)
    assert grant.fallback.startswith(f"asked {GARNET.name}, ran on default.mixed because ")
    assert error.message in grant.fallback


def test_the_last_fallback_is_exact_simulation(data, refusing):
    errors = {name: DeviceRefused("no") for name in (GARNET.name, FORTE.name, "default.mixed")}
    asked = refusing(errors)
    moved, grant = passed(measured(data, GARNET), run=FALLBACK)
    assert [name for name, _ in asked][-1] == "qml.batched"
    assert grant.backend_used == EXACT
    assert (moved.measured, moved.key) == (False, measured(data, EXACT).key)


def test_where_all_refuse_the_last_refusal_is_raised(data, refusing):
    names = (GARNET.name, FORTE.name, "default.mixed", "qml.batched")
    refusing({name: DeviceRefused(f"{name} says no") for name in names})
    with pytest.raises(DeviceRefused, match=r"qml\.batched says no"):
        passed(measured(data, GARNET), run=FALLBACK)
    assert not open_store(data.store).exists(path(measured(data, GARNET)))


def test_a_defect_of_ours_is_no_refusal(data, refusing):
    refusing({GARNET.name: ValueError("a bug")})
    with pytest.raises(ValueError, match="a bug"):
        passed(measured(data, GARNET), run=FALLBACK)


def test_a_simulator_that_refuses_falls_back_on_nothing(data, monkeypatch):
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))
    wide = load_dataset.fn(DatasetSpec(name="wine", preprocessing={"n_components": 13}))
    plan = measured(wide, BackendSpec(name="qiskit.aer", shots=10))
    with pytest.raises(Refused):
        passed(plan, run=FALLBACK)


def put(plan, block=(0, 0)):
    values = np.full((2, 2), 0.5)
    ones = np.ones((2, 2), dtype=np.int64)
    beside = Measurement(ones, ones, values, values) if plan.measured else None
    put_block(open_store(plan.store), plan.key, block, values, 0.0, measurement=beside)


def test_a_matrix_that_another_backend_has_begun_goes_on_there(data, refusing):
    plan = measured(data, GARNET)
    refusing({GARNET.name: DeviceRefused("offline")})
    begun, first = passed(plan, run=FALLBACK)
    assert begun.backend.name == FORTE.name
    put(begun)
    asked = refusing({})
    asked.clear()
    again, second = passed(plan, run=FALLBACK)
    assert [name for name, _ in asked] == [FORTE.name]
    assert again.key == begun.key
    assert second.backend_used == first.backend_used
    assert second.fallback.endswith("because an earlier run began it there")


def test_a_fallback_that_has_measured_nothing_binds_nobody(data, refusing):
    plan = measured(data, GARNET)
    refusing({GARNET.name: DeviceRefused("offline")})
    passed(plan, run=FALLBACK)
    refusing({})
    found, grant = passed(plan, run=FALLBACK)
    assert found.backend == GARNET
    assert (grant.backend_used, grant.fallback) == (GARNET, None)
    assert passed(plan, run=FALLBACK)[1].backend_used == GARNET


def test_other_corrections_are_granted_for_the_same_measurement(data, refusing):
    refusing({})
    plan = measured(data, GARNET)
    passed(plan)
    put(plan)
    other = GARNET.model_copy(update={"corrections": ()})
    found, grant = passed(measured(data, other))
    assert found.key == plan.key
    assert grant.backend_asked == grant.backend_used == other


def test_of_a_run_that_is_settled_only_its_backend_is_asked(data, refusing):
    refusing({GARNET.name: DeviceRefused("offline")})
    _, settled = passed(measured(data, GARNET, rows="train"), run=FALLBACK)
    asked = refusing({FORTE.name: DeviceRefused("now it is offline too")})
    asked.clear()
    later = measured(data, settled.backend_used, rows="test", columns="train")
    with pytest.raises(DeviceRefused, match="offline too"):
        passed(later, GARNET, FALLBACK, settled=settled)
    assert [name for name, _ in asked] == [FORTE.name]
    refusing({})
    found, grant = passed(later, GARNET, FALLBACK, settled=settled)
    assert found == later
    assert (grant.backend_asked, grant.backend_used) == (GARNET, settled.backend_used)


def test_what_comes_later_is_asked_for_on_the_same_backend(data, refusing):
    first = measured(data, GARNET, rows="train")
    later = (measured(data, GARNET, rows="test", columns="train"),)
    asked = refusing({GARNET.name: DeviceRefused("offline")})
    passed(first, run=FALLBACK, later=[later])
    assert asked[0] == (GARNET.name, [[GARNET.name]])
    assert asked[1] == (FORTE.name, [[FORTE.name]])
