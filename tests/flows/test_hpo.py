"""A search as a flow: every trial once, also after an interruption, and the same proposals."""

import sys

import pandas
import pytest

from flows.hpo import hpo
from qml_core.errors import Refused
from qml_core.references import Trial
from qml_core.specs import DatasetSpec, ObjectiveSpec, RunSpec, SearchSpec
from tasks import search_rounds

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

SPACE = {
    "a": {"kind": "integer", "low": 0, "high": 3},
    "b": [True, False],
    "c": {"kind": "real", "low": 0.5, "high": 2, "points": 4},
    "d": ["u", "v", "w"],
}
FUNCTION = '''
"""Fails in a third of the space, in three ways, and writes down what it was asked."""

from pathlib import Path

from qml_core.errors import Refused

HERE = Path(__file__).parent


def f(asked):
    with (HERE / "calls").open("a") as file:
        file.write(repr(sorted(asked.items())) + "\\n")
    if (HERE / "refuses_at").exists():
        if len((HERE / "calls").read_text().splitlines()) > int((HERE / "refuses_at").read_text()):
            raise Refused("for a test")
    if asked["d"] == "w":
        return (1 / 0, float("nan"), "text")[0 if asked["b"] else asked["a"] % 2 + 1]
    return (asked["a"] - 1) ** 2 + asked["c"] * (3 if asked["b"] else 1) - 0.1 * (asked["d"] == "u")
'''


class Objective:
    """A function of a test, whose calls are counted."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, f"{name}:f"

    def search(self, searcher, trials=12, **more):
        objective = ObjectiveSpec(function=self.name)
        return SearchSpec(
            space=SPACE, objective=objective, searcher=searcher, trials=trials, batch=4, **more
        )

    @property
    def calls(self):
        """Configurations that were really evaluated, in order."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def forget(self):
        (self.folder / "calls").unlink(missing_ok=True)


@pytest.fixture
def objective(tmp_path, monkeypatch):
    name = f"searched_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(FUNCTION)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield Objective(tmp_path, name)
    sys.modules.pop(name, None)


def found(run):
    """Of each trial all that is no circumstance: what was proposed, and what it gave."""
    kept = ("number", "round", "rung", "codes", "configuration", "source", "key")
    gave = ("status", "value", "scores", "error")
    return [tuple(repr(getattr(trial, name)) for name in (*kept, *gave)) for trial in run.trials]


def asked(trial: Trial):
    return repr(sorted(trial.configuration.items()))


def interrupt(monkeypatch, error, round_number):
    """The flow ends with this error as it asks for the proposal of a round."""
    propose = search_rounds.propose

    def interrupted(plan, trials, number, *more):
        if number == round_number:
            raise error
        return propose(plan, trials, number, *more)

    monkeypatch.setattr(search_rounds, "propose", interrupted)


@pytest.mark.parametrize("searcher", ["qaoa", "tpe", "random"])
def test_an_interrupted_search_goes_on_with_the_trials_and_proposals_of_one_that_was_not(
    stores, objective, monkeypatch, searcher
):
    stores("whole")
    search = objective.search(searcher)
    whole = hpo(None, search)
    assert [trial.number for trial in whole.trials] == list(range(1, 13))
    assert sorted(objective.calls) == sorted(map(asked, whole.trials))
    assert len(set(objective.calls)) == 12
    statuses = {trial.status for trial in whole.trials}
    assert statuses == {"done", "failed"}
    done = [trial for trial in whole.trials if trial.status == "done"]
    assert whole.best == min(done, key=lambda trial: trial.value)

    stores("interrupted")
    objective.forget()
    (objective.folder / "refuses_at").write_text("6")  # in the middle of the second round
    with pytest.raises(Refused):
        hpo(None, search)
    (objective.folder / "refuses_at").unlink()
    kept = len(list((objective.folder / "interrupted").glob("trials/*/*.parquet")))
    assert kept == 6
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupt(patch, KeyboardInterrupt(), 2)
        hpo(None, search)
    again = hpo(None, search)
    assert found(again) == found(whole)
    assert sum(trial.reused for trial in again.trials) == 8
    finished = list(dict.fromkeys(objective.calls))
    assert len(finished) == 12, "nothing else was tried"
    refused = len(objective.calls) - 12
    assert 1 <= refused <= 2, "only what was refused is tried again"
    assert again.importance == whole.importance

    third = hpo(None, search)
    assert found(third) == found(whole)
    assert all(trial.reused for trial in third.trials)
    assert len(objective.calls) == 12 + refused, "neither finished nor failed trials are repeated"


def test_remeasure_tries_everything_again(store_url, ledger, objective):
    search = objective.search("random", trials=6)
    first = hpo(None, search)
    objective.forget()
    anew = hpo(None, search, run=RunSpec(remeasure=1))
    assert [t.codes for t in anew.trials] == [t.codes for t in first.trials]
    assert not {t.key for t in anew.trials} & {t.key for t in first.trials}
    assert sorted(objective.calls) == sorted(map(asked, first.trials))
    assert not any(trial.reused for trial in anew.trials)


@pytest.mark.parametrize("searcher", ["anneal", "random", "grid"])
def test_more_trials_extend_a_search_to_the_one_that_had_them_from_the_start(
    stores, objective, searcher
):
    stores("long")
    long = hpo(None, objective.search(searcher))
    stores("extended")
    objective.forget()
    short = hpo(None, objective.search(searcher, trials=8))
    assert len(set(objective.calls)) == 8
    extended = hpo(None, objective.search(searcher))
    assert found(extended) == found(long)
    assert len(objective.calls) == len(set(objective.calls)), "nothing is evaluated twice"
    if searcher != "grid":  # whose grid is of another spacing then
        assert found(extended)[:8] == found(short)
        assert [trial.reused for trial in extended.trials] == [True] * 8 + [False] * 4


def test_searches_with_other_searchers_share_their_trials(store_url, ledger, objective):
    size = objective.search("random").size
    first = hpo(None, objective.search("random", trials=size // 2))
    tried = set(objective.calls)
    second = hpo(None, objective.search("exhaustive", trials=size))
    assert len(objective.calls) == len(set(objective.calls)) == size == len(second.trials)
    assert {asked(t) for t in second.trials if t.reused} == tried
    values = {t.codes: (t.value, t.path, t.sha256) for t in second.trials}
    assert all(values[t.codes] == (t.value, t.path, t.sha256) for t in first.trials)


def test_each_record_is_a_table_of_one_row_with_the_configuration(store_url, ledger, objective):
    run = hpo(None, objective.search("random", trials=10))
    for trial in run.trials:
        (row,) = pandas.read_parquet(objective.folder / "store" / trial.path).to_dict("records")
        assert {name: row[f"param.{name}"] for name in SPACE} == trial.configuration
        assert (row["key"], row["status"], row["error"]) == (trial.key, trial.status, trial.error)
        assert row["value"] == trial.value or (
            trial.status == "failed" and row["value"] != row["value"]
        )
    reasons = " ".join(trial.error for trial in run.trials)
    assert "ZeroDivisionError" in reasons
    assert "finite" in reasons
    table = pandas.read_parquet(objective.folder / "store" / run.table.path)
    assert list(table["number"]) == list(range(1, 11))
    assert table["value"].isna().tolist() == [trial.status == "failed" for trial in run.trials]
    assert [
        dict(zip(SPACE, row, strict=True)) for row in table[[f"param.{n}" for n in SPACE]].values
    ] == [trial.configuration for trial in run.trials]


def damage(path):
    """Half of the file is lost."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def exchange(path):
    """Proposal: still JSON, but other configurations."""
    text = path.read_text()
    start = text.index('"codes":[[') + len('"codes":[[')
    path.write_text(f"{text[:start]}{1 - min(int(text[start]), 1)}{text[start + 1 :]}")


@pytest.mark.parametrize("harm", [damage, exchange])
def test_a_damaged_record_or_proposal_is_set_aside_and_made_again(
    store_url, ledger, objective, harm
):
    store = objective.folder / "store"
    search = objective.search("qaoa")
    whole = hpo(None, search)
    proposals = sorted(store.glob("searches/*/*.json"))
    assert len(proposals) == 3
    damage(store / whole.trials[5].path)
    for path in proposals:
        harm(path)
    objective.forget()
    again = hpo(None, search)
    assert found(again) == found(whole)
    assert objective.calls == [asked(whole.trials[5])]
    set_aside = [path.name for path in store.glob("quarantine/**/*") if path.is_file()]
    assert set(set_aside) == {path.name for path in (*proposals, store / whole.trials[5].path)}
    objective.forget()
    assert found(hpo(None, search)) == found(whole)
    assert objective.calls == []


def test_a_lost_or_damaged_surrogate_is_made_again(store_url, ledger, objective):
    store, search = objective.folder / "store", objective.search("qaoa")
    whole = hpo(None, search)
    objective.forget()
    for harm in (damage, lambda path: path.unlink()):
        for path in store.glob("surrogates/**/*.parquet"):
            harm(path)
        assert found(hpo(None, search)) == found(whole)
    assert objective.calls == []


def test_kernels_are_searched_exactly_and_refitted(store_url, ledger):
    moons = DatasetSpec(name="moons", parameters={"n_samples": 40}, split={"repeats": 1})
    space = {"C": [0.1, 10.0], "bandwidth": [0.25, 1.0], "reps": [1, 2]}
    search = SearchSpec(space=space, objective={"folds": 2}, trials=6, batch=3)
    run = hpo(moons, search)
    assert [t.status for t in run.trials] == ["done"] * 6
    assert [t.source for t in run.trials[:3]] == ["design"] * 3
    assert all(
        len(t.scores) == 2 and t.value == pytest.approx(sum(t.scores) / 2) for t in run.trials
    )
    assert run.best.value == max(t.value for t in run.trials)
    assert run.held_out is not None
    again = hpo(moons, search)
    assert found(again) == found(run)
    assert all(t.reused for t in again.trials)
    assert again.held_out == run.held_out


def test_classical_models_run_side_by_side_with_the_same_result(stores):
    cancer = DatasetSpec(name="breast_cancer", split={"repeats": 1})
    space = {"C": {"kind": "real", "low": 0.01, "high": 100, "scale": "log"}, "gamma": [0.01, -1.0]}
    objective = {"classical": "rbf_svm", "folds": 2}
    search = SearchSpec(space=space, objective=objective, searcher="random", trials=8, batch=8)
    stores("one")
    one = hpo(cancer, search)
    stores("other")
    other = hpo(cancer, search)
    assert found(one) == found(other)
    failed = [trial for trial in one.trials if trial.status == "failed"]
    assert failed
    assert all(trial.configuration["gamma"] == -1.0 for trial in failed)
    assert all("gamma" in trial.error for trial in failed)


@pytest.mark.slow
def test_processes_of_dask_find_the_same(stores, objective):
    stores("threads")
    search = objective.search("qaoa")
    threads = hpo(None, search)
    stores("dask")
    objective.forget()
    dask = hpo(None, search, run=RunSpec(task_runner="dask"))
    assert found(dask) == found(threads)
    assert sorted(objective.calls) == sorted(map(asked, threads.trials))
