"""Both flows with landmarks on a real Prefect server: rectangles in the store, a linear machine."""

import numpy as np
import pandas as pd
import pytest

from flows.kernel_matrix import kernel_matrix as kernel_flow
from flows.train import train
from qml_core.errors import Refused
from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.splits import split_roles
from qml_core.kernels import kernel_matrix
from qml_core.kernels.nystrom import approximate, exact_kernel
from qml_core.models import QSVC
from qml_core.specs import DatasetSpec, EncodingSpec, KernelSpec, ModelSpec, RunSpec
from qml_core.storage.content import get_verified
from qml_core.storage.datasets import get_arrays
from qml_core.storage.matrices import load_matrix, open_matrix
from qml_core.storage.models import get_model
from qml_core.storage.runs import load_run
from qml_core.storage.store import open_store

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

WINE = DatasetSpec(name="wine", preprocessing={"n_components": 3}, split={"repeats": 2, "seed": 3})
KERNEL = KernelSpec(encoding=EncodingSpec(bandwidth=0.4), landmarks=25)


def page(run):
    return get_verified(run.report, open_store(run.store)).decode()


@pytest.mark.parametrize("how", ["uniform", "kmeans", "leverage"])
def test_the_kernel_flow_computes_only_the_columns_of_the_landmarks(store_url, how):
    kernel = KERNEL.model_copy(update={"landmark_choice": how})
    run = kernel_flow(WINE, kernel)
    (matrix,) = run.matrices
    landmarks = open_matrix(matrix).document["landmarks"]
    assert (matrix.shape, matrix.symmetric, len(landmarks)) == ((178, 25), False, 25)
    record = load_run(open_store(store_url), run.run_id)
    data = open_matrix(matrix).document["data"]
    (stored,) = [get_arrays(run.report.model_copy(update={k: data[k] for k in ("path", "sha256")}))]
    exact = kernel_matrix(stored["x"], kernel=exact_kernel(kernel))
    C = load_matrix(matrix)
    np.testing.assert_allclose(C, exact[:, landmarks], atol=1e-12)

    true = np.linalg.norm(exact - approximate(C, C[landmarks])) / np.linalg.norm(exact)
    said = record["approximation"]
    assert (said["landmarks"], said["rank"]) == (25, 25)
    assert said["relative"]["value"] == pytest.approx(true, rel=0.2)
    assert "Nyström approximation" in page(run)
    assert "25 of 178 rows" in run.verdict
    assert kernel_flow(WINE, kernel).computed == 0
    assert kernel_flow(WINE, kernel, run=RunSpec(seed=1)).computed == 1


MODEL = ModelSpec(kernel=KernelSpec(landmarks=30), bandwidths=(0.1, 0.4), C=(1.0, 10.0))


def test_training_uses_landmarks_of_each_splits_training_rows_and_stores_only_them(store_url):
    run = train(WINE, MODEL)
    assert [m.shape for m in run.matrices] == [(142, 30)] * 4 + [(36, 30)] * 2
    assert run.score.value > 0.9
    record = load_run(open_store(store_url), run.run_id)
    table = load_table(WINE)
    for ref, outcome in zip(run.models, record["outcomes"], strict=True):
        model = get_model(ref)
        assert len(model.support) == 30
        roles = split_roles(table.y, table.task, 0.2, ref.split_seed)
        X, X_test = (model.preprocessing.transform(table.features[roles == r]) for r in (0, 1))
        assert {tuple(row) for row in model.support} <= {tuple(row) for row in X}
        by_hand = QSVC(model.kernel, C=outcome["choice"]["C"]).fit(X, table.y[roles == 0])
        np.testing.assert_array_equal(np.unique(by_hand.X_fit_), np.unique(model.support))
        expected = np.asarray(model.classes)[by_hand.predict(X_test).astype(int)]
        np.testing.assert_array_equal(model.predict(table.features[roles == 1]), expected)
        score = np.mean(by_hand.predict(X_test) == table.y[roles == 1])
        assert outcome["metrics"]["accuracy"]["value"] == pytest.approx(score)
        assert "none needed" in outcome["repair"]
    assert train(WINE, MODEL).computed == 0


def test_regression_with_landmarks_by_leverage(store_url):
    data = DatasetSpec(name="diabetes", preprocessing={"n_components": 3}, split={"repeats": 1})
    kernel = KernelSpec(landmarks=40, landmark_choice="leverage")
    run = train(data, ModelSpec(name="qsvr", kernel=kernel, bandwidths=(0.2,), C=(1.0, 10.0)))
    assert 0.2 < run.score.value < 0.7


def test_fewer_distinct_rows_than_landmarks_are_said_and_exact(store_url, tmp_path):
    path = tmp_path / "few.csv"
    rows = [(a, b, a ^ b) for a in (0, 1) for b in (0, 1)] * 10
    pd.DataFrame(rows, columns=["a", "b", "y"]).to_csv(path, index=False)
    data = DatasetSpec(path=str(path), target="y")
    run = kernel_flow(data, KERNEL)
    assert run.matrices[0].shape == (40, 4)
    assert "25 landmarks asked for, 4 rows are distinct" in page(run)


def test_what_no_machine_could_hold_is_refused_before_the_first_block(store_url, monkeypatch):
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))  # 142 rows need 630 KiB, 400 need 5 MiB
    data = DatasetSpec(name="moons", parameters={"n_samples": 500}, split={"repeats": 1})
    with pytest.raises(Refused, match=r"400 × 400 needs") as caught:
        train(data, ModelSpec(bandwidths=(0.1, 0.4)))
    assert "--set model.kernel.landmarks=65, whose relative error" in caught.value.remedy
    assert "on 300 rows at bandwidth 0.4 is" in caught.value.remedy
    store = open_store(store_url)
    assert not [e for e in store.list("") if e.path.startswith(("blocks/", "matrices/"))]
    run = train(data, ModelSpec(kernel={"landmarks": 65}, bandwidths=(0.4,), C=(10.0,)))
    assert run.score.value > 0.8
    assert kernel_flow(data, KernelSpec()).matrices[0].shape == (500, 500)
