"""The train flow with kernel training, on a real Prefect server."""

import re

import numpy as np
import pytest

from flows.train import train
from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.splits import split_roles
from qml_core.kernels import kernel_matrix
from qml_core.kernels.training import train_kernel
from qml_core.models import QSVC
from qml_core.models.selection import choose
from qml_core.specs import DatasetSpec, ModelSpec
from qml_core.storage.content import get_verified
from qml_core.storage.models import get_model
from qml_core.storage.runs import load_run
from qml_core.storage.store import open_store

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

WINE = DatasetSpec(name="wine", preprocessing={"n_components": 3}, split={"repeats": 2, "seed": 3})
MODEL = ModelSpec(bandwidths=(0.1, 0.5), C=(1.0, 10.0), inner_folds=3, kernel_training=5)


def by_hand(X, y):
    """Kernel and C chosen from kernels that were trained without Prefect and without a store."""
    kernels = [
        train_kernel(X, y, kernel, 5, np.random.default_rng(0)).kernel
        for kernel in MODEL.candidate_kernels()
    ]
    chosen = choose(
        [kernel_matrix(X, kernel=k) for k in kernels],
        y, task="classification", penalties=MODEL.C, epsilon=0.1, folds=3, seed=0,
    )  # fmt: skip
    return kernels[chosen.candidate], chosen.C


def test_trained_kernels_are_those_by_hand_and_travel_into_model_and_report(store_url):
    run = train(WINE, MODEL)
    assert run.computed == 2 * 2 + 2
    record = load_run(open_store(store_url), run.run_id)
    table = load_table(WINE)
    for ref, outcome in zip(run.models, record["outcomes"], strict=True):
        model, choice = get_model(ref), outcome["choice"]
        roles = split_roles(table.y, table.task, 0.2, ref.split_seed)
        X, X_test = (model.preprocessing.transform(table.features[roles == r]) for r in (0, 1))
        kernel, C = by_hand(X, table.y[roles == 0])
        assert (model.kernel, choice["C"]) == (kernel, C)
        assert choice["kernel"] == kernel.model_dump(mode="json")
        machine = QSVC(kernel, C=C).fit(X, table.y[roles == 0])
        expected = np.asarray(model.classes)[machine.predict(X_test).astype(int)]
        np.testing.assert_array_equal(model.predict(table.features[roles == 1]), expected)
        for candidate in choice["candidates"]:
            assert candidate["training"]["after"] > candidate["training"]["before"]
    page = get_verified(run.report, open_store(store_url)).decode()
    said = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    weights = record["outcomes"][0]["choice"]["kernel"]["encoding"]["weights"]
    shown = ", ".join(f"{w:.3g}" for w in weights)
    assert f"Weights of the features in the chosen kernel: {shown}." in said
    assert "Kernel training, 5 steps from each candidate bandwidth" in said
    assert "inner scores, on folds of the same rows, are optimistic" in said

    second = train(WINE, MODEL)
    assert (second.computed, second.reused) == (0, 6)
    assert [m.sha256 for m in second.models] == [m.sha256 for m in run.models]


def test_regression_with_landmarks_and_a_trained_projected_kernel(store_url):
    data = DatasetSpec(name="diabetes", preprocessing={"n_components": 3}, split={"repeats": 1})
    kernel = {"kind": "projected", "landmarks": 40}
    run = train(
        data,
        ModelSpec(name="qsvr", kernel=kernel, bandwidths=(0.2,), C=(1.0, 10.0), kernel_training=5),
    )
    assert 0.2 < run.score.value < 0.7
    assert run.matrices[0].shape[1] == 40
    assert get_model(run.models[0]).kernel.encoding.weights != ()
