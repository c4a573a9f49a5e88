"""A store of its own for each test, small data, and the flows as a user calls them."""

import sys
import threading
import time
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest
from paid_flows import PRICES
from paid_trainings import GARNET
from searched_functions import FUNCTION, Objective

from qml_core.budget.ledger import open_ledger
from qml_core.models.network import Network
from qml_core.specs import SearchSpec
from tasks.canary import send_canary
from tasks.gates import pass_gates
from tasks.kernel import evaluate_shard
from tasks.qaoa import solve


@pytest.fixture
def store_url(tmp_path, monkeypatch):
    url = (tmp_path / "store").as_uri()
    monkeypatch.setenv("QML_STORAGE_URL", url)
    return url


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """A ledger of its own with a budget of 1,000 USD."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    opened = open_ledger(url)
    opened.set_budget("default", 10**9, datetime.now(timezone.utc))
    return opened


@pytest.fixture
def paid_backends(tmp_path, store_url, ledger, monkeypatch):
    """A store and a ledger of its own, devices opened anew, and nobody waits long."""
    monkeypatch.setenv("QML_JOB_GRACE_S", "0.05")
    monkeypatch.setenv("QML_JOB_LEASE_S", "3")
    monkeypatch.setattr("tasks.devices._open", threading.local())
    for task in (evaluate_shard, send_canary, pass_gates):
        monkeypatch.setattr(task, "retry_delay_seconds", [0.01] * 3)
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES)
    monkeypatch.setenv("QML_PRICES", str(prices))
    short = SimpleNamespace(sleep=lambda seconds: time.sleep(min(seconds, 0.02)))
    monkeypatch.setattr("tasks.devices.time", short)


@pytest.fixture
def stores(tmp_path, monkeypatch):
    """stores(name): another store from then on; its folder."""
    monkeypatch.setenv("QML_LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.db'}")

    def use(name):
        monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / name).as_uri())
        return tmp_path / name

    return use


@pytest.fixture
def short_segments(monkeypatch):
    """An epoch is a segment."""
    monkeypatch.setattr("qml_core.training.planning.SHORT_SEGMENT", 0.0)


@pytest.fixture
def parts(monkeypatch):
    """What networks are asked for, in order."""
    seen, forward = [], Network.forward

    def asked(self, x, part=""):
        seen.append(part)
        return forward(self, x, part)

    monkeypatch.setattr(Network, "forward", asked)
    return seen


@pytest.fixture
def garnet(braket, paid_backends, monkeypatch):
    """The service, with a store and a ledger of the test's own."""
    monkeypatch.setattr(solve, "retry_delay_seconds", [0.01] * 3)
    return braket


@pytest.fixture
def loss(tmp_path, monkeypatch):
    """A search for a function of three bits, whose surrogate is minimised on the device."""
    text = "def loss(c):\n    return c['a'] + 2 * c['b'] - c['a'] * c['c']\n"
    (tmp_path / "searched_function.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)

    def search(**more):
        own = {"trials": 6, "batch": 2, "initial": 2, "surrogate": {"draws": 1}, **more}
        return SearchSpec(
            space={"a": [0, 1], "b": [0, 1], "c": [0, 1]},
            objective={"function": "searched_function:loss"},
            qaoa={"layers": 1, "evaluations": 2, "samples": 50},
            qaoa_backend=GARNET,
            **own,
        )

    return search


@pytest.fixture
def objective(tmp_path, monkeypatch):
    """A function in a module of its own, in the working folder."""
    name = f"searched_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(FUNCTION)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield Objective(tmp_path, name)
    sys.modules.pop(name, None)
