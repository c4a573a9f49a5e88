"""Sanity floors: what variational models reach on held-out rows, over several seeds.

    python -m bench.floors [--seeds 5] [--json]

Every seed is that of the split, the initial parameters and the order of the rows; a fifth of the
rows is held out. Figures are means over the seeds, beside them the standard deviation. Settings
were chosen by the mean score on a quarter of the training rows that was kept aside, never on the
held-out rows; here all training rows are trained on and the last epoch counts. Differences are
paired: both models see the same rows of the same split. Times are those of one training.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV
from sklearn.metrics import accuracy_score, r2_score

from bench.command import run_bench
from bench.table import Bar, Row, Table
from bench.timing import Timing
from qml_core.evaluation.baselines import tuned_rbf
from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.preprocessing import fit
from qml_core.evaluation.splits import TEST, TRAIN, split_roles
from qml_core.models.network import build_network
from qml_core.references import Task
from qml_core.specs import DatasetSpec, ModelSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import train

Array = NDArray[np.float64]

RIDGES = np.logspace(-3, 3, 13)
CONFIGURATIONS, FOLDS = 16, 5  # of the RBF-SVM

CANCER = DatasetSpec(name="breast_cancer", preprocessing={"n_components": 8})
DIABETES = DatasetSpec(name="diabetes", preprocessing={"n_components": 8})
CLASSIFIER = ModelSpec(
    name="vqc",
    circuit={"encoding": {"name": "angle", "bandwidth": 0.5}, "layers": 4},
    training={"validation": 0},
)
REGRESSOR = ModelSpec(
    name="vqr",
    circuit={
        "encoding": {"name": "angle", "bandwidth": 0.4},  # nearly linear in the features at first
        "layers": 2,
        "measurement": {"kind": "local"},
    },
    training={"epochs": 60, "schedule": "cosine", "validation": 0},
)
REUPLOADING = ModelSpec(
    name="vqc",
    circuit={"ansatz": "reuploading", "layers": 4},
    training={"epochs": 60, "schedule": "cosine", "validation": 0},
)


def moons(noise: float) -> DatasetSpec:
    return DatasetSpec(
        name="moons",
        parameters={"n_samples": 500, "noise": noise},
        preprocessing={"reduce": "none"},
    )


@dataclass(frozen=True)
class Split:
    """Preprocessed rows X (n, d) and targets y (n,) of both sides."""

    task: Task
    outputs: int
    X: Array
    y: NDArray[Any]
    X_test: Array
    y_test: NDArray[Any]

    def score(self, predicted: NDArray[Any]) -> float:
        """Accuracy, or R², of predictions (n_test,)."""
        measure = r2_score if self.task == "regression" else accuracy_score
        return float(measure(self.y_test, predicted))


def split(spec: DatasetSpec, seed: int) -> Split:
    table = load_table(spec)
    roles = split_roles(table.y, table.task, spec.split.test_size, seed, names=table.classes)
    kept = roles == TRAIN
    features, y = table.features[kept], table.y[kept]
    fitted = fit(spec.preprocessing, features, y, table.task)
    held_out = table.features[roles == TEST]
    X, X_test = fitted.transform(features), fitted.transform(held_out)
    return Split(table.task, max(1, len(table.classes)), X, y, X_test, table.y[roles == TEST])


def variational(model: ModelSpec, rows: Split, seed: int) -> tuple[float, float]:
    """Score on the held-out rows, and seconds of the training."""
    mean, scale, y = 0.0, 1.0, rows.y
    if rows.task == "regression":
        mean, scale = float(rows.y.mean()), float(rows.y.std())
        y = (rows.y[:, None] - mean) / scale
    d, generator = rows.X.shape[1], np.random.default_rng(seed)
    network = build_network(model, rows.task, d, rows.outputs, generator)
    began = time.perf_counter()
    train(network, TrainingData(rows.X, y), model.training, task=rows.task, seed=seed)
    seconds = time.perf_counter() - began
    with torch.no_grad():
        found = network(torch.from_numpy(rows.X_test))[:, 0].numpy()
    return rows.score(mean + scale * found if rows.task == "regression" else found > 0), seconds


def ridge(rows: Split, seed: int) -> float:
    return rows.score(RidgeCV(RIDGES).fit(rows.X, rows.y).predict(rows.X_test))


def rbf(rows: Split, seed: int) -> float:
    found = tuned_rbf(
        rows.X,
        rows.y,
        rows.X_test,
        task=rows.task,
        n_configurations=CONFIGURATIONS,
        inner_folds=FOLDS,
        seed=seed,
    )
    return rows.score(found.y_pred)


def scores(
    model: ModelSpec, data: DatasetSpec, seeds: int, opponent: Callable[[Split, int], float]
) -> tuple[Array, Array, Timing]:
    """Of our model and of its opponent (seeds,), and the times of our trainings."""
    splits = [split(data, seed) for seed in range(seeds)]
    found = [variational(model, rows, seed) for seed, rows in enumerate(splits)]
    theirs = [opponent(rows, seed) for seed, rows in enumerate(splits)]
    return np.array([s for s, _ in found]), np.array(theirs), Timing(tuple(t for _, t in found))


def figure(name: str, values: Array, bar: float | None = None, timing: Timing | None = None) -> Row:
    spread = f"± {values.std(ddof=1):.3f}" if len(values) > 1 else "of one seed"
    each = ", ".join(f"{value:.3f}" for value in values)
    return Row(
        name,
        timing,
        float(values.mean()),
        None if bar is None else Bar(bar, "at least"),
        unit="",
        note=f"{values.mean():.3f} {spread}: {each}",
    )


def tables(sizes: argparse.Namespace) -> list[Table]:
    cases = (
        ("VQC on breast cancer, 8 components", CLASSIFIER, CANCER, rbf, 0.93, None),
        ("VQR on diabetes, 8 components, R²", REGRESSOR, DIABETES, ridge, None, -0.05),
        ("re-uploading on 500 moons, noise 0.1", REUPLOADING, moons(0.1), rbf, 0.97, None),
        ("re-uploading on 500 moons, noise 0.2", REUPLOADING, moons(0.2), rbf, None, -0.03),
    )
    found = []
    for name, model, data, opponent, floor, gap in cases:
        ours, theirs, timing = scores(model, data, sizes.seeds, opponent)
        other = "ridge" if opponent is ridge else "tuned RBF-SVM"
        rows = (
            figure("this project", ours, floor, timing),
            figure(other, theirs),
            figure("difference, paired", ours - theirs, gap),
        )
        found.append(Table(f"{name}, {sizes.seeds} seeds", rows))
    return found


if __name__ == "__main__":
    run_bench(__doc__, tables, seeds=5)
