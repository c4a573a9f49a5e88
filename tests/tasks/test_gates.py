"""Grants are met again by a rerun; a damaged or foreign one gives no right."""

import pytest

from qml_core.kernels.planning import plan_kernel
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.inventory import verify
from qml_core.storage.store import open_store
from tasks.datasets import load_dataset
from tasks.gates import pass_gates


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    data = load_dataset.fn(DatasetSpec(name="iris"))
    return plan_kernel(data, KernelSpec(), BackendSpec(), RunSpec())


def path(plan):
    return f"matrices/{plan.key}/grant.json"


def test_a_rerun_meets_the_same_grant(plan):
    (first,) = pass_gates.fn([plan])
    (second,) = pass_gates.fn([plan])
    assert second == first
    assert first.plan_key == plan.key
    assert first.backend_used == plan.backend


@pytest.mark.parametrize("content", [b"{}", b"", b"\xff"])
def test_a_damaged_grant_is_found_by_verify_and_replaced(plan, content):
    store = open_store(plan.store)
    store.put(path(plan), content)
    assert [d.path for d in verify(store).damaged] == [path(plan)]
    (grant,) = pass_gates.fn([plan])
    assert grant.plan_key == plan.key
    assert verify(store).damaged == []


def test_the_grant_of_another_plan_is_not_obeyed(plan):
    other = plan.model_copy(update={"key": "f" * 64, "backend": BackendSpec(name="default.qubit")})
    pass_gates.fn([other])
    store = open_store(plan.store)
    store.put(path(plan), store.get(path(other)))
    assert [d.path for d in verify(store).damaged] == [path(plan)]
    (grant,) = pass_gates.fn([plan])
    assert (grant.plan_key, grant.backend_used) == (plan.key, plan.backend)


def test_a_damaged_pointer_to_data_is_found_by_verify(plan):
    store = open_store(plan.store)
    (pointer,) = (e.path for e in store.list("datasets/by-key"))
    store.put(pointer, b"{}")
    assert [d.path for d in verify(store).damaged] == [pointer]
