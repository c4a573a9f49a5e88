"""A benchmark as a flow: every fold once, whoever asks for it, and a verdict with its page."""

import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, r2_score
from small_benchmarks import MOONS, records_in, rows_of, small, verdict_of

from flows.benchmark import benchmark
from qml_core.errors import ScreenRefused
from qml_core.evaluation.judgement.paired import paired_test
from qml_core.specs import RunSpec
from qml_core.storage.store import open_store
from tasks import contests

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server", "ledger")]


@pytest.fixture
def fitted(monkeypatch):
    """Label and share of every contestant that is fitted on a fold, in order."""
    seen, evaluate = [], contests.evaluate_contestant

    def counted(contestant, rows, **more):
        seen.append((contestant.label, more["share"]))
        return evaluate(contestant, rows, **more)

    monkeypatch.setattr(contests, "evaluate_contestant", counted)
    return seen


def page_of(run):
    return open_store(run.report.store).get(run.report.path).decode()


def test_a_benchmark_ends_with_verdict_page_table_and_a_record_of_every_fold(
    tmp_path, store_url, fitted
):
    asked = small(repeats=2, controls=["no_entanglers", "rbf_pca"], learning_curve=[0.5])
    run = benchmark(asked)
    labels = ["qsvc iqp", "logistic", "knn", "rbf_svm, same features", "qsvc iqp, no entanglers"]
    (verdict,) = run.data
    assert [score.model for score in verdict.scores] == labels
    assert run.verdict == verdict.sentence
    assert run.verdict in page_of(run)
    document = json.loads(open_store(run.store).get(run.path))
    assert document["verb"] == "benchmark"

    rows = rows_of(run)
    assert len(rows) == len(fitted) == len(labels) * (2 * 3 + 3)
    assert set(rows["status"]) == {"done"}
    assert not rows["reused"].any()
    assert set(rows["path"]) == set(records_in(tmp_path / "store"))
    for row in rows.itertuples():
        assert row.accuracy == accuracy_score(row.y_true, row.y_pred)
        assert row.log_loss == pytest.approx(log_loss(row.y_true, np.stack(row.probabilities)))
        assert 1 <= row.configurations <= 2
        assert row.n_train == (36 - row.n_test) * row.share
    whole = rows[rows["share"] == 1]
    for (_, repeat), own in whole.groupby(["model", "repeat"]):
        assert sorted(np.concatenate(own["rows"].to_list())) == list(range(36)), repeat
    same = whole.groupby(["repeat", "fold"])["rows"]
    assert all(len({tuple(held) for held in own}) == 1 for _, own in same)

    quantum, logistic = (
        whole[whole["model"] == label].sort_values(["repeat", "fold"])["accuracy"].to_numpy()
        for label in labels[:2]
    )
    test = next(one for one in verdict.tests if one.against == "logistic")
    terms = {"n_train": 24, "n_test": 12, "threshold": 0.01, "resolution": 1 / 12}
    assert test == paired_test("qsvc iqp", "logistic", quantum, logistic, **terms)
    value = verdict.scores[0].metrics["accuracy"].value
    assert value == pytest.approx(quantum.mean())

    fitted.clear()
    again = benchmark(asked)
    assert fitted == []
    assert verdict_of(again) == verdict_of(run)
    assert again.verdict == run.verdict
    assert rows_of(again)["reused"].all()
    assert set(rows_of(again)["path"]) == set(rows["path"])


def test_another_benchmark_shares_the_folds_that_it_would_fit_alike(tmp_path, store_url, fitted):
    first = benchmark(small())
    assert len(fitted) == 3 * 3
    before = records_in(tmp_path / "store")
    fitted.clear()
    models = [{"name": "qsvc"}, {"name": "qsvc", "C": [0.5]}]
    more = benchmark(small(models=models, classical=["knn", "dummy"], repeats=2, threshold=0.05))
    assert {label for label, _ in fitted} == {"qsvc iqp #1", "qsvc iqp #2", "knn", "dummy"}
    counts = {label: sum(one == label for one, _ in fitted) for label, _ in fitted}
    assert counts == {"qsvc iqp #1": 3, "qsvc iqp #2": 6, "knn": 3, "dummy": 6}
    rows = rows_of(more)
    shared = rows[rows["reused"]]
    assert set(shared["model"]) == {"qsvc iqp #1", "knn"}
    assert set(shared["repeat"]) == {0}
    keys = rows_of(first)[["repeat", "fold", "key"]].itertuples(index=False, name=None)
    assert set(shared[["repeat", "fold", "key"]].itertuples(index=False, name=None)) < set(keys)
    after = records_in(tmp_path / "store")
    assert {path: after[path] for path in before} == before

    fitted.clear()  # the second repeat of one seed is the first of the next
    benchmark(small(classical=["knn"]), run=RunSpec(seed=1))
    assert fitted == []
    benchmark(small(classical=["knn"], configurations=1), run=RunSpec(seed=1))
    benchmark(small(classical=["knn"], metric="log_loss"), run=RunSpec(seed=1))
    assert len(fitted) == 2 * 2 * 3


def test_values_are_benchmarked_where_it_is_forced(store_url, fitted):
    asked = {
        "datasets": [{"name": "diabetes", "preprocessing": {"n_components": 2}}],
        "models": [{"name": "qsvr"}],
        "classical": ["ridge", "dummy"],
        "configurations": 1,
    }
    with pytest.raises(ScreenRefused, match="regression") as refused:
        benchmark(small(**asked))
    assert "--force" in refused.value.remedy
    assert fitted == []
    run = benchmark(small(**asked, force=True))
    (verdict,) = run.data
    assert (verdict.metric, verdict.threshold) == ("r2", 0.02)
    rows = rows_of(run)
    assert rows["accuracy"].isna().all()
    for row in rows.itertuples():
        assert row.r2 == pytest.approx(r2_score(row.y_true, row.y_pred))
    assert verdict.scores[1].metrics["r2"].value > 0.3  # ridge, as in scikit-learn's guide
    assert any(screen.excluded for screen in run.screens)


def test_three_classes_are_benchmarked_with_probabilities_of_each(store_url):
    iris = {"name": "iris", "preprocessing": {"n_components": 2}}
    run = benchmark(small(datasets=[iris], classical=["logistic"], also=["roc_auc", "f1_macro"]))
    rows = rows_of(run)
    for row in rows.itertuples():
        probabilities = np.stack(row.probabilities)
        assert probabilities.shape == (50, 3)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        assert row.roc_auc > 0.8
    metrics = {score.model: score.metrics for score in run.data[0].scores}
    assert all(found["accuracy"].value > 0.8 for found in metrics.values())
    assert all(found["f1_macro"].low <= found["f1_macro"].high for found in metrics.values())


def test_six_data_sets_are_decided_together(store_url):
    sets = [
        {"name": "moons", "parameters": {"n_samples": 24, "noise": noise / 10}}
        for noise in range(6)
    ]
    run = benchmark(small(datasets=sets, classical=["logistic"], folds=2, configurations=1))
    assert [one.data for one in run.data] == [
        f"moons (n_samples=24, noise={noise / 10})" for noise in range(6)
    ]
    assert len(rows_of(run)) == 6 * 2 * 2
    (test,) = run.across.tests
    assert (run.across.data_sets, test.data_sets) == (6, 6)
    assert 2 / 2**6 <= test.p <= test.corrected <= 1
    assert sum(run.across.ranks.values()) == pytest.approx(1 + 2)
    assert "On 6 data sets" in run.verdict
    assert run.verdict in page_of(run)


def test_remeasure_evaluates_every_fold_again_to_the_same_bits(tmp_path, store_url, fitted):
    asked = small(datasets=[{**MOONS, "parameters": {"n_samples": 24}}], folds=2)
    run = benchmark(asked)
    count = len(fitted)
    anew = benchmark(asked, run=RunSpec(remeasure=1))
    assert len(fitted) == 2 * count
    assert not set(rows_of(run)["key"]) & set(rows_of(anew)["key"])
    assert verdict_of(anew) == verdict_of(run)


@pytest.mark.slow
def test_processes_of_dask_find_the_same(tmp_path, stores):
    asked = small(repeats=2, controls=["rbf_pca", "fourier"], learning_curve=[0.5])
    stores("threads")
    threads = benchmark(asked)
    stores("dask")
    dask = benchmark(asked, run=RunSpec(task_runner="dask"))
    assert records_in(tmp_path / "dask") == records_in(tmp_path / "threads")
    assert verdict_of(dask) == verdict_of(threads)
