"""Predictions on paid backends: gates, cost, nothing bought twice, and who answered."""

import csv
from datetime import datetime, timezone
from zlib import crc32

import numpy as np
import pytest
from paid_flows import record, sent
from paid_trainings import (
    DATA,
    GARNET,
    assert_settled,
    model,
    price_of,
    sizes,
)

from flows.predict import predict
from flows.train import train
from qml_core.errors import (
    BudgetExceeded,
    DataError,
    DeviceRefused,
    LedgerUnavailable,
    PriceUnknown,
    StaleCalibration,
)
from qml_core.references import ModelRef
from qml_core.specs import BackendSpec, RunSpec
from qml_core.storage.datasets import get_arrays

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

ROWS = 4


@pytest.fixture(scope="module")
def fitted(prefect_server, tmp_path_factory):
    """A circuit trained on exact values, the RBF-SVM beside it, and their store."""
    folder = tmp_path_factory.mktemp("fitted")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("QML_STORAGE_URL", (folder / "store").as_uri())
        run = train(DATA, model())
    found = record(run)
    return (
        run.models[0],
        ModelRef.model_validate(found["outcomes"][0]["baseline_model"]),
        (folder / "store").as_uri(),
    )


@pytest.fixture
def braket(braket, paid_backends, fitted, monkeypatch):
    """The service, a ledger of its own, and the store of the model."""
    monkeypatch.setenv("QML_STORAGE_URL", fitted[2])
    return braket


@pytest.fixture
def rows(tmp_path):
    """rows(scale, columns): a CSV of points, inside of the training range as they come."""

    def write(scale=0.5, columns=("x0", "x1")):
        # another file for every test: of the same rows nothing would be bought in the same store
        points = scale * np.random.default_rng(crc32(tmp_path.name.encode())).uniform(
            0, 1, (ROWS, 2)
        )
        with (tmp_path / "rows.csv").open("w") as file:
            writer = csv.writer(file)
            writer.writerows([columns, *points.tolist()])
        return str(tmp_path / "rows.csv")

    return write


def asked(fitted, data, backend=GARNET, stands_in=False, outside="warn", **run):
    circuit, baseline, _ = fitted
    return predict(circuit, data, backend, RunSpec(**run), baseline if stands_in else None, outside)


def test_predictions_cost_what_was_said_and_are_bought_once(fitted, braket, ledger, rows):
    data = rows()
    first = asked(fitted, data)
    assert sizes(braket) == [ROWS]
    assert braket.control()["bill"] == price_of([ROWS])
    assert_settled(braket, ledger)
    assert first.made_by == "vqc on braket.iqm.Garnet"
    assert any("trained on qml.batched" in note for note in first.notes)
    again = asked(fitted, data)
    assert sizes(braket) == [ROWS]
    assert again.sha256 == first.sha256
    assert set(get_arrays(first)["made_by"]) == {first.made_by}
    braket.control(status="OFFLINE")  # what is bought needs no device that serves
    assert asked(fitted, data).sha256 == first.sha256
    braket.control(status="ONLINE")
    asked(fitted, data, remeasure=1)
    assert sizes(braket) == [ROWS, ROWS]


def test_each_gate_refuses_before_anything_is_sent(fitted, braket, ledger, rows, monkeypatch):
    data = rows()
    ledger.set_budget("default", price_of([ROWS]) - 1, datetime.now(timezone.utc))
    braket.control(updated_at="2026-01-01T00:00:00.000Z")
    with pytest.raises(BudgetExceeded, match=r"backend\.shots=49 would fit") as refused:
        asked(fitted, data)
    assert refused.value.exit_code == 3
    ledger.set_budget("default", price_of([ROWS]), datetime.now(timezone.utc))
    with pytest.raises(StaleCalibration):
        asked(fitted, data)
    with pytest.raises(PriceUnknown):
        asked(fitted, data, BackendSpec(name="ionq.unheard-of", shots=50))
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql://qml:none@127.0.0.1:9/qml")
    with pytest.raises(LedgerUnavailable):
        asked(fitted, data)
    assert sent(braket) == 0
    assert ledger.jobs() == ()


def test_the_classical_model_answers_where_the_device_is_refused_and_says_so(
    fitted, braket, ledger, rows
):
    data = rows()
    braket.control(status="OFFLINE")
    with pytest.raises(DeviceRefused) as refused:
        asked(fitted, data)
    assert refused.value.exit_code == 3
    found = asked(fitted, data, stands_in=True)
    assert found.made_by == "rbf_svm"
    assert any("OFFLINE" in note for note in found.notes)
    assert list(get_arrays(found)["made_by"]) == ["rbf_svm"] * ROWS
    assert sent(braket) == 0
    assert ledger.jobs() == ()


@pytest.mark.slow
def test_the_classical_model_answers_where_the_device_is_down(
    fitted, braket, ledger, rows, monkeypatch
):
    data = rows()
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    braket.control(fail=[[500, "InternalServiceException"]] * 1000)
    found = asked(fitted, data, stands_in=True)
    assert found.made_by == "rbf_svm"
    assert braket.control()["creates"] == 0
    braket.control(fail=[])
    assert asked(fitted, data, stands_in=True).made_by == "vqc on braket.iqm.Garnet"
    assert_settled(braket, ledger)


def test_rows_outside_the_training_range_are_told_or_refused(fitted, braket, ledger, rows):
    data = rows(scale=50)
    with pytest.raises(DataError) as refused:
        asked(fitted, data, outside="refuse")
    assert (refused.value.exit_code, sent(braket)) == (2, 0)
    found = asked(fitted, data, BackendSpec(shots=20))
    assert any("outside" in note for note in found.notes)


def test_other_columns_are_refused_by_the_circuit_and_by_its_stand_in(fitted, braket, ledger, rows):
    data = rows(columns=("x0", "other"))
    for stands_in in (False, True):
        with pytest.raises(DataError, match="x1"):
            asked(fitted, data, stands_in=stands_in)
    assert sent(braket) == 0
