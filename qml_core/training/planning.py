"""Planning a training: the key of all that changes its parameters, and its segments. Pure."""

from typing import Any

from qml_core.keys import key
from qml_core.references import DatasetRef
from qml_core.specs import BackendSpec, EncodingSpec, ModelSpec, RunSpec
from qml_core.specs.training import TrainingSpec

MOST_SEGMENTS = 20
SHORT_SEGMENT = 2.0
"""Seconds of work below which a task is not worth its own administration."""

_NEVER = ("checkpoint_epochs", "checkpoint_s")


def training_key(
    data: DatasetRef,
    model: ModelSpec,
    n_qubits: int,
    backend: BackendSpec,
    run: RunSpec,
    noise: str | None = None,
) -> str:
    """Exactly what changes the parameters or which of them are kept.

    Not the number of epochs, so that more of them extend a training; a cosine schedule alone
    depends on its end. Patience is part of it: it decides among how many epochs the best is chosen.

    Args:
        noise: digest of the calibration record that a noisy simulator follows.
    """
    parts: dict[str, Any] = {
        "data": data.sha256,
        "task": data.task,
        "model": model.name,
        "circuit": _circuit_document(model, n_qubits),
        "training": _training_document(model.training, data.task, backend.measured),
        "backend": _backend_document(backend, noise),
        "seed": run.seed,
    }
    if model.name == "hybrid":
        parts["hidden"] = model.hidden
    if run.remeasure:
        parts["remeasure"] = run.remeasure
    return key("training", **parts)


def segments(epochs: int, seconds_per_epoch: float) -> tuple[int, ...]:
    """Epochs done at the end of each task: about 20 tasks at most, none of them very short.

    A segment is a power of two long, so that most ends stay where they are when epochs are added.

    Args:
        seconds_per_epoch: estimated, whatever the number of epochs.
    """
    length = 1
    while length * MOST_SEGMENTS < epochs or (
        length < epochs and length * seconds_per_epoch < SHORT_SEGMENT
    ):
        length *= 2
    return (*range(length, epochs, length), epochs)


def _circuit_document(model: ModelSpec, n_qubits: int) -> dict[str, Any]:
    """Asked for or left out, the same number of qubits is the same circuit."""
    document = model.circuit.model_dump(mode="json")
    used = _changed(EncodingSpec(name=model.encoding.name), document["encoding"])
    return {**document, "encoding": {**used, "n_qubits": n_qubits}}


def _changed(default: EncodingSpec, document: dict[str, Any]) -> dict[str, Any]:
    """Name and fields that differ from the default, so that fields that come later change none."""
    usual = default.model_dump(mode="json")
    return {k: v for k, v in document.items() if k == "name" or v != usual[k]}


def _training_document(training: TrainingSpec, task: str, measured: bool) -> dict[str, Any]:
    """The fields in use; "auto" is the same training, and the same jobs, as what it stands for."""
    unused = set(_NEVER)
    if training.schedule != "cosine":
        unused.add("epochs")
    if training.schedule != "exponential":
        unused.add("decay")
    if training.optimiser != "qng":
        unused.add("damping")
    if "spsa" not in (training.optimiser, training.gradient):
        unused.add("perturbation")
    document = training.model_dump(mode="json")
    if training.loss == "auto":
        document["loss"] = "squared" if task == "regression" else "cross_entropy"
    if training.gradient == "auto" and measured:
        document["gradient"] = "shift"
    return {name: value for name, value in document.items() if name not in unused}


def _backend_document(backend: BackendSpec, noise: str | None) -> dict[str, Any]:
    """The fields in use; of the corrections only that of readout is for expectation values."""
    document: dict[str, Any] = {"name": backend.name, "precision": backend.precision}
    if backend.measured:
        document["shots"] = backend.shots
        document["readout"] = "readout" in backend.applied_corrections
    return document if noise is None else {**document, "noise": noise}
