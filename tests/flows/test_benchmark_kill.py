"""SIGKILL of a benchmark at any moment: no finished fold is repeated, and it ends the same."""

import json
import random
import time
from itertools import count

import pytest
from killed_commands import KILLED, open_commands
from small_benchmarks import records_in, rows_of, small, verdict_of

from qml_core.references import BenchmarkRef
from qml_core.storage.folds import read_fold

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

WRITES = ("put", "put_if_absent", "delete", "move")


@pytest.fixture(scope="module")
def processes(prefect_server, tmp_path_factory):
    from prefect.settings import PREFECT_API_URL

    folder = tmp_path_factory.mktemp("commands")
    with open_commands(folder, PREFECT_API_URL.value(), flows=("benchmark",)) as opened:
        yield opened


class Benchmarks:
    """Commands for small benchmarks, in stores of their own."""

    def __init__(self, processes, folder):
        self.processes, self.folder = processes, folder

    def job(self, store, kill=None, name="one", **more):
        """A command whose words, output and ledger lie in a folder of its own."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        asked = small(**more).model_dump(mode="json", exclude_unset=True)
        (home / "asked.yaml").write_text(json.dumps({"benchmark": asked}))
        return {
            "words": ("benchmark", "run", "--params", str(home / "asked.yaml"), "--json"),
            "kill": kill,
            "folder": str(home),
            "environment": {
                "QML_STORAGE_URL": (self.folder / store).as_uri(),
                "QML_LEDGER_URL": f"sqlite:///{home / 'ledger.db'}",
                "XDG_DATA_HOME": str(home),
            },
        }

    def __call__(self, store, kill=None, **more):
        """Exit status, once what was finished before is found not to be repeated."""
        before = self.finished(store)
        (status,) = self.processes.together(self.job(store, kill, **more))
        fits = (self.folder / "one" / "fits").read_text().splitlines()
        assert not before & set(fits), "a finished fold is repeated"
        assert len(fits) == len(set(fits))
        return status

    def finish(self, store, **more):
        assert self(store, **more) == 0, self.err()
        return self.out()

    def out(self, name="one"):
        return BenchmarkRef.model_validate_json((self.folder / name / "out").read_text())

    def err(self, name="one"):
        return (self.folder / name / "err").read_text()

    def finished(self, store):
        """Keys of the folds that have a record."""
        return {path.stem for path in (self.folder / store).glob("folds/*/*.parquet")}

    def same(self, store, whole):
        """Whether two stores hold the same folds, bit for bit, but for the seconds they took."""
        return records_in(self.folder / store) == records_in(self.folder / whole)


@pytest.fixture
def qml(processes, tmp_path):
    return Benchmarks(processes, tmp_path)


def test_killed_at_named_moments_a_benchmark_repeats_no_finished_fold_and_ends_the_same(qml):
    moments = [  # where it is killed; folds that it has left by then: a thread may lack one
        ({"calls": ["put_if_absent"], "path": "^folds/", "nth": 4}, {2, 3}),  # classical models
        ({"calls": ["put_if_absent"], "path": "^folds/", "nth": 5}, {6, 7}),  # the quantum one
        ({"calls": ["put"], "path": "^reports/"}, {9}),
    ]
    for kill, folds in moments:
        assert qml("killed", kill) == KILLED, qml.err()
        assert len(qml.finished("killed")) in folds
    resumed = qml.finish("killed")
    assert rows_of(resumed)["reused"].all()
    whole = qml.finish("whole")
    assert not rows_of(whole)["reused"].any()
    assert qml.same("killed", "whole")
    assert verdict_of(resumed) == verdict_of(whole)


def test_one_of_three_that_share_their_folds_is_killed_and_all_end_the_same(qml):
    asked = {
        "one": {},
        "two": {"classical": ["knn", "logistic"], "threshold": 0.05},
        "three": {"models": [{"name": "qsvc"}, {"name": "qsvc", "C": [2.0]}]},
    }
    # it looks for every fold, but puts only those that no other has put before
    kill = {"calls": ["get"], "path": "^folds/", "nth": 5}
    jobs = [
        qml.job("shared", kill if name == "one" else None, name, **more)
        for name, more in asked.items()
    ]
    assert qml.processes.together(*jobs) == [KILLED, 0, 0], [qml.err(name) for name in asked]
    assert len(qml.finished("shared")) == 9 + 3  # whoever came first
    found = {"one": qml.finish("shared"), "two": qml.out("two"), "three": qml.out("three")}
    assert rows_of(found["one"])["reused"].all()
    for run in found.values():
        for row in rows_of(run).itertuples():
            kept = (qml.folder / "shared" / row.path).read_bytes()
            assert row.seconds == read_fold(kept, row.path)[0].seconds, "it is the stored one"
    alone = {name: qml.finish("alone", **more) for name, more in asked.items()}
    assert qml.same("shared", "alone")
    assert {name: verdict_of(run) for name, run in found.items()} == {
        name: verdict_of(run) for name, run in alone.items()
    }
    assert not list((qml.folder / "shared").glob("quarantine/**/*.*"))


@pytest.mark.slow
def test_many_kills_at_random_moments_leave_the_same_benchmark(qml):
    asked = {"repeats": 2, "controls": ["rbf_pca", "no_entanglers"], "learning_curve": [0.5]}
    began = time.monotonic()
    whole = qml.finish("whole", **asked)
    seconds, generator = time.monotonic() - began, random.Random(7)
    for _ in range(6):  # it may come to its end on the way
        moment = {"after_s": generator.uniform(0.2, 1) * seconds}
        assert qml("killed", moment, **asked) in (0, KILLED), qml.err()
    assert verdict_of(qml.finish("killed", **asked)) == verdict_of(whole)
    assert qml.same("killed", "whole")


@pytest.mark.slow
def test_killed_before_each_write_a_second_command_ends_with_the_same_benchmark(qml):
    asked = {"classical": ["knn"], "folds": 2, "configurations": 1}
    whole = qml.finish("whole", **asked)
    for nth in count(1):
        store = f"killed {nth}"
        if qml(store, {"calls": WRITES, "nth": nth}, **asked) != KILLED:
            break
        assert verdict_of(qml.finish(store, **asked)) == verdict_of(whole), nth
        assert qml.same(store, "whole")
    assert nth > 8
