"""The classical model beside a quantum one: tuned on the same rows, and stored to fall back on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from qml_core.evaluation.baselines import BaselineResult, tuned_rbf
from qml_core.evaluation.metrics import evaluate
from qml_core.evaluation.preprocessing import FittedPreprocessing
from qml_core.evaluation.training_range import TrainingRange, training_range
from qml_core.models.fitted_svm import FittedSVM
from qml_core.references import DatasetRef, Interval, ModelRef
from qml_core.specs import ModelSpec, RunSpec
from qml_core.storage.content import get_verified
from qml_core.storage.models import put_model
from qml_core.storage.store import open_store
from tasks.datasets import Array, read_columns

NAME = "rbf_svm"


@dataclass(frozen=True)
class Predictions:
    """Of the held-out rows: label or value, and the score of class 1 where there are two."""

    y: Array
    scores: Array | None


@dataclass(frozen=True)
class Baseline:
    """A tuned RBF-SVM and what it says of the held-out rows."""

    model: ModelRef
    parameters: Mapping[str, float]
    inner_score: float
    predictions: Predictions


def tune_baseline(split: DatasetRef, model: ModelSpec, run: RunSpec) -> Baseline:
    """It sees all standardised raw features, and as many configurations as a kernel model."""
    (y_train,) = read_columns(split, "train", "y")
    (raw_train,) = read_columns(split, "train", "raw")
    (raw_test,) = read_columns(split, "test", "raw")
    found = tuned_rbf(
        raw_train,
        y_train,
        raw_test,
        task=split.task,
        n_configurations=model.configurations,
        inner_folds=model.inner_folds,
        seed=run.seed,
        epsilon=model.epsilon,
    )
    return Baseline(
        _stored(split, found),
        found.parameters,
        found.inner_score,
        Predictions(np.asarray(found.y_pred, dtype=np.float64), found.scores),
    )


def _stored(split: DatasetRef, found: BaselineResult) -> ModelRef:
    store, preprocessing = open_store(split.store), preprocessing_of(split)
    fitted = FittedSVM(
        name=NAME,
        task=split.task,
        classes=split.classes,
        target=split.target,
        machine=found.machine,
        preprocessing=preprocessing,
        ranges=range_of(split),
    )
    extra = {"split_seed": split.split_seed, **found.parameters}
    ref = put_model(store, fitted, extra)
    return ModelRef(**ref.model_dump(), name=NAME, split_seed=split.split_seed)


def preprocessing_of(split: DatasetRef) -> FittedPreprocessing:
    """As it was fitted on the training rows of a split."""
    document = get_verified(split.preprocessing, open_store(split.store))
    return FittedPreprocessing.from_json(document.decode())


def range_of(split: DatasetRef) -> TrainingRange:
    """Of the training rows of a split."""
    (standardised,) = read_columns(split, "train", "raw")
    return training_range(standardised)


def measure(
    split: DatasetRef, y_test: Array, predicted: Predictions, seed: int
) -> dict[str, Interval]:
    """Metrics of the held-out rows with their intervals."""
    measured = evaluate(
        split.task,
        y_test,
        predicted.y,
        scores=predicted.scores,
        classes=range(len(split.classes)) if split.classes else None,
        generator=np.random.default_rng(seed),
    )
    return {name: Interval(value=m.value, low=m.low, high=m.high) for name, m in measured.items()}
