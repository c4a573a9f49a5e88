"""The tasks of the watch: every alert is sent until it has arrived, every backend told."""

from datetime import datetime, timedelta, timezone

import pytest
from prefect.logging import disable_run_logger

from qml_core.budget.ledger import Booking, open_ledger
from qml_core.errors import BackendDenied, LedgerUnavailable, QMLError
from qml_core.references import Charge
from qml_core.specs import RunSpec
from tasks import devices, watch

SECRET = "sesame-1f3a"


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """A budget of 10 USD with an open job of 6: one alert waits to be sent."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    monkeypatch.delenv("QML_ALERT_WEBHOOK", raising=False)
    opened = open_ledger(url)
    now = datetime.now(timezone.utc)
    opened.set_budget("default", 10_000_000, now)
    booking = Booking("k", "default", "ibm.ibm_fez", Charge(microusd=6_000_000), 1, 100, "plan")
    opened.reserve(booking, "me", timedelta(0), now)
    return opened


@pytest.fixture
def artifacts(monkeypatch):
    """What Prefect was given to show, by key."""
    made = {}
    for kind in ("create_table_artifact", "create_markdown_artifact"):
        monkeypatch.setattr(
            watch, kind, lambda content, key, description: made.update({key: content})
        )
    return made


def send():
    with disable_run_logger():
        return watch.send_alerts.fn()


def test_alerts_are_sent_once_and_shown(ledger, artifacts):
    assert [alert.topic for alert in ledger.unsent_alerts()] == ["usd 50"]
    assert send() == (1, 0)
    assert ledger.unsent_alerts() == ()
    assert artifacts["budget-alerts"][0]["topic"] == "usd 50"
    artifacts.clear()
    assert send() == (0, 0)
    assert artifacts == {}


def test_an_alert_stays_in_the_outbox_until_the_webhook_has_taken_it(
    ledger, artifacts, monkeypatch
):
    answers, posted = iter([QMLError("down"), None]), []

    def post(url, document):
        posted.append((url, document["id"]))
        answer = next(answers)
        if answer is not None:
            raise answer

    monkeypatch.setenv("QML_ALERT_WEBHOOK", f"https://chat.test/{SECRET}")
    monkeypatch.setattr(watch, "post", post)
    assert send() == (0, 1)
    assert len(ledger.unsent_alerts()) == 1
    assert send() == (1, 0)
    (first, second) = posted
    assert first == second
    assert first[0].endswith(SECRET)


def test_a_block_of_the_webhook_that_cannot_be_read_leaves_the_alert_in_the_outbox(
    ledger, artifacts, monkeypatch
):
    def load(name):
        raise ValueError(SECRET)

    monkeypatch.setenv("QML_ALERT_WEBHOOK_BLOCK", "chat")
    monkeypatch.setattr(devices.Secret, "load", load)
    assert send() == (0, 1)
    assert len(ledger.unsent_alerts()) == 1


def test_budgets_are_told_of_every_project(ledger):
    now = datetime.now(timezone.utc)
    ledger.set_budget("other", 1_000_000, now)
    found = {one.project: one for one in watch.inspect_budgets.fn()}
    assert set(found) == {"default", "other"}
    assert found["default"].reserved.usd == 6
    assert found["default"].in_doubt == 1
    assert found["default"].alerts == ("usd 50",)


def test_a_backend_that_cannot_be_opened_is_told_with_its_reason(ledger, monkeypatch):
    def refuse(name):
        raise BackendDenied(f"no key for {name}")

    monkeypatch.setattr(watch, "_find", refuse)
    (found,) = watch.inspect_used_backends.fn()
    assert (found.name, found.serves) == ("ibm.ibm_fez", None)
    assert found.reason == "no key for ibm.ibm_fez"


def test_the_round_names_its_jobs_in_doubt_and_warns_of_them(ledger, artifacts):
    with disable_run_logger():
        found = watch.report_watch.fn(watch.inspect_budgets.fn(), (), (2, 1), RunSpec())
    assert found.in_doubt == ("k",)
    assert (found.alerts_sent, found.alerts_left) == (2, 1)
    assert any("1 job is in doubt" in warning for warning in found.warnings)
    assert "| default | 10.00 | 0.00 | 6.00 | 4.00 |" in artifacts["watch"]


def test_a_ledger_that_does_not_answer_fails_the_round(monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql://me:sesame@127.0.0.1:9/qml")
    with pytest.raises(LedgerUnavailable) as caught:
        watch.inspect_budgets.fn()
    assert "sesame" not in str(caught.value)
