"""A search over trained circuits on a paid device: promoted, bought once, counted once."""

import pytest
from paid_flows import record
from paid_trainings import GARNET, assert_settled

from flows.hpo import hpo
from qml_core.errors import JobFailed
from qml_core.specs import BackendSpec, DatasetSpec, RunSpec, SearchSpec
from tasks import trained_trials

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.slow,
    pytest.mark.usefixtures("prefect_server", "paid_backends"),
]

DATA = DatasetSpec(
    name="moons", parameters={"n_samples": 8}, split={"repeats": 1, "test_size": 0.25}
)


def searched(**terms):
    model = {"name": "vqc", "circuit": {"layers": 1}, "training": {"epochs": 1, "validation": 0.0}}
    model["training"]["optimiser"] = "spsa"
    search = SearchSpec(
        space={"training.learning_rate": [0.05, 0.1, 0.2], "layers": [1, 2]},
        objective={"folds": 2, "model": model},
        searcher="random",
        **{"trials": 3, "batch": 2, "initial": 2, **terms},
    )
    backend = BackendSpec() if "promote" in terms else GARNET
    return hpo(DATA, search, backend, RunSpec())


def test_a_search_on_a_device_pays_what_it_says_and_only_once(braket, ledger):
    run = searched()
    assert [trial.status for trial in run.trials] == ["done"] * 3
    bill = braket.control()["bill"]
    assert bill == round(1e6 * sum(trial.usd for trial in run.trials)) > 0
    assert record(run)["usd"] == pytest.approx(bill / 1e6)
    assert run.rungs[0].usd == pytest.approx(bill / 1e6)
    assert_settled(braket, ledger)
    again = searched()
    assert [trial.reused for trial in again.trials] == [True] * 3
    assert [trial.value for trial in again.trials] == [trial.value for trial in run.trials]
    longer = searched(trials=4)
    (added,) = (trial for trial in longer.trials if not trial.reused)
    assert_settled(braket, ledger)
    assert braket.control()["bill"] - bill == round(1e6 * added.usd)


def test_the_best_exact_trials_are_promoted_to_the_device(braket, ledger):
    run = searched(promote=[{"backend": GARNET.model_dump(), "keep": 0.5}])
    exact, promoted = (tuple(t for t in run.trials if t.rung == rung) for rung in (0, 1))
    assert (len(exact), len(promoted)) == (3, 2)
    assert {t.usd for t in exact} == {0.0}
    assert braket.control()["bill"] == round(1e6 * sum(t.usd for t in promoted)) > 0
    assert promoted[0].configuration in [t.configuration for t in exact]
    assert run.best.rung == 1
    assert_settled(braket, ledger)


def test_a_trial_that_was_interrupted_counts_what_it_had_bought(braket, ledger, monkeypatch):
    def refuse(*terms):
        raise JobFailed("for a test")

    with monkeypatch.context() as broken:
        broken.setattr(trained_trials, "answer", refuse)
        with pytest.raises(JobFailed):
            searched(trials=2)
    before = braket.control()["bill"]
    run = searched(trials=2)
    bill = braket.control()["bill"]
    assert bill > before > 0
    assert bill == round(1e6 * sum(trial.usd for trial in run.trials))
    assert_settled(braket, ledger)
