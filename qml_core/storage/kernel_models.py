"""Kernel machines in the store: support rows and coefficients as Parquet."""

import json
from typing import Any

import numpy as np

from qml_core.evaluation.preprocessing import FittedPreprocessing
from qml_core.models.decision import Decision
from qml_core.models.fitted import FittedModel
from qml_core.models.fitted_svm import FittedSVM, RadialMachine
from qml_core.references import ArtifactRef
from qml_core.specs import BackendSpec, KernelSpec
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.store import ArtifactStore
from qml_core.storage.training_ranges import decode_ranges

Document = dict[str, Any]


def put_kernel_model(store: ArtifactStore, model: FittedModel) -> Document:
    """Store the arrays; returns the document that names them."""
    arrays = put_arrays(
        store,
        "models",
        {"support": model.support, "coefficients": model.decision.coefficients},
        {"model": model.name},
    )
    return {
        "kernel": model.kernel.model_dump(mode="json"),
        "backend": model.backend.model_dump(mode="json"),
        "intercepts": model.decision.intercepts.tolist(),
        "arrays": arrays.model_dump(mode="json", exclude={"store"}),
    }


def get_kernel_model(document: Document, store: str) -> FittedModel:
    """Of a document in the store at this URL; raises CorruptArtifact."""
    arrays = get_arrays(ArtifactRef(store=store, **document["arrays"]))
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
        ranges=decode_ranges(document.get("ranges")),
    )


def put_svm(store: ArtifactStore, model: FittedSVM) -> Document:
    """Store the arrays; returns the document that names them."""
    machine = model.machine
    arrays = put_arrays(
        store,
        "models",
        {"support": machine.support, "coefficients": machine.decision.coefficients},
        {"model": model.name},
    )
    return {
        "mean": machine.mean.tolist(),
        "deviation": machine.deviation.tolist(),
        "gamma": machine.gamma,
        "intercepts": machine.decision.intercepts.tolist(),
        "arrays": arrays.model_dump(mode="json", exclude={"store"}),
    }


def get_svm(document: Document, store: str) -> FittedSVM:
    """Of a document in the store at this URL; raises CorruptArtifact."""
    arrays = get_arrays(ArtifactRef(store=store, **document["arrays"]))
    classes = tuple(document["classes"])
    machine = RadialMachine(
        mean=np.array(document["mean"]),
        deviation=np.array(document["deviation"]),
        support=arrays["support"],
        gamma=document["gamma"],
        decision=Decision(arrays["coefficients"], np.array(document["intercepts"]), len(classes)),
    )
    return FittedSVM(
        name=document["name"],
        task=document["task"],
        classes=classes,
        target=document["target"],
        machine=machine,
        preprocessing=FittedPreprocessing.from_json(json.dumps(document["preprocessing"])),
        ranges=decode_ranges(document.get("ranges")),
    )
