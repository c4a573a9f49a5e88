"""Trained variational models in the store: parameters as safetensors."""

import json
from typing import Any

import numpy as np

from qml_core.errors import CorruptArtifact
from qml_core.evaluation.preprocessing import FittedPreprocessing
from qml_core.models.fitted_circuit import FittedCircuit
from qml_core.references import ArtifactRef
from qml_core.specs import BackendSpec, ModelSpec
from qml_core.storage.content import get_verified, put_content
from qml_core.storage.store import ArtifactStore
from qml_core.storage.tensors import decode_tensors, encode_tensors
from qml_core.storage.training_ranges import decode_ranges

Document = dict[str, Any]


def put_circuit_model(store: ArtifactStore, model: FittedCircuit) -> Document:
    """Store the parameters; returns the document that names them."""
    tensors = put_content(store, "models", encode_tensors(model.parameters), ".safetensors")
    return {
        "model": model.model.model_dump(mode="json"),
        "backend": model.backend.model_dump(mode="json"),
        "n_features": model.n_features,
        "layers": model.layers,
        "target_mean": model.target_mean.tolist(),
        "target_scale": model.target_scale.tolist(),
        "parameters": list(model.parameters),
        "tensors": tensors.model_dump(mode="json", exclude={"store"}),
    }


def get_circuit_model(document: Document, store: str) -> FittedCircuit:
    """Of a document in the store at this URL; raises CorruptArtifact."""
    ref = ArtifactRef(store=store, **document["tensors"])
    tensors = decode_tensors(get_verified(ref), ref.path)
    if set(tensors) != set(document["parameters"]):
        raise CorruptArtifact(
            f"{ref.path} holds {sorted(tensors)}, expected {sorted(document['parameters'])}"
        )
    return FittedCircuit(
        name=document["name"],
        task=document["task"],
        model=ModelSpec.model_validate(document["model"]),
        backend=BackendSpec.model_validate(document["backend"]),
        classes=tuple(document["classes"]),
        target=document["target"],
        n_features=document["n_features"],
        target_mean=np.array(document["target_mean"], dtype=np.float64),
        target_scale=np.array(document["target_scale"], dtype=np.float64),
        parameters={name: tensors[name] for name in document["parameters"]},
        preprocessing=FittedPreprocessing.from_json(json.dumps(document["preprocessing"])),
        ranges=decode_ranges(document.get("ranges")),
        layers=document["layers"],
    )
