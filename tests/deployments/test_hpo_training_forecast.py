"""What a dry run says of trials that train circuits is what their plans buy."""

from datetime import datetime, timezone

import pytest

from deployments.cli.door import Facts
from deployments.cli.hpo_training_forecast import forecast_trainings
from qml_core.budget.ledger import open_ledger
from qml_core.errors import SpecError
from qml_core.references import Proposal, SearchPlan
from qml_core.specs import BackendSpec, DatasetSpec, RunSpec, SearchSpec
from tasks.datasets import load_dataset
from tasks.trained_trials import plan_fold_trainings

DATA = DatasetSpec(name="moons", parameters={"n_samples": 20})
FACTS = Facts("moons", 20, 2, 2)
SPACE = {"layers": [1, 3, 2], "measurement": ["z", "parity"]}


@pytest.fixture
def search(tmp_path, monkeypatch):
    """search(space): of circuits, 2 folds; a store and a ledger of 1,000 USD of its own."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    monkeypatch.setenv("QML_LEDGER_URL", url)
    open_ledger(url).set_budget("default", 10**9, datetime.now(timezone.utc))

    def asked(space):
        model = {"name": "vqc", "training": {"epochs": 2, "batch_size": 4}}
        objective = {"folds": 2, "model": model}
        return SearchSpec(space=space, objective=objective, searcher="random", trials=2)

    return asked


def specs(search, **run):
    return {"search": search, "dataset": DATA, "run": RunSpec(**run)}


def planned(search, backend):
    """Circuits of each configuration, as its folds are planned."""
    data = load_dataset.fn(DATA)
    plan = SearchPlan(
        key="0" * 64,
        store=data.store,
        data=data,
        search=search,
        backend=backend,
        seed=0,
    )
    codes = [(a, b) for a in range(3) for b in range(2)]
    proposal = Proposal(round=0, codes=codes, source=("",) * 6)
    found = plan_fold_trainings.fn(plan, proposal, RunSpec())
    return [sum(own.estimate.circuits for own in folds) for folds in found]


def test_the_dearest_configuration_is_forecast(search):
    asked, backend = search(SPACE), BackendSpec(shots=50)
    circuits = planned(asked, backend)
    assert len(set(circuits)) > 2
    found = forecast_trainings(specs(asked), FACTS, backend, 5)
    assert (found.circuits, found.usd) == (5 * max(circuits), 0.0)
    assert found.all_shots == 50 * found.circuits


def test_a_device_is_asked_for_its_price(search, braket):
    asked, backend = search(SPACE), BackendSpec(name="braket.iqm.Garnet", shots=50)
    found = forecast_trainings(specs(asked), FACTS, backend, 2)
    assert found.canary == 5
    assert found.circuits == 2 * max(planned(asked, backend)) + 5
    assert found.usd == pytest.approx(found.jobs * 0.3 + found.all_shots * 0.00145)
    alone = forecast_trainings(specs(asked, canary=False), FACTS, backend, 2)
    assert (alone.canary, alone.jobs) == (0, found.jobs - 1)


def test_a_large_space_is_forecast_by_some_of_it(search):
    rates = {"kind": "real", "low": 0.01, "high": 1, "points": 50}
    large = {"learning_rate": rates, "decay": rates, "perturbation": rates, "layers": [1, 2, 3]}
    found = forecast_trainings(specs(search(large)), FACTS, BackendSpec(shots=50), 1)
    only = forecast_trainings(specs(search({"layers": [3, 1]})), FACTS, BackendSpec(shots=50), 1)
    assert found.circuits == only.circuits


def test_a_space_that_cannot_be_trained_says_why(search):
    impossible = specs(search({"batch_size": [50, 60]}))
    with pytest.raises(SpecError, match="batch_size="):
        forecast_trainings(impossible, FACTS, BackendSpec(shots=50), 1)
