"""Trials on shots: one matrix of each kernel, cut into folds, scored, and not bought twice."""

import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import SVC

from qml_core.kernels.psd import repair
from qml_core.references import Proposal, SearchPlan
from qml_core.specs import BackendSpec, DatasetSpec, ObjectiveSpec, RunSpec, SearchSpec
from qml_core.storage.matrices import load_matrix
from tasks import measured_trials
from tasks.datasets import load_dataset, read_columns
from tasks.kernel import commit_matrices
from tasks.measured_trials import plan_trials, score_trials
from tasks.trials import evaluate_best

SHOTS = BackendSpec(shots=200)
SPACE = {"C": [1.0, 10.0], "bandwidth": [0.2, 0.4]}


@pytest.fixture
def moons(ledger):
    """24 rows of 2 features, 6 of them held out."""
    data = {"name": "moons", "parameters": {"n_samples": 24}, "split": {"test_size": 0.25}}
    return load_dataset.fn(DatasetSpec.model_validate(data))


@pytest.fixture
def planned(moons):
    """planned(space, **model): a search on shots."""

    def plan(space=SPACE, **model) -> SearchPlan:
        objective = ObjectiveSpec(folds=2, model={"psd": "none", **model})
        return SearchPlan(
            key="0" * 64,
            store=moons.store,
            data=moons,
            search=SearchSpec(space=space, objective=objective),
            backend=SHOTS,
            seed=0,
        )

    return plan


@pytest.fixture
def score(granted, evaluate):
    """score(plan, proposal): its matrices measured, and its trials."""

    def run(plan, proposal, first=0):
        plans = plan_trials.fn(plan, proposal, RunSpec())
        grants = [granted(each) for each in plans]
        done = [[evaluate(each)] for each in plans]
        matrices = commit_matrices.fn(plans, grants, done)
        trials = score_trials.fn(plan, proposal, plans, grants, matrices, RunSpec(), first)
        return plans, matrices, trials

    return run


def proposal(*codes) -> Proposal:
    return Proposal(round=1, codes=codes, source=("random",) * len(codes))


def test_each_kernel_is_measured_once_and_paid_by_its_first_trial(planned, score):
    plan = planned()
    plans, matrices, trials = score(plan, proposal((0, 0), (1, 0), (1, 1)), first=4)
    assert [p.kernel.encoding.bandwidth for p in plans] == [0.2, 0.4]
    assert [t.number for t in trials] == [4, 5, 6]
    assert [t.status for t in trials] == ["done"] * 3
    circuits = plans[0].estimate.circuits
    assert [t.circuits for t in trials] == [circuits, 0, circuits]
    assert [t.shots for t in trials] == [200 * circuits, 0, 200 * circuits]
    assert {t.backend for t in trials} == {"qml.batched"}
    (y,) = read_columns(plan.data, "train", "y")
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    K = repair(load_matrix(matrices[1]), "none").matrix
    expected = cross_val_score(SVC(kernel="precomputed", C=10.0), K, y, cv=folds)
    assert trials[2].scores == tuple(expected)


def test_trials_in_the_store_are_neither_planned_nor_scored_again(planned, score, monkeypatch):
    plan = planned()
    _, _, first = score(plan, proposal((0, 0), (1, 1)))
    monkeypatch.setattr(measured_trials, "score_matrices", None)
    plans, _, again = score(plan, proposal((0, 0), (1, 1)))
    assert plans == ()
    assert [t.reused for t in again] == [True, True]
    assert [t.model_copy(update={"reused": False}) for t in again] == list(first)


def test_a_configuration_that_cannot_be_measured_fails_alone(planned, score):
    plan = planned({"kind": ["fidelity", "projected"], "reps": [2, 3], "n_qubits": [2, 3]})
    plans, _, trials = score(plan, proposal((0, 0, 0), (1, 0, 0), (0, 0, 1)))
    assert len(plans) == 4  # the bandwidths of the model
    assert [t.status for t in trials] == ["done", "failed", "failed"]
    assert "only the fidelity kernel is measured" in trials[1].error
    assert "n_qubits=3" in trials[2].error


def test_landmarks_take_the_place_of_the_rows(planned, score):
    plan = planned({**SPACE, "landmarks": [8, 10]})
    plans, _, (trial,) = score(plan, proposal((0, 0, 0)))
    assert plans[0].shape == (18, 8)
    assert trial.status == "done"


def test_what_was_measured_has_no_held_out_rows(planned, score):
    plan = planned()
    _, _, (trial,) = score(plan, proposal((0, 0)))
    assert evaluate_best.fn(plan, trial, RunSpec()) is None
