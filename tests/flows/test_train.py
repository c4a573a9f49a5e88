"""The train flow on a real Prefect server: the same result as by hand, models that predict."""

import re

import numpy as np
import pytest

from flows.train import train
from qml_core.errors import SpecError
from qml_core.evaluation import preprocessing
from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.splits import split_roles
from qml_core.kernels import kernel_matrix
from qml_core.models import QSVC
from qml_core.models.selection import choose
from qml_core.specs import DatasetSpec, ModelSpec
from qml_core.storage.content import get_verified
from qml_core.storage.datasets import get_arrays
from qml_core.storage.models import get_model
from qml_core.storage.runs import load_run
from qml_core.storage.store import open_store

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

WINE = DatasetSpec(name="wine", preprocessing={"n_components": 4}, split={"repeats": 2, "seed": 3})
MODEL = ModelSpec(bandwidths=(0.1, 0.5), C=(1.0, 10.0), inner_folds=3)


def page(run):
    return get_verified(run.report, open_store(run.store)).decode()


def by_hand(seed):
    """Chosen bandwidth, C and held-out accuracy without Prefect and without a store."""
    table = load_table(WINE)
    roles = split_roles(table.y, table.task, 0.2, seed)
    train_rows, test_rows = roles == 0, roles == 1
    y = table.y[train_rows]
    fitted = preprocessing.fit(WINE.preprocessing, table.features[train_rows], y, table.task)
    X, X_test = (fitted.transform(table.features[r]) for r in (train_rows, test_rows))
    kernels = MODEL.candidate_kernels()
    chosen = choose(
        [kernel_matrix(X, kernel=k) for k in kernels],
        y, task="classification", penalties=MODEL.C, epsilon=0.1, folds=3, seed=0,
    )  # fmt: skip
    kernel = kernels[chosen.candidate]
    model = QSVC(kernel, C=chosen.C).fit(X, y)
    return kernel.encoding.bandwidth, chosen.C, model.score(X_test, table.y[test_rows])


def test_choices_and_accuracies_are_those_by_hand_and_a_rerun_computes_nothing(store_url):
    first = train(WINE, MODEL)
    assert (first.computed, first.reused) == (2 * 2 + 2, 0)
    record = load_run(open_store(store_url), first.run_id)
    for outcome in record["outcomes"]:
        choice = outcome["choice"]
        found = (
            choice["kernel"]["encoding"]["bandwidth"],
            choice["C"],
            outcome["metrics"]["accuracy"]["value"],
        )
        assert found == pytest.approx(by_hand(outcome["data"]["split_seed"]))
    values = [o["metrics"]["accuracy"]["value"] for o in record["outcomes"]]
    assert first.score.value == pytest.approx(np.mean(values))
    assert first.verdict in re.sub(r"<[^>]*>", "", page(first))

    second = train(WINE, MODEL)
    assert (second.computed, second.reused) == (0, 6)
    assert second.verdict == first.verdict
    assert [m.sha256 for m in second.models] == [m.sha256 for m in first.models]


def test_the_stored_model_predicts_the_held_out_rows_from_raw_columns(store_url):
    run = train(WINE, MODEL)
    record = load_run(open_store(store_url), run.run_id)
    table = load_table(WINE)
    for ref, outcome in zip(run.models, record["outcomes"], strict=True):
        model = get_model(ref)
        roles = split_roles(table.y, table.task, 0.2, ref.split_seed)
        shuffled = table.features[roles == 1][sorted(table.features.columns)]
        named = model.predict(shuffled)
        stored = get_arrays(type(run.report)(**outcome["predictions"]))["y_pred"].astype(int)
        np.testing.assert_array_equal(named, np.asarray(model.classes)[stored])


def test_regression_trains_and_reports_residuals(store_url):
    data = DatasetSpec(
        name="diabetes", preprocessing={"n_components": 3}, split={"repeats": 2, "test_size": 0.7}
    )
    model = ModelSpec(name="qsvr", bandwidths=(0.2,), C=(1.0, 10.0))
    run = train(data, model)
    assert 0.1 < run.score.value < 0.7
    assert "RMSE" in page(run)


def test_a_classifier_on_a_continuous_target_says_which_model_to_use(store_url):
    with pytest.raises(SpecError, match=r"use model\.name=qsvr"):
        train(DatasetSpec(name="diabetes"))


def test_encodings_without_angles_train_without_a_bandwidth_grid(store_url):
    data = DatasetSpec(name="iris", split={"repeats": 1})
    run = train(data, ModelSpec(kernel={"encoding": {"name": "amplitude"}}, C=(1.0, 100.0)))
    assert len(run.matrices) == 2
    assert run.score.value > 0.6


@pytest.mark.s3
def test_everything_lies_in_a_real_s3_bucket(s3_url, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", s3_url)
    data = DatasetSpec(name="iris", split={"repeats": 1})
    run = train(data, MODEL)
    assert run.report.uri.startswith(s3_url)
    assert train(data, MODEL).computed == 0
    store = open_store(s3_url)
    kinds = {entry.path.split("/")[0] for entry in store.list("")}
    assert {"blocks", "matrices", "models", "reports", "runs", "refs", "datasets"} <= kinds
