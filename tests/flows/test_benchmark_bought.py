"""Benchmarks on shots beyond the smallest: several kernels, networks, other devices."""

import pytest
from paid_benchmarks import (
    CANARY,
    FOLD,
    KERNEL,
    MOONS,
    NETWORK,
    WHOLE,
    asked,
    assert_explained,
    benched,
    cap,
    folds,
    forecast,
    paid,
    records,
    usd,
)
from paid_flows import record
from paid_trainings import GARNET, assert_nothing_was_sent, assert_settled, price_of, sizes

from qml_core.errors import (
    DeviceRefused,
    JobPending,
)
from qml_core.specs import BackendSpec
from qml_core.storage.store import open_store

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


BY_SECOND = """
[[price]]
backend = "ibm.fake_manila"
as_of = 2026-11-21
source = "a contract"
usd_per_second = 0.01
"""


@pytest.mark.slow
def test_data_sets_and_kernels_share_a_canary_and_contestants_their_matrices(
    garnet, ledger, capsys
):
    other = {"name": "moons", "parameters": {"n_samples": 10, "noise": 0.3}}
    twice = {**KERNEL, "kernel": {"encoding": {"name": "angle"}}}
    spec = asked(datasets=[MOONS, other], models=[KERNEL, twice], configurations=1)
    told = forecast(capsys, spec)
    assert len(told["measured"]) == 4
    run = benched(spec)
    assert sorted(sizes(garnet)) == sorted([CANARY, *FOLD * 8])
    bill = assert_explained(run, garnet, ledger)
    assert bill == pytest.approx(told["usd"] - 3 * usd([CANARY]))  # each model's own, at most
    assert record(run)["usd"] == pytest.approx(bill)


@pytest.mark.slow
def test_kernels_and_networks_are_bought_once_each_after_a_canary_of_their_own(
    garnet, ledger, capsys
):
    both = asked(models=[KERNEL, NETWORK], configurations=1)
    told = forecast(capsys, both)
    run = benched(both)
    bill = assert_explained(run, garnet, ledger)
    assert bill == pytest.approx(told["usd"])
    assert record(run)["usd"] == pytest.approx(bill)
    found = open_store(run.store).list("")
    assert sum(entry.path.endswith("canary.json") for entry in found) == 2
    assert all(len(one.calibrations) == 1 for one in records(run))
    assert sum(one.circuits for one in records(run)) < sum(sizes(garnet))
    jobs = len(sizes(garnet))
    again = benched(both)
    assert (len(sizes(garnet)), record(again)["usd"]) == (jobs, 0)


@pytest.mark.slow
def test_rows_in_random_bases_are_accounted_for_too(garnet, ledger, capsys):
    backend = GARNET.model_copy(update={"estimator": "randomised", "bases": 3})
    told = forecast(capsys, backend=backend)
    run = benched(backend=backend)
    bill = assert_explained(run, garnet, ledger)
    assert bill <= told["usd"]
    assert record(run)["usd"] == pytest.approx(bill)


@pytest.mark.slow
def test_qpu_time_that_a_fake_device_gives_back_is_nobodys(
    paid_backends, ledger, tmp_path, monkeypatch
):
    (tmp_path / "by_second.toml").write_text(BY_SECOND)
    monkeypatch.setenv("QML_PRICES", str(tmp_path / "by_second.toml"))
    manila = BackendSpec(name="ibm.fake_manila", shots=50)
    both = asked(models=[KERNEL, NETWORK], configurations=1)
    run = benched(both, manila, max_calibration_age_h=99_999)
    spent = ledger.budget("default").spent
    assert sum(one.qpu_seconds for one in records(run)) == pytest.approx(spent.qpu_seconds)
    assert paid(run) == pytest.approx(spent.usd)
    assert record(run)["qpu_seconds"] == pytest.approx(spent.qpu_seconds)
    assert all(len(one.calibrations) == 1 for one in records(run))
    jobs = len(ledger.jobs())
    benched(both, manila, max_calibration_age_h=99_999)
    assert len(ledger.jobs()) == jobs


@pytest.mark.slow
def test_a_network_on_the_shots_of_a_simulator_costs_nothing_and_says_its_circuits(
    garnet, ledger, capsys
):
    mixed = BackendSpec(name="default.mixed", noise="ibm.fake_manila", shots=20)
    spec = asked(models=[KERNEL, NETWORK], configurations=1)
    assert forecast(capsys, spec, mixed)["usd"] == 0
    run = benched(spec, mixed)
    assert_nothing_was_sent(garnet, ledger)
    rows = [row for row in folds(run) if row["kind"] == "quantum"]
    assert {row["status"] for row in rows} == {"done"}
    assert all(row["circuits"] * 20 == row["shots"] > 0 == row["usd"] for row in rows)


@pytest.mark.slow
def test_a_job_that_is_not_waited_for_is_collected_by_the_same_command(garnet, ledger):
    garnet.control(hold=True)
    with pytest.raises(JobPending):
        benched(canary=False, job_timeout_h=1e-4)
    held = len(sizes(garnet))
    assert 1 <= held <= 2
    garnet.control(hold=False)
    run = benched(canary=False)
    assert len(sizes(garnet)) == 2 * len(FOLD)
    assert_explained(run, garnet, ledger)


@pytest.mark.slow
def test_a_bad_canary_is_all_that_is_bought(garnet, ledger):
    garnet.control(noisy=True)
    for _ in range(2):
        with pytest.raises(DeviceRefused, match="canary"):
            benched(canary_fidelity=0.999)
        assert sizes(garnet) == [CANARY]
    assert_settled(garnet, ledger)


@pytest.mark.slow
def test_an_error_of_tuning_is_a_failed_fold_that_costs_nothing(garnet, ledger, monkeypatch):
    def crashes(*_, **__):
        raise ZeroDivisionError("no kernel")

    monkeypatch.setattr("tasks.tunings.tuned_model", crashes)
    run = benched()
    assert_nothing_was_sent(garnet, ledger)
    rows = [row for row in folds(run) if row["kind"] == "quantum"]
    assert [(row["status"], row["usd"]) for row in rows] == [("failed", 0)] * 2


@pytest.mark.slow
def test_models_that_differ_in_their_penalty_share_the_matrices_of_their_kernel(garnet, ledger):
    twins = [{**KERNEL, "bandwidths": [0.5], "C": [penalty]} for penalty in (1.0, 100.0)]
    cap(ledger, price_of(WHOLE))
    run = benched(asked(models=twins, configurations=1))
    assert sorted(sizes(garnet)) == sorted(WHOLE)
    assert_explained(run, garnet, ledger)
    first, second = [score.usd for score in run.data[0].scores if score.kind == "quantum"]
    assert (first > 0, second) == (True, 0)
