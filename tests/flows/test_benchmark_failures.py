"""What goes wrong on a fold is recorded and named; what goes wrong before is refused."""

import threading

import numpy as np
import pandas
import pytest
from small_benchmarks import records_in, rows_of, small, verdict_of

from flows.benchmark import benchmark
from qml_core.errors import DataError, SpecError
from qml_core.evaluation.contestants.rows import with_share
from qml_core.evaluation.objectives.scores import Predicted
from qml_core.specs import RunSpec
from qml_core.storage.store import open_store
from tasks import contests

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server", "ledger")]
EVALUATE = contests.evaluate_contestant


@pytest.fixture
def failing(monkeypatch):
    """failing(how, *labels, fold=k): these contestants fail so on fold k of each repeat (on all).

    What it gives grows by a label for every fit.
    """
    attempt, here = contests.attempt, threading.local()

    def placed(plan, data, *more):
        own = [fold.sha256 for fold in plan.data[0].folds]
        here.fold = own.index(data.sha256) % plan.benchmark.folds
        return attempt(plan, data, *more)

    def patch(how, *labels, fold=None):
        seen = []

        def evaluate(contestant, rows, **more):
            seen.append(contestant.label)
            fails = contestant.label in labels and fold in (None, here.fold)
            return (how if fails else EVALUATE)(contestant, rows, **more)

        monkeypatch.setattr(contests, "attempt", placed)
        monkeypatch.setattr(contests, "evaluate_contestant", evaluate)
        return seen

    return patch


def crash(contestant, rows, **more):
    raise ValueError("singular matrix")


def said(value, part):
    """A fit one of whose predictions is this value."""

    def predict(contestant, rows, **more):
        tested = EVALUATE(contestant, rows, **more)
        wrong = np.array(getattr(tested.predicted, part), dtype=np.float64)
        wrong[0] = value
        predicted = {**vars(tested.predicted), part: wrong}
        return type(tested)(**{**vars(tested), "predicted": Predicted(**predicted)})

    return predict


def page_of(run):
    return open_store(run.report.store).get(run.report.path).decode()


@pytest.mark.parametrize("label", ["qsvc iqp", pytest.param("logistic", marks=pytest.mark.slow)])
def test_a_model_that_crashes_in_one_fold_is_recorded_and_left_out_of_its_pairs_with_a_note(
    tmp_path, store_url, failing, label
):
    asked = small(repeats=2)
    failing(crash, label, fold=1)
    run = benchmark(asked)
    rows = rows_of(run)
    failed = rows[rows["status"] == "failed"]
    assert failed[["model", "repeat", "fold"]].to_numpy().tolist() == [[label, 0, 1], [label, 1, 1]]
    assert all("singular matrix" in error for error in failed["error"])
    assert failed["accuracy"].isna().all()
    assert all(len(held) == 0 for held in failed["rows"])

    (verdict,) = run.data
    (judged,) = verdict.judgements
    folds = {test.against: test.folds for test in verdict.tests}
    assert folds == {"logistic": 4, "knn": 4 if label == "qsvc iqp" else 6}
    assert any("2 of 6 folds are left out" in note for note in judged.notes)
    score = next(one for one in verdict.scores if one.model == label)
    assert (score.folds, score.failed) == (4, 2)
    others = [one for one in verdict.scores if one.model != label]
    assert all((one.folds, one.failed) == (6, 0) for one in others)
    assert verdict.recommended != label
    page = page_of(run)
    assert f"{label} failed on 2 folds" in page
    assert "singular matrix" in page

    stored = records_in(tmp_path / "store")
    seen = failing(crash)  # nobody
    again = benchmark(asked)
    assert seen == [], "a failed fold is a finding like any other"
    assert verdict_of(again) == verdict_of(run)
    assert records_in(tmp_path / "store") == stored
    anew = benchmark(asked, run=RunSpec(remeasure=1))
    assert set(rows_of(anew)["status"]) == {"done"}


def test_where_all_classical_models_crash_nothing_is_decided(store_url, failing):
    failing(crash, "logistic", "knn")
    run = benchmark(small())
    (verdict,) = run.data
    (judged,) = verdict.judgements
    assert judged.outcome == "inconclusive"
    assert judged.p is None
    assert any("No tuned classical model is left" in note for note in judged.notes)
    assert verdict.recommended == "qsvc iqp"
    assert "cannot be told" in run.verdict
    assert all(f"{label} failed on 3 folds" in page_of(run) for label in ("logistic", "knn"))


def test_where_every_model_crashes_there_is_still_a_page(store_url, failing):
    failing(crash, "qsvc iqp", "logistic", "knn")
    run = benchmark(small(learning_curve=[0.5]))
    (verdict,) = run.data
    assert [judged.outcome for judged in verdict.judgements] == ["inconclusive"]
    assert verdict.recommended == ""
    assert "no model could be recommended" in run.verdict
    assert set(rows_of(run)["status"]) == {"failed"}
    assert run.verdict in page_of(run)


@pytest.mark.parametrize("value", [np.inf, pytest.param(np.nan, marks=pytest.mark.slow)])
def test_predictions_that_are_not_finite_are_failed_folds(tmp_path, store_url, failing, value):
    diabetes = {"name": "diabetes", "preprocessing": {"n_components": 2}}
    asked = {"models": [{"name": "qsvr"}], "classical": ["ridge"], "force": True}
    failing(said(value, "y"), "qsvr iqp", fold=0)
    run = benchmark(small(datasets=[diabetes], configurations=1, **asked))
    rows = rows_of(run)
    assert rows[rows["status"] == "failed"][["model", "fold"]].to_numpy().tolist() == [
        ["qsvr iqp", 0]
    ]
    assert all(np.isfinite(row.r2) for row in rows.itertuples() if row.status == "done")
    assert not list((tmp_path / "store").glob("quarantine/**/*.parquet"))


@pytest.mark.parametrize("part", ["probabilities", "scores"])
@pytest.mark.parametrize("value", [np.nan, pytest.param(np.inf, marks=pytest.mark.slow)])
def test_probabilities_and_scores_that_are_not_finite_are_failed_folds(
    tmp_path, store_url, failing, part, value
):
    failing(said(value, part), "knn" if part == "probabilities" else "qsvc iqp", fold=2)
    run = benchmark(small(configurations=1))
    rows = rows_of(run)
    failed = rows[rows["status"] == "failed"]
    assert failed["fold"].tolist() == [2]
    assert failed["error"].iloc[0]
    assert len(records_in(tmp_path / "store")) == 9


@pytest.fixture
def file_of(tmp_path):
    """file_of(column=values, …): a CSV file with target y, as a data set."""

    def write(**columns):
        pandas.DataFrame(columns).to_csv(tmp_path / "data.csv", index=False)
        return {"path": str(tmp_path / "data.csv"), "target": "y"}

    return write


NOISE = np.random.default_rng(5).normal(size=(24, 2))
HALVES = ["a", "b"] * 12


def test_a_constant_feature_changes_nothing_but_the_data(store_url, file_of):
    data = file_of(x=NOISE[:, 0], z=NOISE[:, 1], same=1.5, y=HALVES)
    run = benchmark(small(datasets=[data], controls=["rbf_pca", "no_entanglers", "fourier"]))
    rows = rows_of(run)
    assert set(rows["status"]) == {"done"}
    assert rows["accuracy"].notna().all()


def test_data_of_constant_features_alone_are_refused(store_url, file_of):
    with pytest.raises(DataError, match="constant") as refused:
        benchmark(small(datasets=[file_of(x=1.0, z=2.0, y=HALVES)]))
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("y", "folds", "message"),
    [
        (["a"] * 24, 3, "one value only (a)"),
        (["a"] * 21 + ["b"] * 3, 4, "class b has 3 row"),
        (HALVES, 13, "class a has 12 row"),
        (["a", "b"], 3, "3 folds asked of 2 rows"),
        (["a", "b", "a"], 3, "3 folds asked of 3 rows"),
    ],
)
def test_rows_that_do_not_make_these_folds_are_refused_before_a_fit(
    store_url, file_of, monkeypatch, y, folds, message
):
    monkeypatch.setattr(contests, "evaluate_contestant", crash)
    data = file_of(x=NOISE[: len(y), 0], z=NOISE[: len(y), 1], y=y)
    with pytest.raises(DataError) as refused:
        benchmark(small(datasets=[data], folds=folds))
    assert message in refused.value.message
    assert refused.value.remedy


def test_tasks_metrics_and_names_that_do_not_go_together_are_refused(store_url, file_of):
    diabetes = {"name": "diabetes", "preprocessing": {"n_components": 2}}
    iris = {"name": "iris", "preprocessing": {"n_components": 2}}
    for asked, message in (
        ({"datasets": [iris, diabetes], "force": True}, "regression"),
        ({"datasets": [iris], "metric": "r2"}, "r2"),
        ({"datasets": [iris], "models": [{"name": "qsvr"}]}, "qsvr"),
        ({"datasets": [iris], "classical": ["dummy", "ridge"], "models": [{"name": "vqr"}]}, "vqr"),
        (
            {
                "datasets": [diabetes],
                "models": [{"name": "qsvr"}],
                "classical": ["logistic"],
                "force": True,
            },
            "logistic",
        ),
    ):
        with pytest.raises(SpecError, match=message):
            benchmark(small(**asked))


def test_a_share_of_few_rows_is_told_with_the_rows_that_were_used(store_url, file_of):
    rng = np.random.default_rng(0)
    y = ["a"] * 30 + ["b"] * 6 + ["c"] * 6
    data = file_of(x=rng.normal(size=42), z=rng.normal(size=42), y=y)
    seen = []

    def evaluate(contestant, rows, **more):
        used = with_share(rows, more["task"], more["share"], more["seed"])
        seen.append((more["share"], len(used.y_train)))
        return EVALUATE(contestant, rows, **more)

    asked = small(datasets=[data], classical=["knn"], configurations=1, learning_curve=[0.1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contests, "evaluate_contestant", evaluate)
        run = benchmark(asked)
    told = rows_of(run)
    assert set(told["status"]) == {"done"}
    assert sorted(zip(told["share"], told["n_train"], strict=True)) == sorted(seen)
