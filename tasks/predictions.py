"""Predictions on new rows as tasks: by a trained circuit, or by the classical model beside it."""

import numpy as np
from numpy.typing import NDArray
from prefect import task

from qml_core.errors import DataError
from qml_core.evaluation.datasets import read_features
from qml_core.evaluation.preprocessing.numbers import matrix
from qml_core.events import StageStarted, emit
from qml_core.models.fitted_svm import FittedSVM
from qml_core.references import (
    Grant,
    ModelRef,
    Outside,
    PredictionPlan,
    PredictionsRef,
    RowsRef,
)
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, RunSpec
from qml_core.storage.datasets import put_arrays
from qml_core.storage.models import get_model
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import open_store
from tasks.options import PURE, STORE
from tasks.prediction_purchases import PART, circuit_of, features_of, prediction_plan
from tasks.trainings import measured_functions


@task(name="prepare-rows", **STORE)
def prepare_rows(model: ModelRef, data: str, outside: Outside) -> RowsRef:
    """Read the rows, hold them against the training, and keep them as they came.

    Raises:
        DataError: other columns than the training had; with outside=refuse also rows outside of
            its range.
    """
    emit(StageStarted("read rows"))
    store = open_checked_store(Settings.from_environment().storage_url)
    fitted = circuit_of(model)
    features = read_features(data).drop(columns=[fitted.target], errors="ignore")
    notes = fitted.range_notes(features, outside)
    columns = fitted.preprocessing.columns
    rows = put_arrays(store, "rows", {"values": matrix(features, columns)}, {})
    return RowsRef(**rows.model_dump(), rows=len(features), features=fitted.n_features, notes=notes)


@task(name="plan-prediction", **PURE)
def plan_prediction(
    model: ModelRef, rows: RowsRef, backend: BackendSpec, run: RunSpec
) -> PredictionPlan:
    """The circuits of all rows on a backend."""
    return prediction_plan(model, rows, backend, run)


@task(name="answer", **STORE)
def answer(plan: PredictionPlan, grant: Grant, run: RunSpec) -> PredictionsRef:
    """Labels or values of the rows by the trained circuit.

    Raises:
        Refused, BackendError: a gate or the device says no; what was bought is collected later.
    """
    emit(StageStarted("predict"))
    fitted, used = circuit_of(plan.model), grant.backend_used
    features = features_of(plan.data, fitted.preprocessing.columns)
    function = measured_functions(plan, used, run) if used.measured else None
    predicted = fitted.predict(features, function=function, part=PART)
    notes = list(plan.data.notes)
    if used != fitted.backend:
        notes.append(
            f"predicted on {used.name}, the model was trained on {fitted.backend.name}"
            + _shots(used, fitted.backend)
        )
    if grant.fallback is not None:
        notes.append(grant.fallback)
    return _put(plan.data, fitted.target, predicted, f"{fitted.name} on {used.name}", notes)


def _shots(used: BackendSpec, trained: BackendSpec) -> str:
    if used.name != trained.name:
        return ""
    return f" with {_named_shots(trained.shots)}, here {_named_shots(used.shots)}"


def _named_shots(shots: int | None) -> str:
    return "exact values" if shots is None else f"{shots:,} shots"


@task(name="answer-classically", **STORE)
def answer_classically(fallback: ModelRef, rows: RowsRef, why: str) -> PredictionsRef:
    """Labels or values of the rows by the model that stands in; raises DataError as `columns`."""
    emit(StageStarted("predict with the fallback"))
    fitted = get_model(fallback)
    if not isinstance(fitted, FittedSVM):
        raise DataError(
            f"--fallback names model {fallback.name}, which is not classical",
            "name the RBF-SVM of a run of `qml train`, e.g. --fallback baseline",
        )
    predicted = fitted.predict(features_of(rows, fitted.preprocessing.columns))
    note = f"{fitted.name} answered, because the backend did not: {why}"
    return _put(rows, fitted.target, predicted, fitted.name, [*rows.notes, note])


def _put(
    rows: RowsRef,
    target: str,
    predicted: NDArray[np.generic],
    made_by: str,
    notes: list[str],
) -> PredictionsRef:
    columns = {
        "prediction": predicted,
        "made_by": np.full(len(predicted), made_by),
    }
    stored = put_arrays(open_store(rows.store), "predictions", columns, {"target": target})
    return PredictionsRef(
        **stored.model_dump(), target=target, rows=rows.rows, made_by=made_by, notes=tuple(notes)
    )
