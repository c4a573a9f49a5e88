"""Fitted models in the store: a JSON document that names a Parquet file of arrays. No pickle."""

import json

import numpy as np

from qml_core.errors import CorruptArtifact
from qml_core.evaluation.preprocessing import FittedPreprocessing
from qml_core.models.decision import Decision
from qml_core.models.fitted import FittedModel
from qml_core.references import ArtifactRef
from qml_core.specs import BackendSpec, KernelSpec
from qml_core.storage.content import get_verified, put_content
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.store import ArtifactStore, open_store

SCHEMA = 1


def put_model(store: ArtifactStore, model: FittedModel, extra: dict[str, object]) -> ArtifactRef:
    """Store a model; `extra` is what else its document shall say, e.g. its penalty and score."""
    arrays = put_arrays(
        store,
        "models",
        {"support": model.support, "coefficients": model.decision.coefficients},
        {"model": model.name},
    )
    document = {
        "schema": SCHEMA,
        "name": model.name,
        "task": model.task,
        "kernel": model.kernel.model_dump(mode="json"),
        "backend": model.backend.model_dump(mode="json"),
        "classes": model.classes,
        "target": model.target,
        "intercepts": model.decision.intercepts.tolist(),
        "arrays": arrays.model_dump(mode="json", exclude={"store"}),
        "preprocessing": json.loads(model.preprocessing.to_json()),
        "extra": extra,
    }
    return put_content(store, "models", json.dumps(document, sort_keys=True).encode(), ".json")


def get_model(ref: ArtifactRef) -> FittedModel:
    """Load and verify a model.

    Raises:
        CorruptArtifact: the bytes are not what was stored, or another version wrote them.
    """
    store = open_store(ref.store)
    document = json.loads(get_verified(ref, store))
    if document.get("schema") != SCHEMA:
        raise CorruptArtifact(
            f"model {ref.path} has schema {document.get('schema')}, this version reads {SCHEMA}",
            "fit it again with this version",
        )
    arrays = get_arrays(ArtifactRef(store=ref.store, **document["arrays"]))
    classes = tuple(document["classes"])
    return FittedModel(
        name=document["name"],
        task=document["task"],
        kernel=KernelSpec.model_validate(document["kernel"]),
        backend=BackendSpec.model_validate(document["backend"]),
        classes=classes,
        target=document["target"],
        support=arrays["support"],
        decision=Decision(arrays["coefficients"], np.array(document["intercepts"]), len(classes)),
        preprocessing=FittedPreprocessing.from_json(json.dumps(document["preprocessing"])),
    )
