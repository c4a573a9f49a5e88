"""The ledger as Prometheus reads it: right sums, bounded labels, one address of this machine."""

import re
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from deployments.cli.metrics import FRESH_S, remembering
from qml_core.budget.ledger import Booking, open_ledger
from qml_core.budget.metrics import LedgerCollector
from qml_core.errors import LedgerUnavailable
from qml_core.references import BackendStanding, Charge

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
GARNET = "braket.iqm.Garnet"


def usd(amount):
    return Charge(microusd=round(amount * 1e6))


@pytest.fixture
def ledger(tmp_path):
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    opened.set_budget("default", 25_000_000, NOW - timedelta(days=2))
    return opened


def job(ledger, key, billed=None, outcome="done", at=NOW, backend=GARNET, lease_h=1):
    """A job of 10 circuits of 100 shots for 3 USD; settled where it was billed."""
    booking = Booking(key, "default", backend, usd(3), 10, 100, "plan")
    ledger.reserve(booking, "me", timedelta(hours=lease_h), at)
    ledger.record_submission(key, f"job-{key}", at)
    if billed is not None:
        ledger.settle(key, usd(billed), outcome, at)


def scrape(open_books, backends=()):
    registry = CollectorRegistry()
    registry.register(LedgerCollector(open_books, lambda: backends, lambda: NOW))
    text = generate_latest(registry).decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    found = {(s.name, *(v for _, v in sorted(s.labels.items()))): s.value for s in samples}
    assert len(found) == len(samples), "a sample is told twice"
    return found


def test_counters_are_the_sums_of_settled_jobs_by_project_backend_and_outcome(ledger):
    job(ledger, "a", billed=2.5)
    job(ledger, "b", billed=1.25)
    job(ledger, "c", billed=0, outcome="failed")
    job(ledger, "d", billed=3, backend="ionq.forte-1")
    job(ledger, "e")
    found = scrape(lambda: ledger)
    assert found["qml_dollars_total", GARNET, "done", "default"] == 3.75
    assert found["qml_circuits_total", GARNET, "done", "default"] == 20
    assert found["qml_shots_total", GARNET, "done", "default"] == 2000
    assert found["qml_dollars_total", GARNET, "failed", "default"] == 0
    assert found["qml_dollars_total", "ionq.forte-1", "done", "default"] == 3
    assert found["qml_ledger_up",] == 1


def test_gauges_tell_the_budget_its_burn_and_what_is_in_doubt(ledger):
    job(ledger, "old", billed=2, at=NOW - timedelta(hours=5))
    job(ledger, "new", billed=1, at=NOW - timedelta(minutes=5))
    job(ledger, "lost", at=NOW - timedelta(hours=25))
    job(ledger, "held")
    found = scrape(lambda: ledger)
    assert found["qml_cap_dollars", "default"] == 25
    assert found["qml_reserved_dollars", "default"] == 6
    assert found["qml_left_dollars", "default"] == 16
    assert found["qml_burn_dollars_per_hour", "default"] == 1
    assert found["qml_jobs_in_doubt", "default"] == 1
    assert found["qml_budget_frozen", "default"] == 0


def test_a_ledger_that_does_not_answer_is_down_and_the_rest_goes_on():
    def down():
        raise LedgerUnavailable("no answer")

    device = BackendStanding(name=GARNET, kind="qpu", serves=True, queue=4, calibration_age_h=2.5)
    assert scrape(down, [device]) == {
        ("qml_ledger_up",): 0,
        ("qml_backend_up", GARNET): 1,
        ("qml_queue", GARNET): 4,
        ("qml_calibration_age_hours", GARNET): 2.5,
    }


def test_what_a_backend_does_not_say_is_no_sample():
    closed = BackendStanding(name=GARNET, kind="qpu", serves=None, reason="no credentials")
    found = scrape(_empty, [closed])
    assert found["qml_backend_up", GARNET] == 0
    assert ("qml_queue", GARNET) not in found


def _empty():
    raise LedgerUnavailable("none")


def test_names_that_fit_no_pattern_become_one_label(ledger):
    job(ledger, "a", billed=1, backend='evil"} 1 fake_total')
    job(ledger, "b", billed=1, backend="nobody's backend")
    found = scrape(lambda: ledger)
    assert found["qml_dollars_total", "other", "done", "default"] == 2
    assert not any("evil" in part for key in found for part in key)


def test_registering_reads_nothing():
    registry = CollectorRegistry()
    registry.register(LedgerCollector(_empty, lambda: pytest.fail("asked"), lambda: NOW))


def test_backends_are_asked_again_only_after_some_minutes(monkeypatch):
    asked, clock = [], iter([0.0, 1.0, FRESH_S, FRESH_S + 1])
    monkeypatch.setattr(
        "deployments.cli.metrics.standings_of", lambda names, now: asked.append(names) or []
    )
    ask = remembering((GARNET,), lambda: next(clock))
    for _ in range(4):
        ask()
    assert asked == [(GARNET,)] * 2


def test_the_text_is_printed_once_and_needs_no_budget(qml):
    said = qml("metrics", "--once")
    assert (said.code, said.err) == (0, "")
    assert "qml_ledger_up 1.0" in said.out
    assert "# TYPE qml_dollars_total counter" in said.out


def test_a_name_no_backend_can_have_is_refused(qml):
    said = qml("metrics", "--once", "--backend", "ibm")
    assert said.code == 2
    assert "unknown backend 'ibm'" in said.err


def test_it_serves_on_this_machine_only_until_it_is_interrupted(qml_process, tmp_path):
    process = qml_process.start(tmp_path, "metrics", "--port", "0")
    try:
        line = process.stdout.readline()
        (port,) = re.findall(r"^http://127\.0\.0\.1:(\d+)/metrics", line)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            assert b"qml_ledger_up 1.0" in answer.read()
        with open("/proc/net/tcp") as sockets:
            listening = [row.split()[1] for row in sockets if row.split()[3] == "0A"]
        assert f"0100007F:{int(port):04X}" in listening
        assert f"00000000:{int(port):04X}" not in listening
        process.send_signal(2)
        assert process.wait(20) == 130
    finally:
        process.kill()
        process.wait()
