"""Trainings on another backend, and the canary that comes before the first step."""

from contextlib import nullcontext

import pytest

from qml_core.errors import DeviceRefused
from qml_core.specs import BackendSpec, CircuitSpec, ModelSpec, RunSpec, TrainingSpec
from qml_core.storage.store import open_store
from tasks import canary, gates
from tasks.admission import admit
from tasks.canary import canary_of, find_canary, send_canary
from tasks.gates import pass_gates
from tasks.training_plans import plan_trainings

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=1000)


def plan(data, run, name="vqc"):
    model = ModelSpec(
        name=name,
        circuit=CircuitSpec(layers=1),
        training=TrainingSpec(epochs=2, batch_size=4),
    )
    (found,) = plan_trainings.fn((data,), model, GARNET, run)
    return found


@pytest.fixture
def offline(monkeypatch):
    """Garnet refuses; simulators are asked for real."""

    def install(refusing=True):
        def refuse(plans, backend, run, later, **more):
            if backend.name == GARNET.name:
                if refusing:
                    raise DeviceRefused("offline")
                return gates.Admitted(backend, plans, "serves")
            return admit(plans, backend, run, later, **more)

        monkeypatch.setattr(gates, "admit", refuse)

    return install


FALLBACK = RunSpec(on_refusal="fallback", fallback=("default.mixed",), canary=False)


def test_a_fallback_is_another_training_and_the_grant_says_why(moons, offline):
    offline()
    found = plan(moons, FALLBACK)
    (moved,), (grant,) = pass_gates.fn([found], GARNET, FALLBACK)
    assert moved.backend.name == "default.mixed"
    assert moved.key == grant.plan_key != found.key
    assert "offline" in grant.fallback
    assert open_store(found.store).exists(f"trainings/{found.key}/grant.json")
    assert pass_gates.fn([found], GARNET, FALLBACK)[1][0].backend_used == grant.backend_used


def test_exact_values_are_said_to_come_from_the_engine_whichever_simulator_is_asked_for(moons):
    asked = BackendSpec(name="lightning.qubit")
    found = plan_trainings.fn((moons,), ModelSpec(name="vqc"), asked, RunSpec())
    for _ in range(2):
        (moved,), (grant,) = pass_gates.fn(found, asked, RunSpec())
        assert (grant.backend_asked, grant.backend_used) == (asked, BackendSpec())
        assert "computed by qml.batched" in grant.fallback
    assert moved == plan_trainings.fn((moons,), moved.model, BackendSpec(), RunSpec())[0]


def test_a_training_that_another_backend_has_begun_goes_on_there(moons, offline, checkpoint):
    offline()
    found = plan(moons, FALLBACK)
    (moved,), _ = pass_gates.fn([found], GARNET, FALLBACK)
    offline(refusing=False)
    checkpoint(1, 0, key=moved.key)
    (again,), (grant,) = pass_gates.fn([found], GARNET, FALLBACK)
    assert again.key == moved.key == grant.plan_key
    assert grant.backend_used == moved.backend


def test_a_fallback_that_has_trained_nothing_binds_nobody(moons, offline):
    offline()
    found = plan(moons, FALLBACK)
    pass_gates.fn([found], GARNET, FALLBACK)
    offline(refusing=False)
    assert pass_gates.fn([found], GARNET, FALLBACK)[0] == (found,)


@pytest.mark.parametrize("name", ["vqc", "hybrid"])
def test_the_canary_is_the_first_circuits_and_their_inverse(braket, moons, quick, name, no_slots):
    found = plan(moons, RunSpec(), name)
    plans, grants = pass_gates.fn([found], GARNET, RunSpec())
    send_canary.fn(plans, grants, RunSpec())
    record = find_canary(found)
    assert (record.backend, record.shots) == (GARNET.name, 1000)
    assert record.pairs == tuple((k, k) for k in range(5))
    assert record.zeros == (1000,) * 5
    assert record.fidelity == 1.0
    store = open_store(found.store)
    assert canary_of(store, found.key, "trainings") == record
    assert canary_of(store, found.key) is None
    creates = braket.control()["creates"]
    send_canary.fn(plans, grants, RunSpec())
    assert braket.control()["creates"] == creates


@pytest.fixture
def no_slots(monkeypatch):
    monkeypatch.setattr(canary, "device_slot", lambda name: nullcontext())
