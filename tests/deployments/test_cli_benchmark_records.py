"""`qml benchmark show | compare | export` on stored benchmarks; no flow runs."""

import io
import json

import pandas as pd
import pytest
from stored_benchmarks import FIRST, KINDS, SECOND, put_stored_benchmark, verdict

from qml_core.storage.runs import put_run
from qml_core.storage.store import open_store

TRAINED = "20260103-100000-cccccc"


@pytest.fixture
def store(tmp_path):
    """Two benchmarks, the second with a better quantum model and a failed fold, then a training."""
    store = open_store((tmp_path / "store").as_uri())
    put_stored_benchmark(store, FIRST)
    put_stored_benchmark(store, SECOND, gain=0.05, failed=[("qsvc iqp", 0, 1)])
    put_run(store, TRAINED, {"verb": "train", "models": [], "matrices": []})
    return store


def test_show_tells_what_the_run_told(qml, store):
    said = qml("benchmark", "show", FIRST)
    assert said.code == 0
    assert "On toy it is open whether qsvc iqp helped." in said.out
    assert "toy: 60 rows, accuracy, threshold 0.01" in said.out
    assert "qsvc iqp: inconclusive, +0.0100 to rbf_svm (-0.0500 to +0.0700)" in said.out
    assert f"benchmarks/run={FIRST}/folds.parquet" in said.out
    assert "qml benchmark moons" in said.out


@pytest.mark.parametrize("words", [(), ("latest",), (SECOND[:12],)])
def test_without_a_run_the_newest_benchmark_is_shown_and_no_training(qml, store, words):
    document = json.loads(qml("benchmark", "show", *words, "--json").out)
    assert document["run_id"] == SECOND
    assert document["data"][0] == json.loads(verdict().model_dump_json())


def test_compare_pairs_the_folds_of_two_runs(qml, store):
    document = json.loads(qml("benchmark", "compare", FIRST, SECOND, "--json").out)
    (data,) = document["data"]
    assert data["folds"] == 6
    models = {one["model"]: one for one in data["models"]}
    assert set(models) == set(KINDS)
    quantum = models["qsvc iqp"]
    assert quantum["test"]["folds"] == 5  # one of them failed in the second run
    assert quantum["test"]["difference"] == pytest.approx(0.05)
    assert quantum["corrected"] == quantum["test"]["p"]
    assert models["rbf_svm"]["same"]
    text = qml("benchmark", "compare", FIRST, SECOND).out
    assert "+0.0500" in text
    assert text.count("the same fits") == 2
    assert max(map(len, text.splitlines())) <= 80


def test_compare_says_what_cannot_be_compared(qml, store):
    run = "20260104-100000-dddddd"
    other = [verdict(), verdict("other", metric="roc_auc")]
    asked = {"datasets": [{"name": "moons"}, {"name": "iris"}], "folds": 3, "repeats": 2}
    from qml_core.specs import BenchmarkSpec

    spec = BenchmarkSpec.model_validate(asked)
    put_stored_benchmark(store, run, other, spec, first_row=7)
    said = qml("benchmark", "compare", FIRST, run)
    assert said.code == 0
    assert "not paired: other folds" in " ".join(said.out.split())
    assert "only in the second run: other" in said.out


def test_export_writes_a_line_for_each_fold(qml, store, tmp_path):
    table = pd.read_csv(io.StringIO(qml("benchmark", "export", "csv", SECOND).out))
    assert len(table) == 18
    assert set(table["run"]) == {SECOND}
    assert set(table["status"]) == {"done", "failed"}
    assert table["accuracy"].isna().sum() == 1
    assert json.loads(table["configuration"][0]) == {
        "C": 10.0,
        "degree": 3,
        "kind": "rbf",
        "shrinking": True,
    }
    assert not {"rows", "y_true", "y_pred", "score", "probabilities"} & set(table)
    said = qml("benchmark", "export", "csv", SECOND, "--out", tmp_path / "folds.csv")
    assert (said.code, said.out) == (0, "")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "folds.csv"), table)


def test_export_with_predictions_gives_back_every_number(qml, store):
    said = qml("benchmark", "export", "csv", SECOND, "--predictions")
    table = pd.read_csv(io.StringIO(said.out))
    done = table[table["status"] == "done"]
    for _, row in done.iterrows():
        held, scores = json.loads(row["rows"]), json.loads(row["score"])
        assert len(held) == len(scores) == row["n_test"]
        assert json.loads(row["y_true"]) == [number % 2 for number in held]
        chances = json.loads(row["probabilities"])
        assert all(abs(sum(pair) - 1) < 1e-12 for pair in chances)
    failed = table[table["status"] == "failed"]
    assert failed["rows"].tolist() == ["[]"]
    assert failed["score"].isna().all()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("show", "nothing"), "run 'nothing' asked of"),
        (("show", TRAINED), f"run {TRAINED} is no benchmark, it was `qml train`"),
        (("show", "../x"), "run '../x' asked for"),
        (("show", "2026"), "is ambiguous"),
        (("compare", FIRST), "Missing argument 'RUN'"),
        (("compare", FIRST, FIRST), f"run {FIRST} was named twice"),
        (("compare", FIRST, FIRST[:-2]), f"run {FIRST} was named twice"),
        (("compare", FIRST, TRAINED), "is no benchmark"),
        (("compare", FIRST, "nothing"), "run 'nothing' asked of"),
        (("export", "csv", "nothing"), "run 'nothing' asked of"),
        (("export", "csv", FIRST, "--out", "there.csv"), "--out there.csv exists"),
        (("export", "csv", FIRST, "--out", "no/folder.csv"), "cannot be written"),
        (("export", "parquet", FIRST), "No such command 'parquet'"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(qml, store, tmp_path, words, found):
    (tmp_path / "there.csv").write_text("kept")
    said = qml("benchmark", *words)
    assert said.code == 2
    assert found in said.err
    assert len(said.err.splitlines()) == 1
    assert (tmp_path / "there.csv").read_text() == "kept"


def test_a_store_without_a_benchmark_says_so(qml, tmp_path):
    (tmp_path / "store").mkdir()
    said = qml("benchmark", "show")
    assert said.code == 2
    assert "holds no benchmark" in said.err


def test_a_damaged_table_is_an_error_and_no_comparison(qml, store):
    path = f"benchmarks/run={FIRST}/folds.parquet"
    store.put(path, store.get(path)[:-1] + b"x")
    said = qml("benchmark", "compare", FIRST, SECOND)
    assert said.code == 1
    assert "SHA-256" in said.err
