"""Fitted models in the store: a JSON document that names a file of arrays or tensors. No pickle."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from qml_core.errors import CorruptArtifact
from qml_core.models.fitted import FittedModel
from qml_core.models.fitted_circuit import FittedCircuit
from qml_core.models.fitted_svm import FittedSVM
from qml_core.references import ArtifactRef
from qml_core.storage.circuit_models import get_circuit_model, put_circuit_model
from qml_core.storage.content import get_verified, put_content
from qml_core.storage.documents import encode_document
from qml_core.storage.kernel_models import get_kernel_model, get_svm, put_kernel_model, put_svm
from qml_core.storage.store import ArtifactStore, open_store
from qml_core.storage.training_ranges import encode_ranges

Fitted = FittedModel | FittedCircuit | FittedSVM
"""All have name, task, target, classes, preprocessing, ranges and predict(features)."""

SCHEMA = 1
_READERS: dict[str, Callable[[dict[str, Any], str], Fitted]] = {
    "kernel": get_kernel_model,
    "circuit": get_circuit_model,
    "svm": get_svm,
}


def put_model(store: ArtifactStore, model: Fitted, extra: Mapping[str, object]) -> ArtifactRef:
    """Store a model; `extra` is what else its document shall say, e.g. its penalty and score."""
    kind, own = _own_part(store, model)
    document = {
        "schema": SCHEMA,
        "kind": kind,
        "name": model.name,
        "task": model.task,
        "classes": model.classes,
        "target": model.target,
        "preprocessing": json.loads(model.preprocessing.to_json()),
        "ranges": encode_ranges(model.ranges),
        "extra": dict(extra),
        **own,
    }
    return put_content(store, "models", encode_document(document), ".json")


def get_model(ref: ArtifactRef) -> Fitted:
    """Load and verify a model.

    Raises:
        CorruptArtifact: the bytes are not what was stored, or another version wrote them.
    """
    document = json.loads(get_verified(ref, open_store(ref.store)))
    kind = document.get("kind", "kernel")  # documents of the first version name none
    if document.get("schema") != SCHEMA or kind not in _READERS:
        raise CorruptArtifact(
            f"model {ref.path} has schema {document.get('schema')} and kind {kind!r}, this version "
            f"reads {SCHEMA} and {', '.join(_READERS)}",
            "fit it again with this version",
        )
    try:
        return _READERS[kind](document, ref.store)
    except (KeyError, ValidationError) as error:
        raise CorruptArtifact(
            f"model {ref.path} cannot be read: {str(error).splitlines()[0]}",
            "fit it again with this version",
        ) from error


def _own_part(store: ArtifactStore, model: Fitted) -> tuple[str, dict[str, Any]]:
    match model:
        case FittedModel():
            return "kernel", put_kernel_model(store, model)
        case FittedCircuit():
            return "circuit", put_circuit_model(store, model)
        case FittedSVM():
            return "svm", put_svm(store, model)
