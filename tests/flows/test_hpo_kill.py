"""SIGKILL of a search at any moment: the same command repeats no finished trial, and ends alike."""

import random
import time
from collections import Counter
from itertools import count

import pandas
import pytest
from killed_commands import KILLED, open_commands

from qml_core.references import SearchRef

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

WRITES = ("put", "put_if_absent", "delete", "move")
SPACE = """
search:
  batch: 4
  trials: 12
  space:
    a: {kind: integer, low: 0, high: 5}
    b: [true, false]
    c: {kind: real, low: 0.5, high: 2, points: 4}
    d: [u, v, w]
"""
FUNCTION = """
import os
import signal
import time
from pathlib import Path


def f(asked):
    folder, mine = Path(os.environ["XDG_DATA_HOME"]), repr(sorted(asked.items()))
    with (folder / "calls").open("a") as file:
        file.write(f"{mine}\\n")
    if (folder / "dies_at").exists():
        calls = (folder / "calls").read_text().splitlines()  # some are under way beside it
        begun = len(calls) - calls[::-1].index(mine)
        if begun >= int((folder / "dies_at").read_text()):
            os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    if asked["d"] == "w" and asked["b"]:
        return (float("nan") if asked["a"] % 2 else 1 / 0)
    return (asked["a"] - 2) ** 2 / 7 + asked["c"] * (3 if asked["b"] else 1)
"""


@pytest.fixture(scope="module")
def processes(prefect_server, tmp_path_factory):
    from prefect.settings import PREFECT_API_URL

    folder = tmp_path_factory.mktemp("commands")
    (folder / "killed_objective.py").write_text(FUNCTION)
    with open_commands(folder, PREFECT_API_URL.value()) as opened:
        yield opened


class Search:
    """The same command again and again, in stores of its own, each with a count of its trials."""

    def __init__(self, processes, folder, *words):
        self.processes, self.folder = processes, folder
        (folder / "space.yaml").write_text(SPACE)
        self.words = ("hpo", "--params", str(folder / "space.yaml"), *words, "--json")

    def __call__(self, store, kill=None, dies_at=None):
        """Exit status; the process ends as it evaluates so many configurations."""
        home = self.folder / store
        home.mkdir(exist_ok=True)
        if dies_at is not None:
            (home / "dies_at").write_text(str(dies_at))
        status = self.processes(
            *self.words,
            kill=kill,
            QML_STORAGE_URL=(home / "store").as_uri(),
            QML_LEDGER_URL=f"sqlite:///{home / 'ledger.db'}",
            XDG_DATA_HOME=str(home),
        )
        (home / "dies_at").unlink(missing_ok=True)
        return status

    def finish(self, store):
        assert self(store) == 0, self.processes.err
        return SearchRef.model_validate_json(self.processes.out)

    def calls(self, store):
        """Configurations that were evaluated, finished or not, and how often."""
        path = self.folder / store / "calls"
        return Counter(path.read_text().splitlines() if path.exists() else [])

    def finished(self, store):
        """Configurations that have a record."""
        paths = (self.folder / store).glob("store/trials/*/*.parquet")
        rows = [pandas.read_parquet(path).to_dict("records")[0] for path in paths]
        return {asked({name: row[f"param.{name}"] for name in "abcd"}) for row in rows}

    def killed(self, store, kill=None, dies_at=None):
        """Exit status, once what was finished before is found not to be repeated."""
        done, before = self.finished(store), self.calls(store)
        status = self(store, kill, dies_at)
        more = self.calls(store) - before
        assert not done & set(more), "a finished trial is repeated"
        return status


def asked(configuration):
    return repr(sorted(configuration.items()))


def result(run):
    """All that was proposed and found, bit for bit."""
    kept = ("number", "round", "codes", "configuration", "source", "key")
    gave = ("status", "value", "scores", "error")
    trials = [tuple(repr(getattr(trial, name)) for name in (*kept, *gave)) for trial in run.trials]
    return trials, run.importance, run.held_out


@pytest.fixture
def search(processes, tmp_path):
    """search(searcher): the command for the function."""
    return lambda searcher: Search(
        processes, tmp_path, "--searcher", searcher, "--function", "killed_objective:f"
    )


def test_killed_at_named_moments_a_search_repeats_no_finished_trial_and_ends_the_same(search):
    qml, store = search("qaoa"), "killed"
    moments = [  # where it is killed; trials and proposals that it has left by then
        ({"dies_at": 3}, None, 1),
        ({"kill": {"calls": ["put_if_absent"], "path": "^searches/"}}, 4, 1),  # it is made
        ({"kill": {"calls": ["get"], "path": "^searches/", "nth": 3}}, 8, 2),
        ({"kill": {"calls": ["put"], "path": "^reports/"}}, 12, 3),
    ]
    for kill, trials, proposals in moments:
        assert qml.killed(store, **kill) == KILLED, qml.processes.err
        assert trials in (None, len(qml.finished(store)))
        assert len(list((qml.folder / store).glob("store/searches/*/*.json"))) == proposals
    resumed = qml.finish(store)
    assert all(trial.reused for trial in resumed.trials)
    assert set(qml.calls(store)) == set(map(asked, (t.configuration for t in resumed.trials)))
    whole = qml.finish("whole")
    assert not any(trial.reused for trial in whole.trials)
    assert set(qml.calls("whole").values()) == {1}
    assert {trial.status for trial in whole.trials} == {"done", "failed"}
    assert result(resumed) == result(whole)


SEARCHERS = ["qaoa", "anneal", "tpe", "gp", "random", "grid"]


@pytest.mark.slow
@pytest.mark.parametrize("searcher", SEARCHERS)
def test_many_kills_at_random_moments_leave_the_same_search(search, searcher):
    qml, generator = search(searcher), random.Random(searcher)
    began = time.monotonic()
    whole = qml.finish("whole")
    seconds = time.monotonic() - began
    for _ in range(6):  # it may come to its end on the way
        moment = {"after_s": generator.uniform(0.1, 1) * seconds}
        assert qml.killed("killed", moment) in (0, KILLED), qml.processes.err
    assert result(qml.finish("killed")) == result(whole)
    assert set(qml.calls("killed")) == set(qml.calls("whole"))


@pytest.mark.slow
@pytest.mark.parametrize("searcher", SEARCHERS)
def test_killed_within_each_trial_only_what_was_under_way_is_repeated(search, searcher):
    qml = search(searcher)
    whole = result(qml.finish("whole"))
    for nth in (1, 4, 7, 11):
        store = f"killed {nth}"
        assert qml.killed(store, dies_at=nth) == KILLED, qml.processes.err
        done, before = qml.finished(store), qml.calls(store)
        assert result(qml.finish(store)) == whole
        assert not done & set(qml.calls(store) - before)
        assert qml.calls(store).total() <= 12 + len(set(before) - done)


@pytest.mark.slow
def test_killed_before_each_write_a_second_command_ends_with_the_same_search(search):
    qml = search("qaoa")
    whole = result(qml.finish("whole"))
    for nth in count(1):
        store = f"killed {nth}"
        if qml.killed(store, {"calls": WRITES, "nth": nth}) != KILLED:
            break
        assert qml.killed(store) == 0, qml.processes.err
        assert result(SearchRef.model_validate_json(qml.processes.out)) == whole, nth
    assert nth > 15


@pytest.mark.slow
def test_a_search_of_kernels_with_a_promotion_killed_at_random_moments_ends_the_same(
    processes, tmp_path
):
    small = ("search.objective.folds=2", "search.trials=9", "search.batch=3")
    space = '{"C": [0.1, 1.0, 10.0], "bandwidth": [0.25, 1.0], "reps": [1, 2, 3]}'
    data = ("dataset.parameters.n_samples=60", "dataset.split.repeats=1")
    settings = [f"--set={said}" for said in (*small, *data)]
    promote = '[{"backend": {"precision": "single"}, "keep": 0.3}]'
    (tmp_path / "kernels.yaml").write_text(f"search: {{space: {space}, promote: {promote}}}\n")
    qml = Search(processes, tmp_path)
    qml.words = ("hpo", "moons", "--params", str(tmp_path / "kernels.yaml"), *settings, "--json")
    began = time.monotonic()
    whole = qml.finish("whole")
    assert [rung.trials for rung in whole.rungs] == [9, 3]
    seconds, generator = time.monotonic() - began, random.Random(6)
    for _ in range(6):
        assert qml("killed", {"after_s": generator.uniform(0.2, 1) * seconds}) in (0, KILLED)
    assert result(qml.finish("killed")) == result(whole)
