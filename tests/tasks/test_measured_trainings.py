"""Trials of trained circuits on shots: as exact ones, kept one by one, counted and paid once."""

from contextlib import nullcontext

import numpy as np
import pytest
from straight_trainings import Straight

from qml_core.errors import JobFailed, TrainingDiverged
from qml_core.references import Proposal, SearchPlan
from qml_core.specs import BackendSpec, DatasetSpec, ObjectiveSpec, RunSpec, SearchSpec
from qml_core.storage.checkpoints import latest_checkpoint
from qml_core.storage.store import open_store
from tasks import canary, measured_trainings, progress, trainings
from tasks.datasets import load_dataset
from tasks.measured_rounds import measure_trials
from tasks.runners import Runner
from tasks.spending_cap import SpendingCap
from tasks.trials import evaluate_best, evaluate_trial

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=10)
SHOTS = BackendSpec(shots=100)
RATES = {"training.learning_rate": [0.05, 0.2]}


@pytest.fixture
def moons(ledger):
    """12 rows of 2 features, 4 of them held out."""
    data = {"name": "moons", "parameters": {"n_samples": 12}, "split": {"test_size": 0.34}}
    return load_dataset.fn(DatasetSpec.model_validate(data))


@pytest.fixture
def planned(moons):
    """planned(space, backend): a search of circuits of 2 qubits and 1 layer, 2 epochs, 2 folds."""

    def plan(space=RATES, backend=SHOTS, data=moons, name="vqc", metric="auto", seed=0, **training):
        model = {
            "name": name,
            "circuit": {"layers": 1},
            "training": {"epochs": 2, "batch_size": 2, "validation": 0.0, **training},
        }
        return SearchPlan(
            key="0" * 64,
            store=data.store,
            data=data,
            search=SearchSpec(
                space=space, objective=ObjectiveSpec(folds=2, model=model, metric=metric)
            ),
            backend=backend,
            seed=seed,
        )

    return plan


@pytest.fixture
def measured(monkeypatch):
    """measured(plan, *codes): the trials of a round, its tasks called as plain functions."""
    monkeypatch.setattr(progress, "PERIOD_S", np.inf)  # no artifacts, which need a server
    for name in ("plan_fold_trainings", "pass_gates", "send_canary", "score_folds"):
        monkeypatch.setattr(measured_trainings, name, getattr(measured_trainings, name).fn)
    runner = nullcontext(Runner(Straight(), in_process=True))
    monkeypatch.setattr(measured_trainings, "open_runner", lambda *terms: runner)

    def run(plan, *codes, max_usd=None, cap=None, **terms):
        proposal = Proposal(round=0, codes=codes, source=("random",) * len(codes))
        asked = RunSpec(seed=plan.seed, **terms)
        return measure_trials(plan, proposal, 0, asked, cap or SpendingCap(max_usd), 0)

    return run


@pytest.fixture
def planned_trainings():
    """planned_trainings(plan, *codes): of each configuration those of its folds."""

    def run(plan, *codes):
        proposal = Proposal(round=0, codes=codes, source=("random",) * len(codes))
        task = measured_trainings.plan_fold_trainings
        return getattr(task, "fn", task)(plan, proposal, RunSpec(seed=plan.seed))

    return run


@pytest.fixture
def waves(ledger, tmp_path):
    """12 rows of 2 features and a value, 4 of them held out."""
    x = np.random.default_rng(4).uniform(0, 1, (12, 2))
    rows = [f"{a},{b},{np.sin(3 * a) + b}" for a, b in x]
    (tmp_path / "waves.csv").write_text("\n".join(["a,b,y", *rows]))
    asked = {"path": str(tmp_path / "waves.csv"), "target": "y", "split": {"test_size": 0.34}}
    return load_dataset.fn(DatasetSpec.model_validate(asked))


@pytest.mark.parametrize(
    ("name", "data", "metric"),
    [("vqc", "moons", "log_loss"), ("hybrid", "moons", "log_loss"), ("vqr", "waves", "rmse")],
)
def test_with_many_shots_a_trial_is_as_the_exact_one(
    planned, measured, request, name, data, metric
):
    terms = {"optimiser": "sgd"}  # Adam follows the sign of a gradient of noise alone
    asked = planned(data=request.getfixturevalue(data), name=name, metric=metric, seed=5, **terms)
    many = asked.model_copy(update={"backend": BackendSpec(shots=100_000)})
    exact = asked.model_copy(update={"backend": BackendSpec()})
    (trial,) = measured(many, (1,))
    same = evaluate_trial.fn(exact, 1, 0, (1,), "random", RunSpec(seed=5))
    assert (trial.status, same.status) == ("done", "done")
    assert len(set(same.scores)) == 2
    assert trial.scores == pytest.approx(same.scores, rel=0.01)
    assert trial.value == np.mean(trial.scores)
    assert trial.value != same.value
    assert trial.key != same.key


def test_a_trial_counts_its_circuits_and_is_measured_once(
    planned, measured, planned_trainings, monkeypatch
):
    plan = planned()
    folds = planned_trainings(plan, (0,), (1,))
    first = measured(plan, (0,), (1,))
    circuits = [sum(own.estimate.circuits for own in of_trial) for of_trial in folds]
    assert [t.circuits for t in first] == circuits
    assert [t.shots for t in first] == [100 * n for n in circuits]
    assert [(t.number, t.status, t.usd, t.reused) for t in first] == [
        (1, "done", 0.0, False),
        (2, "done", 0.0, False),
    ]
    assert planned_trainings(plan, (0,), (1,)) == ((), ())
    monkeypatch.setattr(measured_trainings, "train_in_segments", None)
    again = measured(plan, (0,), (1,))
    assert [t.reused for t in again] == [True, True]
    assert [t.model_copy(update={"reused": False}) for t in again] == list(first)
    assert evaluate_best.fn(plan, first[0], RunSpec()) is None


def test_a_configuration_that_shots_do_not_allow_fails_alone(planned, measured):
    plan = planned({"gradient": ["shift", "adjoint"], "batch_size": [2, 50]})
    done, exact, large = measured(plan, (0, 0), (1, 0), (0, 1))
    assert [t.status for t in (done, exact, large)] == ["done", "failed", "failed"]
    assert "gradient=adjoint needs exact states" in exact.error
    assert "batch_size=50" in large.error
    assert exact.circuits == large.circuits == 0


def test_a_training_that_diverges_fails_its_trial_alone(planned, measured, monkeypatch):
    train, plan = measured_trainings.train_in_segments, planned()

    def sometimes(runner, plans, grants, run):
        found = train(runner, plans, grants, run)
        if plans[0].model.training.learning_rate == 0.05:
            raise TrainingDiverged("the loss of step 3 is nan", "")
        return found

    monkeypatch.setattr(measured_trainings, "train_in_segments", sometimes)
    first, second = measured(plan, (0,), (1,))
    assert (first.status, first.value, first.error) == ("failed", None, "the loss of step 3 is nan")
    assert first.circuits > 0  # what it has cost until then
    assert second.status == "done"
    assert measured(plan, (0,))[0].reused


def test_more_epochs_go_on_from_fewer_and_count_the_rest(planned, measured, planned_trainings):
    plan = planned({"epochs": [1, 3]})
    fewer, more = planned_trainings(plan, (0,), (1,))
    assert [own.key for own in fewer] == [own.key for own in more]
    first, second = measured(plan, (0,), (1,))
    assert first.key != second.key
    store = open_store(plan.store)
    histories = [latest_checkpoint(store, own.key)[1].history for own in more]
    assert [len(history) for history in histories] == [3, 3]
    epoch, held_out = sum(history[0].circuits for history in histories), plan.data.n_train
    assert [t.circuits for t in (first, second)] == [epoch + held_out, 2 * epoch + held_out]


def test_a_finished_trial_is_kept_where_the_next_one_cannot_be_trained(
    planned, measured, monkeypatch
):
    train, plan = measured_trainings.train_in_segments, planned()

    def once(runner, plans, grants, run):
        if plans[0].model.training.learning_rate == 0.2:
            raise JobFailed("the device says no", "")
        return train(runner, plans, grants, run)

    monkeypatch.setattr(measured_trainings, "train_in_segments", once)
    with pytest.raises(JobFailed):
        measured(plan, (0,), (1,))
    monkeypatch.setattr(measured_trainings, "train_in_segments", train)
    assert [t.reused for t in measured(plan, (0,), (1,))] == [True, False]


@pytest.fixture
def paid(braket, quick, monkeypatch):
    """The loopback Braket, whose slots are free."""
    for module in (canary, trainings):
        monkeypatch.setattr(module, "device_slot", lambda name: nullcontext())
    return braket


@pytest.fixture
def quoted(planned, planned_trainings):
    """quoted(plan, codes): USD of a configuration, from its circuits; an evaluation and a read-out
    of each fold."""

    def price(plan, codes):
        (folds,) = planned_trainings(plan, codes)
        circuits = sum(own.estimate.circuits for own in folds)
        return 2 * 2 * 0.3 + circuits * GARNET.shots * 0.00145

    return price


FEW = {"backend": GARNET, "optimiser": "cobyla", "epochs": 1, "batch_size": None}


def test_dollars_of_trials_are_the_ledger_s_and_the_bill_s(
    paid, ledger, planned, measured, quoted, spent
):
    plan = planned({"layers": [1, 2]}, **FEW)
    quotes = [quoted(plan, (0,)), quoted(plan, (1,))]
    trials = measured(plan, (0,), (1,))
    assert [t.status for t in trials] == ["done", "done"]
    bill = paid.control()["bill"]
    assert bill == spent() == round(1e6 * sum(t.usd for t in trials))
    first, second = (t.usd for t in trials)
    assert second == pytest.approx(quotes[1])
    sample = ledger.jobs()[0]  # the canary comes before all else
    assert first == pytest.approx(quotes[0] + 0.3 + sample.circuits * GARNET.shots * 0.00145)
    assert ledger.audit() == ()
    assert [t.reused for t in measured(plan, (0,), (1,))] == [True, True]
    (other,) = measured(planned({"layers": [1, 2]}, metric="log_loss", **FEW), (0,))
    assert (other.status, other.usd, other.reused) == ("done", 0.0, False)
    assert paid.control()["bill"] == bill


def test_the_cap_pays_for_whole_trials(paid, planned, measured, quoted):
    plan = planned({"layers": [1, 2]}, **FEW)
    price = quoted(plan, (0,))
    cap = SpendingCap(1.9 * price)
    (trial,) = measured(plan, (0,), (1,), cap=cap, canary=False)
    assert (trial.usd, cap.usd) == (pytest.approx(price), pytest.approx(price))
    assert cap.exhausted
    assert cap.notes[0].startswith("1 of 2 trials of a round were left out")
    assert paid.control()["bill"] == round(1e6 * price)
