"""A search as a flow: every trial once, also after an interruption, and the same proposals."""

import pytest
from searched_functions import SPACE, asked, found

from flows.hpo import hpo
from qml_core.errors import Refused
from qml_core.specs import DatasetSpec, RunSpec, SearchSpec
from tasks import search_rounds
from tasks.trials import evaluate_trial

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def interrupt(monkeypatch, error, round_number):
    """The flow ends with this error as it asks for the proposal of a round."""
    propose = search_rounds.propose

    def interrupted(plan, trials, number, *more):
        if number == round_number:
            raise error
        return propose(plan, trials, number, *more)

    monkeypatch.setattr(search_rounds, "propose", interrupted)


@pytest.mark.parametrize(
    "searcher", ["qaoa", "tpe", pytest.param("random", marks=pytest.mark.slow)]
)
def test_an_interrupted_search_goes_on_with_the_trials_and_proposals_of_one_that_was_not(
    stores, objective, monkeypatch, searcher
):
    stores("whole")
    search = objective.search(searcher)
    whole = hpo(None, search)
    assert [trial.number for trial in whole.trials] == list(range(1, 7))
    assert sorted(objective.calls) == sorted(map(asked, whole.trials))
    assert len(set(objective.calls)) == 6
    done = [trial for trial in whole.trials if trial.status == "done"]
    assert 0 < len(done) < 6
    assert whole.best == min(done, key=lambda trial: trial.value)

    stores("interrupted")
    objective.forget()
    (objective.folder / "refuses_at").write_text("3")  # in the middle of the second round
    with pytest.raises(Refused):
        hpo(None, search)
    (objective.folder / "refuses_at").unlink()
    assert len(list((objective.folder / "interrupted").glob("trials/*/*.parquet"))) == 3
    with monkeypatch.context() as patch:
        interrupt(patch, KeyboardInterrupt(), 2)
        with pytest.raises(KeyboardInterrupt):
            hpo(None, search)
    again = hpo(None, search)
    assert found(again) == found(whole)
    assert [trial.reused for trial in again.trials] == [True] * 4 + [False] * 2
    assert len(objective.calls) == 6 + 1, "only what was refused is tried again"
    assert again.importance == whole.importance

    third = hpo(None, search)
    assert found(third) == found(whole)
    assert all(trial.reused for trial in third.trials), "failed ones as well"
    assert len(objective.calls) == 6 + 1


def test_remeasure_tries_everything_again(store_url, ledger, objective):
    search = objective.search("random", trials=4)
    first = hpo(None, search)
    objective.forget()
    anew = hpo(None, search, run=RunSpec(remeasure=1))
    assert [t.codes for t in anew.trials] == [t.codes for t in first.trials]
    assert not {t.key for t in anew.trials} & {t.key for t in first.trials}
    assert sorted(objective.calls) == sorted(map(asked, first.trials))
    assert not any(trial.reused for trial in anew.trials)


def test_what_passes_is_tried_again_and_is_no_failed_trial(
    store_url, ledger, objective, monkeypatch
):
    monkeypatch.setattr(evaluate_trial, "retry_delay_seconds", [0.01] * 3)
    (objective.folder / "busy").touch()
    run = hpo(None, objective.search("random", trials=2))
    assert len(objective.calls) == 3
    assert not any("for a test" in trial.error for trial in run.trials)


@pytest.mark.parametrize("searcher", ["anneal", "random", "grid"])
def test_more_trials_extend_a_search_to_the_one_that_had_them_from_the_start(
    stores, objective, searcher
):
    stores("long")
    long = hpo(None, objective.search(searcher))
    stores("extended")
    objective.forget()
    short = hpo(None, objective.search(searcher, trials=4))
    assert len(set(objective.calls)) == 4
    extended = hpo(None, objective.search(searcher))
    assert found(extended) == found(long)
    assert len(objective.calls) == len(set(objective.calls)), "nothing is evaluated twice"
    if searcher != "grid":  # whose grid is of another spacing then
        assert found(extended)[:4] == found(short)
        assert [trial.reused for trial in extended.trials] == [True] * 4 + [False] * 2


def test_searches_with_other_searchers_share_their_trials(store_url, ledger, objective):
    small = {**SPACE, "a": [0, 1], "c": [0.5]}
    first = hpo(None, objective.search("random", space=small))
    tried = set(objective.calls)
    second = hpo(None, objective.search("exhaustive", space=small, trials=12))
    assert len(objective.calls) == len(set(objective.calls)) == len(second.trials) == 12
    assert {asked(t) for t in second.trials if t.reused} == tried
    values = {t.codes: (t.value, t.path, t.sha256) for t in second.trials}
    assert all(values[t.codes] == (t.value, t.path, t.sha256) for t in first.trials)


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
