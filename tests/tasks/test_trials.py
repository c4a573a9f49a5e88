"""Trials as tasks: found or evaluated, failed with a reason, shared between searches."""

import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import SVC

from qml_core.errors import CircuitRefused, SpecError
from qml_core.evaluation.objectives import kernel_machines
from qml_core.evaluation.objectives.classical import classical_estimator
from qml_core.events import StepDone, listening
from qml_core.kernels import kernel_matrix
from qml_core.references import SearchPlan
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, DatasetSpec, ObjectiveSpec, RunSpec, SearchSpec
from qml_core.storage.content import QUARANTINE
from qml_core.storage.store import open_store
from tasks import trial_objectives
from tasks.datasets import load_dataset, read_columns
from tasks.trials import evaluate_best, evaluate_trial

GRID = {"C": [1.0, 10.0], "bandwidth": [0.2, 0.4]}


@pytest.fixture
def moons(ledger):
    """40 rows of 2 features, 10 of them held out."""
    data = {"name": "moons", "parameters": {"n_samples": 40}, "split": {"test_size": 0.25}}
    return load_dataset.fn(DatasetSpec.model_validate(data))


@pytest.fixture
def planned(ledger):
    """planned(data, space, **objective): a search over the space."""

    def plan(data=None, space=GRID, *, search=(), **objective) -> SearchPlan:
        spec = SearchSpec(
            space=space, objective=ObjectiveSpec(**{"folds": 3, **objective}), **dict(search)
        )
        return SearchPlan(
            key="0" * 64,
            store=Settings.from_environment().storage_url,
            data=data,
            search=spec,
            backend=BackendSpec(),
            seed=4,
        )

    return plan


@pytest.fixture
def evaluate():
    """evaluate(plan, codes): the trial, evaluated in this thread."""

    def run(plan: SearchPlan, codes, number=0, **more):
        return evaluate_trial.fn(plan, number, 0, codes, "random", RunSpec(), **more)

    return run


def test_the_value_is_that_of_scikit_learn_on_the_training_rows(moons, planned, evaluate):
    X, y = read_columns(moons, "train", "x", "y")
    plan = planned(moons)
    found = evaluate(plan, (1, 0), number=7)
    assert found.configuration == {"C": 10.0, "bandwidth": 0.2}
    encoding = {"bandwidth": 0.2}
    kernel = plan.search.objective.model.kernel.model_validate({"encoding": encoding})
    folds = StratifiedKFold(3, shuffle=True, random_state=4)
    machine = SVC(kernel="precomputed", C=10.0)
    expected = cross_val_score(machine, kernel_matrix(X, kernel=kernel), y, cv=folds)
    assert found.scores == tuple(expected)
    assert found.value == pytest.approx(expected.mean())
    assert (found.number, found.status, found.reused) == (7, "done", False)


def test_classical_models_see_the_raw_features(moons, planned, evaluate):
    raw, y = read_columns(moons, "train", "raw", "y")
    plan = planned(moons, {"C": [1.0, 2.0]}, classical="logistic", metric="log_loss")
    found = evaluate(plan, (0,))
    machine = classical_estimator("logistic", "classification", {"C": 1.0}, 4)
    folds = StratifiedKFold(3, shuffle=True, random_state=4)
    expected = -cross_val_score(machine, raw, y, cv=folds, scoring="neg_log_loss")
    assert found.scores == pytest.approx(tuple(expected))
    assert found.backend == ""


def test_a_finished_trial_is_found_whatever_its_number_and_searcher(
    moons, planned, evaluate, monkeypatch
):
    first = evaluate(planned(moons), (0, 1))
    monkeypatch.setattr(trial_objectives, "cross_validated", None)
    events = []
    with listening(events.append):
        again = evaluate(planned(moons, search={"searcher": "random"}.items()), (0, 1), number=9)
    assert events == [StepDone(reused=True)]
    assert again.reused
    assert again == first.model_copy(update={"number": 9, "reused": True})


def test_trials_that_differ_in_C_only_compute_one_matrix(moons, planned, evaluate, monkeypatch):
    computed = []

    def counted(*args, **more):
        computed.append(more["kernel"])
        return kernel_matrix(*args, **more)

    monkeypatch.setattr(kernel_machines, "kernel_matrix", counted)
    monkeypatch.setattr(trial_objectives, "_shared", {})
    for codes in ((0, 0), (1, 0), (1, 1)):
        evaluate(planned(moons), codes)
    assert [kernel.encoding.bandwidth for kernel in computed] == [0.2, 0.4]


def test_a_combination_that_the_model_refuses_is_a_failed_trial(moons, planned, evaluate):
    plan = planned(moons, {"encoding": ["angle", "zz"], "reps": [2, 3], "bandwidth": [0.2]})
    found = evaluate(plan, (0, 1, 0))
    assert (found.status, found.error) == (
        "failed",
        "encoding=angle, reps=3, bandwidth=0.2: kernel.encoding: encoding angle has no reps; reps "
        "is for hamiltonian, iqp, pauli, zz",
    )
    assert evaluate(plan, (1, 1, 0)).status == "done"


def test_a_number_of_qubits_that_the_data_do_not_have_is_a_failed_trial(moons, planned, evaluate):
    plan = planned(moons, {"n_qubits": [2, 5]})
    assert [evaluate(plan, (k,)).status for k in (0, 1)] == ["done", "failed"]


def test_a_parameter_value_that_scikit_learn_refuses_is_a_failed_trial(moons, planned, evaluate):
    plan = planned(moons, {"C": [-1.0, 1.0]}, classical="rbf_svm")
    found = evaluate(plan, (0,))
    assert found.status == "failed"
    assert "'C' parameter of SVC" in found.error


def test_a_name_that_no_model_has_stops_the_search(moons, planned, evaluate):
    with pytest.raises(SpecError, match="near names: max_depth"):
        evaluate(planned(moons, {"max_dept": [1, 2]}, classical="xgboost"), (0,))
    with pytest.raises(SpecError, match="near names: bandwidth"):
        evaluate(planned(moons, {"bandwith": [0.1, 0.2]}), (0,))


def test_a_model_of_another_task_stops_the_search(moons, planned, evaluate):
    with pytest.raises(SpecError, match="is for regression"):
        evaluate(planned(moons, model={"name": "qsvr"}), (0, 0))


def test_shots_are_not_for_a_trial_alone(moons, planned, evaluate):
    with pytest.raises(SpecError, match="50 shots"):
        evaluate(planned(moons), (0, 0), backend=BackendSpec(shots=50))


def test_a_damaged_record_is_set_aside_and_evaluated_again(moons, planned, evaluate):
    plan = planned(moons)
    first = evaluate(plan, (0, 0))
    store = open_store(plan.store)
    store.put(first.path, store.get(first.path)[:-30])
    again = evaluate(plan, (0, 0))
    assert (again.value, again.scores, again.reused) == (first.value, first.scores, False)
    assert [entry.path for entry in store.list(QUARANTINE)]
    assert evaluate(plan, (0, 0)).reused


def test_the_best_configuration_is_refitted_and_meets_the_held_out_rows(moons, planned, evaluate):
    plan = planned(moons)
    trial = evaluate(plan, (1, 1))
    found = evaluate_best.fn(plan, trial, RunSpec())
    X, y = read_columns(moons, "train", "x", "y")
    X_test, y_test = read_columns(moons, "test", "x", "y")
    kernel = plan.search.objective.model.kernel.model_validate({"encoding": {"bandwidth": 0.4}})
    machine = SVC(kernel="precomputed", C=10.0).fit(kernel_matrix(X, kernel=kernel), y)
    assert found.value == machine.score(kernel_matrix(X_test, X, kernel), y_test)
    assert found.low < found.value <= found.high


@pytest.mark.parametrize("metric", ["log_loss", "f1_macro"])
def test_a_classical_model_meets_the_held_out_rows_in_its_own_metric(
    moons, planned, evaluate, metric
):
    plan = planned(moons, {"C": [1.0, 2.0]}, classical="logistic", metric=metric)
    found = evaluate_best.fn(plan, evaluate(plan, (0,)), RunSpec())
    assert found.value == pytest.approx({"log_loss": 0.3, "f1_macro": 0.9}[metric], abs=0.25)


def test_a_configuration_too_large_for_memory_fails_for_that_limit_only(
    moons, planned, evaluate, monkeypatch
):
    def full(*asked):
        raise CircuitRefused("too large", "use fewer qubits")

    plan = planned(moons)
    monkeypatch.setenv("QML_MEMORY_BYTES", "2000000")
    with monkeypatch.context() as small:
        small.setattr(trial_objectives, "check_room", full)
        failed = evaluate(plan, (0, 0))
    assert (failed.status, failed.error) == ("failed", "too large")
    assert evaluate(plan, (0, 0)).key == failed.key
    monkeypatch.setenv("QML_MEMORY_BYTES", "2000000000")
    found = evaluate(plan, (0, 0))
    assert (found.status, found.reused) == ("done", False)
