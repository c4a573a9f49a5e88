"""The watch on a real Prefect server: what it returns, logs and shows, and what it never does."""

import json
import logging
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from prefect.client.orchestration import get_client

from flows.watch import watch
from qml_core.budget.ledger import Booking, open_ledger
from qml_core.references import Charge

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

SECRET = "sesame-1f3a"


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    monkeypatch.delenv("QML_ALERT_WEBHOOK", raising=False)
    return open_ledger(url)


@pytest.fixture
def webhook(monkeypatch):
    """A chat service on loopback; what it was told."""
    told = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("QML_ALERT_WEBHOOK", f"http://127.0.0.1:{server.server_port}/{SECRET}")
    yield told
    server.shutdown()
    server.server_close()


def artifacts():
    """The latest of each key."""
    with get_client(sync_client=True) as client:
        found = client.read_latest_artifacts()
    return {artifact.key: artifact.data for artifact in found}


def test_an_empty_ledger_is_quiet(ledger):
    found = watch()
    assert (found.budgets, found.backends, found.warnings) == ((), (), ())
    assert "All is quiet." in artifacts()["watch"]


def test_a_round_sends_the_alert_and_tells_budget_backend_and_doubt(ledger, webhook, caplog):
    caplog.set_level(logging.DEBUG)
    now = datetime.now(timezone.utc)
    ledger.set_budget("default", 10_000_000, now)
    charge = Charge(microusd=8_000_000)
    booking = Booking("k", "default", "ibm.fake_manila", charge, 1, 100, "plan")
    ledger.reserve(booking, "me", timedelta(0), now)

    found = watch()
    assert (found.alerts_sent, found.alerts_left) == (2, 0)
    assert [document["topic"] for document in webhook] == ["usd 50", "usd 75"]
    assert found.budgets[0].reserved == charge
    (device,) = found.backends
    assert device.serves
    assert device.calibration_age_h > 24 * 365
    assert found.in_doubt == ("k",)
    assert any("ibm.fake_manila: calibrated" in warning for warning in found.warnings)
    shown = artifacts()
    assert "ibm.fake_manila" in shown["watch"]
    assert "usd 75" in str(shown["budget-alerts"])
    assert "75 % of 10.00 USD" in caplog.text
    assert SECRET not in caplog.text + str(shown)

    assert watch().alerts_sent == 0
    assert len(webhook) == 2
