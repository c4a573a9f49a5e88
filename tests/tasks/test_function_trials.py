"""Trials of a user's function: what fails, what is kept, and what stops the search."""

import sys

import pytest

from qml_core.errors import BackendBusy, BudgetExceeded, SpecError, StorageUnavailable
from qml_core.references import SearchPlan
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, ObjectiveSpec, RunSpec, SearchSpec
from qml_core.storage.store import open_store
from tasks.trials import evaluate_best, evaluate_trial


@pytest.fixture
def planned(ledger):
    """planned(name): a search for a function of x."""

    def plan(name: str) -> SearchPlan:
        objective = ObjectiveSpec(function=name)
        return SearchPlan(
            key="0" * 64,
            store=Settings.from_environment().storage_url,
            search=SearchSpec(space={"x": [1, 2, 3]}, objective=objective),
            backend=BackendSpec(),
            seed=4,
        )

    return plan


@pytest.fixture
def function(tmp_path, monkeypatch, planned):
    """function(body): the plan of a search for a function of x with these lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    written = []

    def write(body: str) -> SearchPlan:
        name = f"trial_function_{tmp_path.name.replace('-', '_')}"
        sys.modules.pop(name, None)
        lines = "\n    ".join(body.splitlines())
        text = f"import pathlib, sys\nfrom qml_core import errors\n\ndef f(asked):\n    {lines}\n"
        (tmp_path / f"{name}.py").write_text(text)
        written.append(name)
        return planned(f"{name}:f")

    yield write
    for name in written:
        sys.modules.pop(name, None)


@pytest.fixture
def evaluate():
    """evaluate(plan, codes): the trial, evaluated in this thread."""

    def run(plan: SearchPlan, codes, number=0, **more):
        return evaluate_trial.fn(plan, number, 0, codes, "random", RunSpec(), **more)

    return run


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


def test_a_function_that_is_not_there_stops_the_search(planned, evaluate):
    with pytest.raises(SpecError, match="there is no module"):
        evaluate(planned("no_such_module_at_all:f"), (0,))


def test_a_function_and_a_failed_trial_have_no_held_out_rows(function, evaluate):
    plan = function("return asked['x']")
    assert evaluate_best.fn(plan, evaluate(plan, (0,)), RunSpec()) is None
