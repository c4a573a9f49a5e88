"""Trainings on paid backends: estimated to the circuit, refused in time, bought once.

The loopback services draw the same shots for the same job every time.
"""

import io
import json
import os
import secrets
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from leaks import all_logs, database_text, find_leaks, folder_text
from paid_flows import record
from paid_trainings import (
    CANARY,
    DATA,
    EPOCH,
    GARNET,
    PER_ROW,
    TEST,
    assert_settled,
    final_bits,
    kill_after,
    model,
    own_world,
    price_of,
    probabilities,
    sizes,
    start_training,
    tokens,
    trained,
    use_braket,
)

from deployments.cli.app import main
from qml_core.budget.ledger import Ledger
from qml_core.references import RunRef
from qml_core.storage.histories import get_history
from qml_core.storage.store import open_store
from tasks.canary import canary_of

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


@dataclass(frozen=True)
class Whole:
    """A training that nothing disturbed."""

    run: RunRef
    service: dict[str, Any]
    ledger: Ledger
    forecast: dict[str, Any]
    again: RunRef
    creates_after: int
    folder: Path
    secrets: dict[str, str]
    bits: dict[str, bytes]


@pytest.fixture(scope="module")
def whole(prefect_server, braket_service, tmp_path_factory):
    """Told by --dry-run, trained, and asked for again; with secrets in its environment."""
    folder = tmp_path_factory.mktemp("whole")
    names = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    hidden = {name: f"{secrets.token_hex(9)}/+{secrets.token_hex(9)}" for name in names}
    with own_world(folder) as (environment, ledger), all_logs(folder / "logs"):
        use_braket(environment, braket_service, hidden)
        forecast = told(folder)
        run = trained()
        state = braket_service.control()
        again = trained()
        creates, bits = braket_service.control()["creates"], final_bits(run)
        hidden["AWS_ACCESS_KEY_ID"] = os.environ["AWS_ACCESS_KEY_ID"]
    return Whole(run, state, ledger, forecast, again, creates, folder, hidden, bits)


@pytest.fixture
def braket(braket, paid_backends):
    """The service with a store and a ledger of its own."""
    return braket


def told(folder):
    """What --dry-run says, as JSON."""
    settings = {
        "dataset": DATA.model_dump(mode="json"),
        "model": model().model_dump(mode="json", exclude_defaults=True),
        "backend": GARNET.model_dump(mode="json", exclude_defaults=True),
    }
    (folder / "asked.json").write_text(json.dumps(settings))
    words = ["train", "--params", str(folder / "asked.json"), "--dry-run", "--json"]
    said = io.StringIO()
    with redirect_stdout(said), pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0, said.getvalue()
    return json.loads(said.getvalue())


def test_what_is_executed_is_the_plan_the_forecast_and_the_formula(whole):
    executed = [task["executables"] for task in whole.service["tasks"]]
    assert executed == [CANARY, *EPOCH, TEST]
    plan = whole.forecast
    assert plan["measured"]["circuits"] == sum(executed)
    assert plan["measured"]["jobs"] == len(executed)
    assert plan["estimate"]["circuits"] == sum(executed)
    assert whole.run.trainings[0].circuits == sum(executed) - CANARY
    said = record(whole.run)["grants"][0]["reason"]
    assert f"{sum(executed)} circuits of 50 shots in {len(executed)} jobs" in said


def test_the_forecast_the_ledger_and_the_bill_are_the_same_dollars(whole):
    bill = price_of([CANARY, *EPOCH, TEST])
    budget = whole.ledger.budget("default")
    assert whole.service["bill"] == bill == budget.spent.microusd
    assert budget.reserved.microusd == 0
    assert whole.ledger.audit() == ()
    assert whole.forecast["measured"]["usd"] == pytest.approx(bill / 1e6)
    assert record(whole.run)["usd"] == pytest.approx(bill / 1e6)
    assert f"at most {bill / 1e6:.2f} USD" in record(whole.run)["grants"][0]["reason"]


def test_the_history_the_canary_and_the_held_out_rows_add_up_to_the_ledger(whole):
    history = get_history(whole.run.trainings[0].history)
    assert history["circuits"].tolist() == [sum(EPOCH)]
    beside = price_of([CANARY, TEST]) / 1e6
    assert history["usd"].sum() + beside == pytest.approx(whole.service["bill"] / 1e6)
    assert {job.plan_key for job in whole.ledger.jobs()} == {whole.run.trainings[0].plan_key}


def test_a_finished_training_is_not_bought_again(whole):
    assert whole.creates_after == whole.service["creates"]
    assert whole.again.trainings[0].checkpoint == whole.run.trainings[0].checkpoint
    assert whole.again.models == whole.run.models
    assert whole.again.trainings[0].reused == 1
    assert record(whole.again)["usd"] == 0


def test_the_first_job_is_the_canary_and_what_it_gave_is_kept(whole):
    found = canary_of(open_store(whole.run.store), whole.run.trainings[0].plan_key, "trainings")
    assert found.fidelity == 1.0
    assert found.shots == GARNET.shots
    assert found.calibration == record(whole.run)["grants"][0]["calibration"]


def test_no_secret_is_in_checkpoints_histories_models_reports_logs_or_ledger(whole):
    store = folder_text(whole.folder / "store")
    for name in (b"checkpoints/", b"histories/", b"models/", b"reports/", b"runs/"):
        assert name in store
    logs = (whole.folder / "logs").read_bytes()
    assert b"train-segment" in logs
    books = database_text(whole.folder / "ledger.db")
    assert b"braket.iqm.Garnet" in books
    assert [find_leaks(text, whole.secrets) for text in (store, logs, books)] == [[], [], []]


@pytest.mark.slow
def test_more_epochs_buy_the_new_ones_and_the_held_out_rows_of_another_best_epoch(braket, ledger):
    """Without validation rows the last epoch is the best one: its parameters are others."""
    first = trained(model(validation=0))
    steps = [3 * PER_ROW, 3 * PER_ROW]
    before = [CANARY, *steps, TEST]
    assert sizes(braket) == before
    more = trained(model(validation=0, epochs=2))
    assert sizes(braket) == [*before, *steps, TEST]
    assert_settled(braket, ledger)
    ours, theirs = probabilities(more), probabilities(first)
    assert (more.trainings[0].plan_key, more.trainings[0].reused) == (
        first.trainings[0].plan_key,
        1,
    )
    assert not np.array_equal(ours, theirs)
    same = trained(model(validation=0))
    assert braket.control()["creates"] == len(before) + 3
    np.testing.assert_array_equal(probabilities(same), theirs)


@pytest.mark.slow
def test_another_number_of_remeasure_buys_everything_anew(braket, ledger):
    first, second = trained(), trained(remeasure=1)
    assert sizes(braket) == [CANARY, *EPOCH, TEST] * 2
    assert first.trainings[0].plan_key != second.trainings[0].plan_key
    assert_settled(braket, ledger)


@pytest.mark.slow
def test_after_sigkill_between_submit_and_collect_the_same_command_buys_the_rest(
    whole, braket, ledger, tmp_path
):
    kill_after(start_training(model(), tmp_path), braket, 3)
    assert sizes(braket) == [CANARY, *EPOCH[:2]]
    run = trained()
    assert sizes(braket) == [CANARY, *EPOCH, TEST]
    assert tokens(braket) == [task["token"] for task in whole.service["tasks"]]
    assert_settled(braket, ledger)
    assert braket.control()["bill"] == whole.service["bill"]
    assert final_bits(run) == whole.bits
    assert run.models[0].sha256 == whole.run.models[0].sha256
    history = get_history(run.trainings[0].history)
    assert history["circuits"].tolist() == [sum(EPOCH)]


@pytest.mark.slow
@pytest.mark.parametrize("often", [False, True], ids=["from the start", "from the last step"])
def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(
    braket, ledger, tmp_path, braket_service, often
):
    asked = model(epochs=2, checkpoint_s=0.0 if often else 60.0)
    # a killed process keeps its slot of the device until a real server revokes its lease: few kills
    for creates in (1, 6):
        kill_after(start_training(asked, tmp_path), braket, creates)
    run, bill = trained(asked), braket.control()["bill"]
    assert sizes(braket) == [CANARY, *EPOCH, *EPOCH, TEST]
    assert_settled(braket, ledger)
    found, names = final_bits(run), tokens(braket)
    history = get_history(run.trainings[0].history)
    beside = price_of([CANARY, TEST])
    assert history["usd"].sum() == pytest.approx((bill - beside) / 1e6)
    (tmp_path / "other").mkdir()
    with own_world(tmp_path / "other") as (environment, _):
        use_braket(environment, braket_service, {})
        undisturbed = trained(asked)
    assert (tokens(braket), final_bits(undisturbed)) == (names, found)
