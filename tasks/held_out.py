"""Held-out evaluation as a task: fit on the training rows, meet the test rows once."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from prefect import task

from qml_core.events import StageStarted, StepDone, emit
from qml_core.kernels.nystrom import entry_error
from qml_core.kernels.psd import repair_test_rows
from qml_core.models.fitted import Fit, FittedModel, fit, fit_landmarks, support_only
from qml_core.references import (
    Choice,
    DatasetRef,
    KernelOutcome,
    MatrixRef,
    ModelRef,
)
from qml_core.specs import BackendSpec, ModelSpec, RunSpec
from qml_core.storage.datasets import put_arrays
from qml_core.storage.matrices import load_matrix
from qml_core.storage.models import put_model
from qml_core.storage.store import open_store
from tasks.baseline import Predictions, measure, preprocessing_of, range_of, tune_baseline
from tasks.datasets import read_columns
from tasks.options import STORE

Array = NDArray[np.float64]


@task(name="fit-and-evaluate", **STORE)
def fit_and_evaluate(
    splits: Sequence[DatasetRef],
    choices: Sequence[Choice],
    grams: Sequence[MatrixRef],
    crosses: Sequence[MatrixRef],
    model: ModelSpec,
    backend: BackendSpec,
    run: RunSpec,
) -> tuple[KernelOutcome, ...]:
    """Every split: fit, predict the held-out rows, a tuned RBF-SVM beside it, store the model."""
    emit(StageStarted("fit, evaluate, tune the RBF-SVM", len(splits)))
    outcomes = []
    for k, (split, choice, cross) in enumerate(zip(splits, choices, crosses, strict=True)):
        gram = grams[k * len(choice.candidates) + choice.position]
        outcomes.append(_outcome(split, choice, gram, cross, model, backend, run))
        emit(StepDone())
    return tuple(outcomes)


def _outcome(
    split: DatasetRef,
    choice: Choice,
    gram: MatrixRef,
    cross: MatrixRef,
    model: ModelSpec,
    backend: BackendSpec,
    run: RunSpec,
) -> KernelOutcome:
    began = time.perf_counter()
    (y_train,) = read_columns(split, "train", "y")
    (y_test,) = read_columns(split, "test", "y")
    fitted = _fit(split, gram, y_train, choice, model, backend)
    ours = _predict(split, fitted, load_matrix(cross))
    baseline = tune_baseline(split, model, run)
    theirs = baseline.predictions
    return KernelOutcome(
        data=split,
        choice=choice,
        model=_put_model(split, choice, fitted, model, backend),
        predictions=put_arrays(
            open_store(split.store),
            "predictions",
            {"y_true": y_test, "y_pred": ours.y, "y_baseline": theirs.y},
            {"model": model.name},
        ),
        baseline_model=baseline.model,
        metrics=measure(split, y_test, ours, run.seed),
        baseline_metrics=measure(split, y_test, theirs, run.seed),
        baseline_parameters=dict(baseline.parameters),
        baseline_inner_score=baseline.inner_score,
        repair=fitted.repair.note,
        seconds=time.perf_counter() - began,
    )


def _fit(
    split: DatasetRef,
    gram: MatrixRef,
    y: Array,
    choice: Choice,
    model: ModelSpec,
    backend: BackendSpec,
) -> Fit:
    K = load_matrix(gram)
    if not choice.landmarks:
        return fit(K, y, task=split.task, C=choice.C, epsilon=model.epsilon, psd=model.psd)
    return fit_landmarks(
        K,
        K[list(choice.landmarks)],
        y,
        task=split.task,
        penalty=choice.C,
        epsilon=model.epsilon,
        entry_error=entry_error(backend),
    )


def _predict(split: DatasetRef, fitted: Fit, K_test: Array) -> Predictions:
    K_test = repair_test_rows(fitted.repair, K_test)
    if split.task == "regression":
        return Predictions(fitted.decision.values(K_test)[:, 0], None)
    return Predictions(
        fitted.decision.labels(K_test).astype(np.float64), fitted.decision.scores(K_test)
    )


def _put_model(
    split: DatasetRef, choice: Choice, fitted: Fit, model: ModelSpec, backend: BackendSpec
) -> ModelRef:
    store = open_store(split.store)
    (X_train,) = read_columns(split, "train", "x")
    if choice.landmarks:
        X_train = X_train[list(choice.landmarks)]
    support, decision = support_only(X_train, fitted.on_raw_kernel())
    stored = FittedModel(
        name=model.name,
        task=split.task,
        kernel=choice.kernel,
        backend=backend.simulated,
        classes=split.classes,
        target=split.target,
        support=support,
        decision=decision,
        preprocessing=preprocessing_of(split),
        ranges=range_of(split),
    )
    extra: dict[str, object] = {
        "C": choice.C,
        "inner_score": choice.inner_score,
        "split_seed": split.split_seed,
    }
    ref = put_model(store, stored, extra)
    return ModelRef(**ref.model_dump(), name=model.name, split_seed=split.split_seed)
