"""Benchmarks on a paid backend: refused before the first job, or bought once and accounted for."""

import json
from datetime import datetime, timezone

import pytest
from killed_commands import KILLED, open_commands
from paid_benchmarks import (
    CANARY,
    FOLD,
    GRAM,
    KERNEL,
    NETWORK,
    WHOLE,
    asked,
    assert_explained,
    benched,
    cap,
    folds,
    forecast,
    page,
    paid,
    records,
    usd,
)
from paid_flows import record
from paid_trainings import GARNET, assert_nothing_was_sent, price_of, sizes

from qml_core.errors import (
    BudgetExceeded,
    DeviceRefused,
    LedgerUnavailable,
    PriceUnknown,
    ScreenRefused,
    StaleCalibration,
)
from qml_core.references import BenchmarkRef
from qml_core.specs import BackendSpec
from tasks import measured_folds

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def test_every_dollar_is_forecast_billed_and_found_in_the_record_of_a_fold(garnet, ledger, capsys):
    told = forecast(capsys)
    cap(ledger, price_of(WHOLE))  # not a millionth more
    run = benched()
    assert sizes(garnet)[:3] == [CANARY, GRAM, GRAM]
    assert sorted(sizes(garnet)) == sorted(WHOLE)
    bill = assert_explained(run, garnet, ledger)
    assert bill == pytest.approx(told["usd"])
    (measured,) = told["measured"].values()
    assert measured["circuits"] == sum(WHOLE)
    assert record(run)["usd"] == pytest.approx(bill)
    assert f"{bill:.2f}" in page(run)
    for one in records(run):
        assert (one.backend, one.circuits) == (GARNET.name, sum(FOLD))
        assert one.shots == GARNET.shots * sum(FOLD)
        assert one.calibrations == (record(run)["grants"][0]["calibration"],)
    (judged,) = run.data[0].judgements
    assert judged.difference.low <= 0
    assert judged.usd_per_point is None
    again = benched()
    assert len(sizes(garnet)) == len(WHOLE)
    assert record(again)["usd"] == 0
    assert paid(again) == pytest.approx(bill)
    assert again.data[0].scores == run.data[0].scores
    assert all(row["reused"] for row in folds(again))


def test_nothing_is_sent_where_anything_speaks_against_it(garnet, ledger, monkeypatch):
    def refused(kind, spec=None, backend=GARNET, **run):
        with pytest.raises(kind) as caught:
            benched(spec, backend, **run)
        assert caught.value.exit_code == 3
        assert_nothing_was_sent(garnet, ledger)
        return caught.value

    assert "--force" in refused(ScreenRefused, asked(force=False)).remedy
    cap(ledger, price_of(WHOLE) - 1)  # K(test, train) counts before K(train, train) is bought
    refused(BudgetExceeded)
    cap(ledger, 10**9)
    refused(PriceUnknown, backend=BackendSpec(name="braket.iqm.Unheard", shots=50))
    garnet.control(updated_at="2026-01-01T00:00:00.000Z")
    refused(StaleCalibration)
    garnet.control(updated_at=datetime.now(timezone.utc).isoformat(), status="OFFLINE")
    refused(DeviceRefused)
    with monkeypatch.context() as down:
        down.setenv("QML_LEDGER_URL", "sqlite:////proc/none/ledger.db")
        refused(LedgerUnavailable)
    run = benched(on_refusal="fallback")
    assert_nothing_was_sent(garnet, ledger)
    assert {one.backend for one in records(run)} == {"qml.batched"}
    assert "OFFLINE" in run.fallback
    assert "OFFLINE" in page(run)
    garnet.control(status="ONLINE")
    again = benched(on_refusal="fallback")
    assert_nothing_was_sent(garnet, ledger)
    assert {one.backend for one in records(again)} == {"qml.batched"}
    assert "OFFLINE" in again.fallback


def test_kernels_and_networks_have_to_fit_into_the_budget_together(garnet, ledger, capsys):
    both = asked(models=[KERNEL, NETWORK], configurations=1)
    assert forecast(capsys, both)["usd"] > usd(WHOLE)
    cap(ledger, price_of(WHOLE))  # of the kernels alone
    with pytest.raises(BudgetExceeded):
        benched(both)
    assert_nothing_was_sent(garnet, ledger)


def test_a_model_that_fails_after_its_matrices_were_bought_keeps_their_cost(
    garnet, ledger, monkeypatch
):
    predict, left = measured_folds.predict_from_matrices, [1]

    def fails_once(*matrices, **more):
        if left:
            left.pop()
            raise FloatingPointError("no convex hull")
        return predict(*matrices, **more)

    monkeypatch.setattr(measured_folds, "predict_from_matrices", fails_once)
    run = benched(canary=False)
    failed, done = [row for row in folds(run) if row["kind"] == "quantum"]
    assert (failed["status"], done["status"]) == ("failed", "done")
    assert "no convex hull" in failed["error"]
    assert failed["usd"] == done["usd"] == pytest.approx(usd(FOLD))
    assert_explained(run, garnet, ledger)
    assert "no convex hull" in page(run)
    again = benched(canary=False)
    assert len(sizes(garnet)) == 2 * len(FOLD)
    assert [row["status"] for row in folds(again) if row["kind"] == "quantum"] == ["failed", "done"]


@pytest.fixture
def qml(prefect_server, garnet, ledger, tmp_path):
    """qml(kill): `qml benchmark` of the small data in a process of its own; qml.run: what came."""
    from prefect.settings import PREFECT_API_URL

    with open_commands(tmp_path, PREFECT_API_URL.value(), flows=("benchmark",)) as opened:
        yield opened


@pytest.fixture
def words(tmp_path):
    """Of the command for the small data."""
    spec = asked().model_dump(mode="json", exclude_defaults=True)
    backend = {"name": GARNET.name, "shots": GARNET.shots}
    (tmp_path / "asked.json").write_text(json.dumps({"benchmark": spec, "backend": backend}))
    return "benchmark", "--params", str(tmp_path / "asked.json"), "--json"


BETWEEN = [  # K(train, train) is bought in part
    ({"calls": ["put_if_absent"], "path": "^matrices/.*grant.json", "nth": 3}, 3),
]
KILLS = [  # where it is killed, and the jobs that were bought by then
    ({"calls": ["get"], "path": "canary.json", "nth": 2}, 0),  # after the gates
    ({"calls": ["put_if_absent"], "path": "canary.json"}, 1),  # the canary is bought, not stored
    ({"calls": ["put_if_absent"], "path": "^matrices/.*grant.json", "nth": 5}, 3),
    ({"calls": ["put_if_absent"], "path": "^folds/../", "nth": 1}, 7),
    ({"calls": ["put_if_absent"], "path": "^folds/../", "nth": 2}, 7),
]


@pytest.mark.parametrize(
    "moments", [BETWEEN, pytest.param(KILLS, marks=pytest.mark.slow)], ids=["one", "five"]
)
def test_killed_at_named_moments_it_buys_nothing_twice_and_loses_nothing(
    garnet, ledger, qml, words, moments
):
    for moment, jobs in moments:
        assert qml(*words, kill=moment) == KILLED, qml.err
        assert len(sizes(garnet)) == jobs, moment
    assert qml(*words) == 0, qml.err
    run = BenchmarkRef.model_validate_json(qml.out)
    assert sorted(sizes(garnet)) == sorted(WHOLE)
    assert_explained(run, garnet, ledger)
    assert all(len(one.calibrations) == 1 for one in records(run))


@pytest.mark.slow
def test_two_benchmarks_that_share_folds_at_the_same_time_buy_them_once(
    garnet, ledger, qml, words, tmp_path
):
    places = [tmp_path / name for name in ("one", "other")]
    for place in places:
        place.mkdir()
    jobs = ({"words": words, "folder": str(place), "environment": {}} for place in places)
    statuses = qml.together(*jobs)
    assert statuses == [0, 0], [(place / "err").read_text() for place in places]
    runs = [BenchmarkRef.model_validate_json((place / "out").read_text()) for place in places]
    assert sorted(sizes(garnet)) == sorted(WHOLE)
    for run in runs:
        assert_explained(run, garnet, ledger)
