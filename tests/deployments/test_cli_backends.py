"""`qml backends`: a line for each, whatever is missing on this machine."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from qml_core.backend_names import EXACT, NOISY
from qml_core.budget.ledger import Booking, open_ledger
from qml_core.budget.prices import read_prices
from qml_core.references import Charge

CREDENTIALS = ("IONQ_API_KEY", "QISKIT_IBM_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch, tmp_path):
    for name in (*CREDENTIALS, "AWS_PROFILE", "AWS_SESSION_TOKEN", "QML_PRICES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


def rows(qml, *names):
    said = qml("backends", *names, "--json")
    assert (said.code, said.err) == (0, ""), said
    return {row["name"]: row for row in json.loads(said.out)}


def test_without_a_name_it_lists_the_simulators_and_every_qpu_with_a_price(qml):
    found = rows(qml)
    priced = [price.backend for price in read_prices() if "*" not in price.backend]
    assert list(found) == [*EXACT, *NOISY, *priced]
    for name in (*EXACT, *NOISY):
        assert found[name]["serves"]
        assert found[name]["qubits"] >= 10
    for name in priced:
        assert found[name]["serves"] is None
        assert found[name]["reason"]
        assert found[name]["price_as_of"]


def test_a_simulated_qpu_is_told_with_qubits_and_the_age_of_its_snapshot(qml):
    found = rows(qml, "ibm.fake_manila")["ibm.fake_manila"]
    assert found["serves"]
    assert found["qubits"] == 5
    assert found["calibration_age_h"] > 24 * 365
    assert found["price"] == "free"


def test_the_text_says_why_a_qpu_was_not_opened_and_fits_the_screen(qml):
    text = qml("backends", "ionq.forte-1", "qml.batched").out
    assert "not opened" in text
    assert "IONQ_API_KEY" in text
    assert "no dated price" in text
    assert max(map(len, text.splitlines())) <= 80


def test_todays_spend_is_that_of_the_ledger(qml, tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    now = datetime.now(timezone.utc)
    ledger.set_budget("default", 10_000_000, now)
    charge = Charge(microusd=1_234_500)
    ledger.reserve(
        Booking("k", "default", "ibm.fake_manila", charge, 1, 1, "p"), "me", timedelta(0), now
    )
    ledger.record_submission("k", "job", now)
    ledger.settle("k", charge, "done", now)
    found = rows(qml, "ibm.fake_manila", "qml.batched")
    assert found["ibm.fake_manila"]["spent_today"]["microusd"] == 1_234_500
    assert found["qml.batched"]["spent_today"]["microusd"] == 0


def test_where_the_ledger_does_not_answer_the_rest_is_told(qml, monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql://me:sesame@127.0.0.1:9/qml")
    said = qml("backends", "qml.batched", "--json")
    assert said.code == 0
    assert json.loads(said.out)[0]["spent_today"] is None
    assert "does not answer" in said.err
    assert "sesame" not in said.err


def test_a_name_is_asked_once_and_one_that_cannot_be_is_refused(qml):
    assert list(rows(qml, "qml.batched", "qml.batched")) == ["qml.batched"]
    said = qml("backends", "qiskit")
    assert said.code == 2
    assert "unknown backend 'qiskit'" in said.err


def test_own_prices_come_first(qml, monkeypatch, tmp_path):
    file = tmp_path / "prices.toml"
    file.write_text(
        '[[price]]\nbackend = "ionq.*"\nas_of = 2026-11-21\nsource = "our contract"\n'
        "usd_per_shot = 0.01\n"
    )
    monkeypatch.setenv("QML_PRICES", str(file))
    found = rows(qml, "ionq.forte-1")["ionq.forte-1"]
    assert found["price"] == "0.01 USD a shot"
    assert found["price_source"] == "our contract"
