"""Searches on paid backends: every circuit is forecast, bought once, counted once, and capped.

The loopback Braket charges 0.3 USD a job and 0.00145 USD a shot.
"""

import json
from datetime import datetime, timezone

import pytest
from paid_flows import record, sent
from paid_trainings import GARNET, assert_settled, price_of, sizes

from flows.hpo import hpo
from qml_core.specs import BackendSpec, DatasetSpec, RunSpec, SearchSpec
from tasks.qaoa import solve

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

DATA = DatasetSpec(
    name="moons", parameters={"n_samples": 8}, split={"repeats": 1, "test_size": 0.25}
)
PAIRS, CANARY = 15, 10
KERNELS = {"bandwidth": [0.2, 0.4], "C": [1.0, 10.0]}


@pytest.fixture
def garnet(braket, paid_backends, monkeypatch):
    monkeypatch.setattr(solve, "retry_delay_seconds", [0.01] * 3)
    return braket


def trials_on(space=KERNELS, **search):
    objective = {"folds": 2, "model": {"psd": "none"}}
    return SearchSpec(
        space=space, objective=objective, **{"searcher": "random", "trials": 4, "batch": 2, **search}
    )


def searched(asked=None, backend=GARNET, dataset=DATA, **run):
    return hpo(dataset, asked or trials_on(), backend, RunSpec(**run))


def usd(things):
    return sum(each.usd for each in things)


def test_a(garnet, ledger):
    run = searched()
    print(sizes(garnet), garnet.control()["bill"], record(run)["usd"])
    for t in run.trials:
        print(t.number, t.status, t.error, t.value, t.configuration, t.circuits, t.usd, t.seconds)
    print(run.rungs)
    assert_settled(garnet, ledger)
    again = searched()
    print(sizes(garnet), record(again)["usd"])


FUNCTION = {"function": "hpo_objective:loss"}


def test_b(garnet, ledger, tmp_path, monkeypatch):
    (tmp_path / "hpo_objective.py").write_text("def loss(c):\n    return c['a'] + 2 * c['b'] - c['a'] * c['c']\n")
    monkeypatch.syspath_prepend(tmp_path)
    asked = SearchSpec(
        space={"a": [0, 1], "b": [0, 1], "c": [0, 1]},
        objective=FUNCTION, trials=6, batch=2, initial=2,
        qaoa={"layers": 1, "evaluations": 2, "samples": 50},
        surrogate={"draws": 1},
        qaoa_backend=GARNET,
    )
    run = searched(asked, BackendSpec(), None)
    print(sizes(garnet), garnet.control()["bill"], record(run)["usd"])
    for t in run.trials:
        print(t.number, t.round, t.status, t.error, t.value, t.configuration, t.circuits, t.usd, t.source)
    print(run.rungs, record(run)["grants"])
    assert_settled(garnet, ledger)
    again = searched(asked, BackendSpec(), None)
    print(sizes(garnet), record(again)["usd"])
