"""What a run on measured backends leaves on record: money, jobs, calibration, another backend."""

import re
from datetime import datetime, timezone

import numpy as np
import pytest

from flows.kernel_matrix import kernel_matrix
from flows.train import train
from qml_core.budget.ledger import open_ledger
from qml_core.errors import LedgerUnavailable
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, ModelSpec, RunSpec
from qml_core.storage.content import get_verified
from qml_core.storage.jobs import get_calibration
from qml_core.storage.matrices import load_measurement
from qml_core.storage.runs import load_run
from qml_core.storage.store import open_store
from tasks import spending

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

ROWS = 12
DATA = DatasetSpec(name="moons", parameters={"n_samples": ROWS}, split={"repeats": 1})
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1, "bandwidth": 0.3})
GARNET = BackendSpec(name="braket.iqm.Garnet", shots=100)
MANILA = BackendSpec(name="ibm.fake_manila", shots=100)
ANY_AGE = RunSpec(max_calibration_age_h=99_999)
CIRCUITS = ROWS * (ROWS + 1) // 2
USD = 4 * 0.30 + (CIRCUITS + 10) * 100 * 0.00145
"""Three blocks of a job each, and the canary."""


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    opened = open_ledger(url)
    opened.set_budget("default", 10**9, datetime.now(timezone.utc))
    return opened


def record_of(run):
    return load_run(open_store(run.store), run.run_id)


def page_of(run):
    page = get_verified(run.report, open_store(run.store)).decode()
    return " ".join(re.sub(r"<[^>]*>", " ", page).split()).replace("\u00a0", " ")


def test_a_paid_run_records_what_the_ledger_settled_and_a_rerun_pays_nothing(
    store_url, ledger, braket
):
    run = kernel_matrix(DATA, KERNEL, GARNET, ANY_AGE)
    record = record_of(run)
    (matrix,) = record["measured"]
    assert record["usd"] == pytest.approx(USD)
    assert matrix["paid"]["usd"] == pytest.approx(USD)
    assert record["usd"] * 1e6 == sum(j.settled.microusd for j in ledger.jobs() if j.settled)
    assert (matrix["circuits"], matrix["all_shots"]) == (CIRCUITS, CIRCUITS * 100)
    provider_jobs = {job.provider_job for job in ledger.jobs()}
    assert set(matrix["jobs"]) | {matrix["canary"]["job"]} == provider_jobs

    (snapshot,) = record["calibration"]
    stored = get_calibration(open_store(store_url), snapshot["digest"])
    assert stored.backend == snapshot["backend"]
    age = datetime.now(timezone.utc) - datetime.fromisoformat(snapshot["taken_at"])
    assert snapshot["age_h"] == pytest.approx(age.total_seconds() / 3600, abs=0.1)
    assert f"Spent by this run ${USD:.2f}" in page_of(run)

    again = kernel_matrix(DATA, KERNEL, GARNET, ANY_AGE)
    assert record_of(again)["usd"] == 0
    (same,) = record_of(again)["measured"]
    assert same["paid"] == matrix["paid"]
    assert f"Spent by this run $0.00 QPU time of this run none Paid in all runs ${USD:.2f}" in (
        page_of(again)
    )


def test_what_a_ledger_that_fell_silent_would_say_is_unknown(store_url, ledger, monkeypatch):
    def silent():
        raise LedgerUnavailable("the ledger does not answer")

    monkeypatch.setattr(spending, "own_ledger", silent)
    run = kernel_matrix(DATA, KERNEL, MANILA, ANY_AGE)
    record = record_of(run)
    assert (record["usd"], record["qpu_seconds"]) == (None, None)
    assert record["measured"][0]["paid"] is None
    assert "what was paid is unknown, not 0" in page_of(run)
    assert "spend unknown" in page_of(run)


def test_corrections_are_told_with_what_they_changed(store_url, ledger):
    run = kernel_matrix(DATA, KERNEL, MANILA, ANY_AGE)
    (matrix,) = record_of(run)["measured"]
    (ref,) = run.matrices
    (raw, _), (corrected, beside) = load_measurement(ref.raw), load_measurement(ref)
    upper, found = np.triu_indices(ROWS, 1), matrix["correction"]
    assert found["names"] == ["readout", "depolarising"]
    assert found["mean_change"] == pytest.approx(np.abs(corrected - raw)[upper].mean())
    assert found["raw_diagonal"]["median"] == pytest.approx(np.median(np.diagonal(raw)))
    assert found["raw_diagonal"]["least"] == pytest.approx(np.diagonal(raw).min())
    assert found["corrected_diagonal"] == {"least": 1, "median": 1}
    assert 0 < found["survival"]["least"] <= found["survival"]["median"] < 1.1
    assert matrix["median_error"] == pytest.approx(np.median(beside.errors[upper]))
    below = (corrected[upper] < 0.1).mean()
    assert matrix["concentrated"] == pytest.approx(below)
    lowest = np.linalg.eigvalsh(corrected)
    assert matrix["repaired"]["min_eigenvalue"] == pytest.approx(lowest[0])
    clipped = np.linalg.norm(lowest[lowest < 0])
    assert matrix["repaired"]["shift"] == pytest.approx(clipped)
    assert "no device" in run.verdict


def test_a_fallback_is_on_the_page_in_the_verdict_in_the_record_and_in_the_reference(
    store_url, ledger
):
    impatient = RunSpec(on_refusal="fallback", max_calibration_age_h=1)
    run = kernel_matrix(DATA, KERNEL, MANILA, impatient)
    said = "asked ibm.fake_manila, ran on qml.batched because ibm.fake_manila refused: calibration"
    assert run.fallback.startswith(said)
    assert run.verdict.startswith("A" + said[1:])
    record = record_of(run)
    assert record["fallback"] == run.fallback
    assert record["verdict"] == run.verdict
    page = page_of(run)
    assert page.index(f"Another backend: {said}") < page.index("The fidelity iqp kernel")
    assert "qml.batched is an exact simulator" not in run.fallback


def test_a_noisy_simulator_says_which_record_it_follows(store_url, tmp_path, monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql://nobody@127.0.0.1:9/none")
    noisy = BackendSpec(name="default.mixed", noise="ibm.fake_manila", shots=100)
    run = kernel_matrix(DATA, KERNEL, noisy)
    record = record_of(run)
    assert (record["usd"], record["qpu_seconds"]) == (0, 0)
    (snapshot,) = record["calibration"]
    assert (snapshot["backend"], snapshot["age_h"]) == ("fake_manila", None)
    assert snapshot["taken_at"] is not None
    assert "simulates the noise of ibm.fake_manila on this machine: no device" in page_of(run)


@pytest.mark.slow
def test_training_tells_every_matrix_and_counts_the_diagonals_of_the_test_rows(store_url, ledger):
    model = ModelSpec(kernel=KernelSpec(encoding={"name": "iqp", "reps": 1}), bandwidths=[0.3])
    run = train(DATA, model, MANILA, ANY_AGE)
    gram, cross = record_of(run)["measured"]
    n, m = gram["shape"][0], cross["shape"][0]
    assert gram["circuits"] == n * (n + 1) // 2
    assert cross["circuits"] == m * n + m
    assert cross["all_shots"] == cross["circuits"] * 100
    assert gram["repaired"]["method"] == "clip"
    assert cross["repaired"] is None
    assert cross["correction"]["survival"] is not None
    assert "Every matrix" in page_of(run)
    assert "Why there: ibm.fake_manila serves" in page_of(run)
