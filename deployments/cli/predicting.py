"""A stored model on new rows: in this process where values are exact, else as a flow."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deployments.cli.answers import Answers
from qml_core.errors import DataError, Refused
from qml_core.evaluation.datasets import read_features
from qml_core.models.fitted import FittedModel
from qml_core.models.fitted_circuit import FittedCircuit
from qml_core.models.fitted_svm import FittedSVM
from qml_core.references import ModelRef, Outside, PredictionsRef
from qml_core.specs import BackendSpec, Spec
from qml_core.storage.datasets import get_arrays
from qml_core.storage.models import get_model

if TYPE_CHECKING:
    import pandas as pd

Fitted = FittedModel | FittedCircuit | FittedSVM


def predictions(
    reference: ModelRef,
    data: str,
    specs: Mapping[str, Spec | None],
    fallback: ModelRef | None,
    words: Mapping[str, Any],
) -> Answers:
    """Every row answered; raises DataError on other columns, Refused and BackendError as a gate."""
    model = get_model(reference)
    features = read_features(data).drop(columns=[model.target], errors="ignore")
    if not isinstance(model, FittedCircuit):
        if specs["backend"] is not None:
            raise DataError(
                f"--backend asked of model {model.name}, only circuits (vqc, vqr, hybrid) run on "
                "one",
                "leave --backend out",
            )
        return _answers(model, features, model.name, ())
    if fallback is not None:
        _check_stand_in(model, get_model(fallback))
    backend = specs["backend"] or model.backend
    assert isinstance(backend, BackendSpec)
    if backend.measured:
        return _measured(reference, data, backend, specs, fallback, words)
    return _exact(model, features, backend, fallback, words["outside"])


def _check_stand_in(model: FittedCircuit, other: Fitted) -> None:
    """Refuse what could not answer for the model; raises DataError before anything runs."""
    asked, found = ((m.target, m.classes, set(m.preprocessing.columns)) for m in (model, other))
    if asked != found:
        raise DataError(
            f"--fallback: model {other.name} predicts {other.target!r} from "
            f"{len(found[2])} columns, asked to stand in for {model.target!r} from "
            f"{len(asked[2])}, with the same names and classes",
            "name a run on the same data, or --fallback baseline",
        )


def _exact(
    model: FittedCircuit,
    features: "pd.DataFrame",
    backend: BackendSpec,
    fallback: ModelRef | None,
    outside: Outside,
) -> Answers:
    notes = [*model.range_notes(features, outside)]
    used = BackendSpec().name  # exact values of circuits are computed there, whatever is asked
    if used != model.backend.name or model.backend.measured:
        shots = "" if model.backend.shots is None else f" with {model.backend.shots:,} shots"
        notes.append(
            f"exact values of {used}, the model was trained on {model.backend.name}{shots}"
        )
    if used != backend.name:
        notes.append(f"asked {backend.name}, ran on {used}, whose values are the same")
    try:
        return _answers(model, features, f"{model.name} on {used}", notes)
    except Refused as error:
        if fallback is None:
            raise
        stands_in = get_model(fallback)
        notes.append(f"{stands_in.name} answered, because the backend did not: {error}")
        return _answers(stands_in, features, stands_in.name, notes)


def _answers(
    model: Fitted, features: "pd.DataFrame", made_by: str, notes: "list[str] | tuple[str, ...]"
) -> Answers:
    classes = model.task == "classification"
    values = [str(p) if classes else float(p) for p in model.predict(features)]
    return Answers(model.target, values, made_by, tuple(notes))


def _measured(
    reference: ModelRef,
    data: str,
    backend: BackendSpec,
    specs: Mapping[str, Spec | None],
    fallback: ModelRef | None,
    words: Mapping[str, Any],
) -> Answers:
    from deployments.cli.running import call_flow

    arguments = {
        "model": reference,
        "data": data,
        "backend": backend,
        "run": specs["run"],
        "fallback": fallback,
        "outside": words["outside"],
    }
    found, _ = call_flow("predict", arguments, words)
    assert isinstance(found, PredictionsRef)
    columns = get_arrays(found)
    values = [p if isinstance(p, float) else str(p) for p in columns["prediction"].tolist()]
    return Answers(found.target, values, found.made_by, found.notes)
