"""QAOA as a flow: exact, on shots, and bought through the gates, nothing twice."""

import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from child_process import end_with_parent
from paid_flows import record, sent
from paid_trainings import GARNET, assert_settled, kill_after, price_of, sizes
from prefect.settings import PREFECT_API_URL

from flows.qaoa import qaoa
from qml_core.errors import BudgetExceeded, CircuitRefused, DeviceRefused, JobPending, SpecError
from qml_core.optimisation.qaoa.estimates import job_sizes
from qml_core.specs import BackendSpec, ProblemSpec, QAOASpec, RunSpec
from qml_core.storage.datasets import get_arrays
from qml_core.storage.store import open_store
from tasks.qaoa import solve

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

SQUARE = ProblemSpec(edges=((0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0), (3, 0, 1.0)))
TUNED = QAOASpec(layers=1, evaluations=5, samples=50)
FIXED = QAOASpec(layers=1, optimiser="none", samples=50)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(solve, "retry_delay_seconds", [0.01] * 3)


@pytest.fixture
def garnet(braket, paid_backends, impatient):
    """The service, with a store and a ledger of the test's own."""
    return braket


@pytest.fixture
def three_levels(tmp_path):
    """A QUBO of a three-valued and a two-valued variable: energies 0, 1, 2 (+ 0.5)."""
    path = tmp_path / "qubo.json"
    terms = [[[0], 0.0], [[1], -0.5], [[2], -1.0], [[3], -0.25], [[], 1.75]]
    path.write_text(json.dumps({"n_qubits": 4, "terms": terms}))
    return ProblemSpec(kind="ising", path=str(path), one_hot=((0, 1, 2),))


def test_an_exact_qaoa_leaves_solution_tables_and_page_and_is_not_repeated(store_url):
    first = qaoa(SQUARE, QAOASpec(layers=2, samples=200))
    found = first.solution
    assert (first.value, found.best_energy, found.optimum, found.worst) == (4, -4, -4, 0)
    assert found.best in ("0101", "1010")
    assert found.approximation == pytest.approx(1, abs=1e-6)
    assert (found.circuits, found.feasibility) == (0, 1)
    samples, history = get_arrays(found.samples), get_arrays(found.history)
    assert samples["count"].sum() == 200
    assert set(samples["bits"]) == {"0101", "1010"}
    assert history["gammas"].shape == (found.evaluations, 2)
    assert history["objective"].min() == pytest.approx(found.objective, abs=1e-9)
    written = record(first)
    assert written["command"].startswith("qml qaoa --set ")
    assert (written["usd"], written["verb"]) == (0.0, "qaoa")
    page = open_store(first.store).get(first.report.path).decode()
    assert "0101" in page or "1010" in page
    again = qaoa(SQUARE, QAOASpec(layers=2, samples=200))
    assert again.solution.seconds == 0
    assert again.solution.model_copy(update={"seconds": found.seconds}) == found
    assert qaoa(SQUARE, QAOASpec(layers=2, samples=200), run=RunSpec(seed=1)).solution != found


def test_shots_are_simulated_as_they_would_be_bought(store_url, three_levels):
    asked = QAOASpec(layers=1, evaluations=6, samples=150)
    backend = BackendSpec(name="qml.batched", shots=100)
    run = qaoa(three_levels, asked, backend)
    found = run.solution
    assert found.circuits <= sum(k * n for k, n in job_sizes(asked, 4, backend).items()) == 6 + 2
    assert found.circuits == found.evaluations + 2
    assert get_arrays(found.samples)["count"].sum() == 150
    assert found.feasibility == 1  # the circuit itself leaves the feasible space nowhere
    assert found.best == "1000"
    assert found.best_energy == found.optimum
    assert any("not corrected" in note for note in found.notes)
    again = qaoa(three_levels, asked, backend, RunSpec(remeasure=1)).solution
    assert again.samples.sha256 != found.samples.sha256  # drawn anew


def test_a_bought_qaoa_costs_at_most_what_was_said_and_is_bought_once(garnet, ledger):
    first = qaoa(SQUARE, TUNED, GARNET)
    bought = sizes(garnet)
    assert set(bought) == {1}
    assert first.solution.circuits == first.solution.evaluations + 1 == len(bought) - 1  # canary
    most = price_of([1] * (1 + 5 + 1))
    assert record(first)["usd"] * 1e6 == pytest.approx(garnet.control()["bill"])
    assert garnet.control()["bill"] == price_of(bought) <= most
    assert_settled(garnet, ledger)
    again = qaoa(SQUARE, TUNED, GARNET)
    assert sizes(garnet) == bought
    assert again.solution.samples == first.solution.samples
    garnet.control(status="OFFLINE")  # what is bought needs no device that serves
    assert qaoa(SQUARE, TUNED, GARNET).solution.best == first.solution.best


def test_a_job_that_was_not_waited_for_is_collected_by_the_same_command(garnet, ledger):
    garnet.control(hold=True)
    with pytest.raises(JobPending):
        qaoa(SQUARE, FIXED, GARNET, RunSpec(canary=False, job_timeout_h=1e-4))
    assert sizes(garnet) == [1]
    garnet.control(hold=False)
    found = qaoa(SQUARE, FIXED, GARNET, RunSpec(canary=False)).solution
    assert sizes(garnet) == [1]
    assert (found.circuits, found.evaluations) == (1, 0)
    assert_settled(garnet, ledger)


KILLED = """
import sys
from flows.qaoa import qaoa
from qml_core.specs import BackendSpec, ProblemSpec, QAOASpec, RunSpec
kinds = (ProblemSpec, QAOASpec, BackendSpec, RunSpec)
qaoa(*(kind.model_validate_json(text) for kind, text in zip(kinds, sys.argv[1:])))
"""


@pytest.mark.slow
def test_after_sigkill_between_submit_and_collect_the_same_command_buys_the_rest(
    garnet, ledger, tmp_path
):
    asked = (SQUARE, TUNED, GARNET, RunSpec(canary=False))
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, *(spec.model_dump_json() for spec in asked)],
        env={**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=(tmp_path / "said").open("w"),
        preexec_fn=end_with_parent,
    )
    kill_after(process, garnet, 2)
    assert len(sizes(garnet)) == 2
    found = qaoa(*asked).solution
    assert len(sizes(garnet)) == found.circuits == found.evaluations + 1
    assert_settled(garnet, ledger)


def test_what_is_asked_of_a_device_is_refused_before_anything_is_sent(garnet, ledger):
    now, jobs = datetime.now(timezone.utc), [1] * (1 + 5 + 1)
    ledger.set_budget("default", price_of(jobs) - 1, now)
    with pytest.raises(BudgetExceeded, match=r"backend\.shots=\d+ would fit") as refused:
        qaoa(SQUARE, TUNED, GARNET)
    assert refused.value.exit_code == 3
    shots = int(refused.value.remedy.partition("shots=")[2].partition(" ")[0])
    assert 7 * shots < 50 * 7 < 7 * (shots + 8)  # with fewer, more circuits make up the readout
    garnet.control(status="OFFLINE")
    with pytest.raises(DeviceRefused):  # what was advised passes the budget
        qaoa(SQUARE, TUNED, GARNET.model_copy(update={"shots": shots}))
    garnet.control(status="ONLINE")
    ledger.set_budget("default", 10**9, now)
    long = ProblemSpec(edges=tuple((i, i + 1, 1.0) for i in range(60)))
    with pytest.raises(CircuitRefused, match="61 qubits asked"):
        qaoa(long, TUNED, GARNET)
    with pytest.raises(SpecError, match="cobyla, spsa"):
        qaoa(SQUARE, QAOASpec(optimiser="lbfgs"), GARNET)
    assert sent(garnet) == 0
    assert ledger.jobs() == ()


def test_the_noisy_manila_answers_a_small_qaoa_with_samples_that_are_discarded(
    store_url, ledger, impatient, three_levels
):
    manila = BackendSpec(name="ibm.fake_manila", shots=200)
    terms = RunSpec(max_calibration_age_h=100_000)
    found = qaoa(three_levels, QAOASpec(layers=1, optimiser="none", samples=400), manila, terms)
    solution, samples = found.solution, get_arrays(found.solution.samples)
    assert 0 < solution.feasibility < 1
    share = samples["count"][samples["feasible"]].sum() / samples["count"].sum()
    assert share == pytest.approx(solution.feasibility)
    kept = np.array(samples["energy"])[samples["feasible"]]
    assert solution.best_energy == kept.min()
    assert any("infeasible: discarded" in note for note in solution.notes)
