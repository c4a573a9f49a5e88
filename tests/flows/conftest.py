"""A store of its own for each test, small data, and the flows as a user calls them."""

import threading
import time
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest
from paid_flows import PRICES

from qml_core.budget.ledger import open_ledger
from qml_core.models.network import Network
from tasks.canary import send_canary
from tasks.gates import pass_gates
from tasks.kernel import evaluate_shard


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
