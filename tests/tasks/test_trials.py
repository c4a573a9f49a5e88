"""Trials as tasks: found or evaluated, failed with a reason, shared between searches."""

import sys

import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import SVC

from qml_core.errors import BackendBusy, BudgetExceeded, SpecError, StorageUnavailable
from qml_core.evaluation.objectives import cross_validation, kernel_machines
from qml_core.events import StepDone, listening
from qml_core.kernels import kernel_matrix
from qml_core.references import SearchPlan
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, DatasetSpec, ObjectiveSpec, RunSpec, SearchSpec
from qml_core.storage.content import QUARANTINE
from qml_core.storage.store import open_store
from tasks import trial_objectives
from tasks.datasets import load_dataset, read_columns
from tasks.trial_records import backend_document, configuration_of, trial_key
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
            rounds=1,
        )

    return plan


@pytest.fixture
def function(tmp_path, monkeypatch, planned):
    """function(body): the plan of a search for a function of x with these lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    written = []

    def write(body: str, **search) -> SearchPlan:
        name = f"trial_function_{tmp_path.name.replace('-', '_')}"
        sys.modules.pop(name, None)
        lines = "\n    ".join(body.splitlines())
        text = f"import pathlib, sys\nfrom qml_core import errors\n\ndef f(asked):\n    {lines}\n"
        (tmp_path / f"{name}.py").write_text(text)
        written.append(name)
        return planned(space={"x": [1, 2, 3]}, function=f"{name}:f", search=search.items())

    yield write
    for name in written:
        sys.modules.pop(name, None)


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
    from qml_core.evaluation.objectives.classical import classical_estimator

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


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return 1 / 0", "ZeroDivisionError: division by zero"),
        ("return float('nan')", "finite"),
        ("return -float('inf')", "finite"),
        ("return 'much'", "expected a real number"),
        ("raise RuntimeError('a\\nb' + 'c' * 1000)", "RuntimeError: a bccc"),
        ("raise RuntimeError('\\ud800 \\0')", "RuntimeError"),
        ("sys.exit(3)", "SystemExit: 3"),
        ("raise MemoryError", "MemoryError"),
        ("raise errors.TrainingDiverged('the loss is NaN')", "the loss is NaN"),
        ("raise errors.DataError('no rows')", "no rows"),
    ],
)
def test_a_configuration_that_fails_is_kept_with_its_reason(function, evaluate, body, reason):
    found = evaluate(function(body), (0,))
    assert (found.status, found.value, found.scores) == ("failed", None, ())
    assert reason in found.error
    assert len(found.error) <= 300
    assert "\n" not in found.error
    assert evaluate(function(body), (0,)).model_dump(exclude={"reused"}) == found.model_dump(
        exclude={"reused"}
    )


def test_a_failed_trial_is_not_repeated_but_with_another_remeasure(function, evaluate, tmp_path):
    plan = function("pathlib.Path('seen').open('a').write('.')\nraise ValueError")
    evaluate(plan, (0,))
    assert evaluate(plan, (0,)).reused
    evaluate(plan.model_copy(update={"remeasure": 1}), (0,))
    assert (tmp_path / "seen").read_text() == ".."


def test_an_edited_function_is_evaluated_anew(function, evaluate):
    assert evaluate(function("return asked['x']"), (2,)).value == 3.0
    assert evaluate(function("return -asked['x']"), (2,)).value == -3.0


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        ("KeyboardInterrupt", KeyboardInterrupt),
        ("errors.StorageUnavailable('gone')", StorageUnavailable),
        ("errors.BudgetExceeded('no money')", BudgetExceeded),
        ("errors.BackendBusy('later')", BackendBusy),
    ],
)
def test_what_is_not_the_configurations_fault_is_raised_and_leaves_no_record(
    function, evaluate, raised, kind
):
    plan = function(f"raise {raised}")
    with pytest.raises(kind):
        evaluate(plan, (0,))
    assert open_store(plan.store).list("trials") == []


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


def test_a_function_that_is_not_there_stops_the_search(planned, evaluate):
    with pytest.raises(SpecError, match="there is no module"):
        evaluate(planned(space={"x": [1, 2]}, function="no_such_module_at_all:f"), (0,))


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


def test_the_best_configuration_is_refitted_and_meets_the_held_out_rows(
    moons, planned, evaluate, monkeypatch
):
    plan = planned(moons)
    trial = evaluate(plan, (1, 1))
    found = evaluate_best.fn(plan, trial, RunSpec())
    X, y = read_columns(moons, "train", "x", "y")
    X_test, y_test = read_columns(moons, "test", "x", "y")
    kernel = plan.search.objective.model.kernel.model_validate({"encoding": {"bandwidth": 0.4}})
    machine = SVC(kernel="precomputed", C=10.0).fit(kernel_matrix(X, kernel=kernel), y)
    assert found.value == machine.score(kernel_matrix(X_test, X, kernel), y_test)
    assert found.low < found.value <= found.high
    assert cross_validation.held_out


@pytest.mark.parametrize("metric", ["log_loss", "f1_macro"])
def test_a_classical_model_meets_the_held_out_rows_in_its_own_metric(
    moons, planned, evaluate, metric
):
    plan = planned(moons, {"C": [1.0, 2.0]}, classical="logistic", metric=metric)
    found = evaluate_best.fn(plan, evaluate(plan, (0,)), RunSpec())
    assert found.value == pytest.approx({"log_loss": 0.3, "f1_macro": 0.9}[metric], abs=0.25)


def test_a_function_and_a_failed_trial_have_no_held_out_rows(function, evaluate):
    plan = function("return asked['x']")
    assert evaluate_best.fn(plan, evaluate(plan, (0,)), RunSpec()) is None


def test_the_key_of_a_trial_stays_what_it_is():
    model = {"model": {"name": "qsvc"}, "metric": "accuracy", "folds": 5}
    backend = backend_document(BackendSpec(), None)
    found = trial_key("ab" * 32, model, {"C": 1.0, "encoding": "zz"}, backend, 0)
    assert found == "faa2e57638ad951c484e705c47d4688118ab2a6b8ef72a5b2c335d5d6410c7d3"


def test_everything_that_changes_the_value_changes_the_key():
    base = ("ab" * 32, {"function": "a:b"}, {"x": 1}, {"name": "qml.batched"}, 0, 0)
    others = ("cd" * 32, {"function": "a:c"}, {"x": 1.0}, {"name": "lightning.qubit"}, 1, 1)
    keys = [trial_key(*base)]
    for k, other in enumerate(others):
        keys.append(trial_key(*base[:k], other, *base[k + 1 :]))
    keys.append(trial_key(*base[:2], {"x": True}, *base[3:]))
    assert len(set(keys)) == len(keys)
    swapped = trial_key(None, {"function": "a:b"}, {"x": 1, "y": 2}, None, 0)
    assert swapped == trial_key(None, {"function": "a:b"}, {"y": 2, "x": 1}, None, 0)


def test_level_numbers_are_values(planned):
    search = planned(space={"C": [1, 5], "n": {"kind": "integer", "low": 2, "high": 4}}).search
    assert configuration_of(search, (1, 2)) == {"C": 5, "n": 4}
