"""What can be said of two specs together, before any data are read."""

from qml_core.encoding_names import qubits_needed
from qml_core.errors import SpecError
from qml_core.specs.backend import BackendSpec
from qml_core.specs.dataset import DatasetSpec
from qml_core.specs.encoding import EncodingSpec
from qml_core.specs.kernel import KernelSpec
from qml_core.specs.model import ModelSpec
from qml_core.specs.run import RunSpec

TASK_OF = {
    "qsvc": "classification",
    "qsvr": "regression",
    "vqc": "classification",
    "vqr": "regression",
}
"""What each model is for; a hybrid one is for both."""


def check_qubits(
    encoding: EncodingSpec,
    n_features: int,
    source: str,
    remedy: str = "make preprocessing.n_components and encoding.n_qubits agree",
) -> None:
    """Raise SpecError where `encoding.n_qubits` is not what n features need.

    Args:
        source: where the number of features comes from, as the user would write it.
    """
    needed = qubits_needed(encoding.name, n_features)
    if needed is not None and encoding.n_qubits not in (None, needed):
        raise SpecError(
            f"encoding.n_qubits={encoding.n_qubits}, but {source}={n_features} needs {needed} "
            f"qubits with encoding {encoding.name}",
            remedy,
        )


def check_weights(encoding: EncodingSpec, n_features: int) -> None:
    """Raise SpecError where `encoding.weights` are not one per feature."""
    if len(encoding.weights) not in (0, n_features):
        raise SpecError(
            f"encoding.weights has {len(encoding.weights)} factors, asked for {n_features} "
            "features",
            "give one factor per feature, or leave encoding.weights out",
        )


def check_together(
    dataset: DatasetSpec, kernel: KernelSpec, backend: BackendSpec | None = None
) -> None:
    """What can be said of the specs before any data are read; raises SpecError."""
    if backend is not None and backend.measured:
        check_measurable(kernel, backend)
    if dataset.preprocessing.n_components is not None:
        n_features = dataset.preprocessing.n_components
        check_qubits(kernel.encoding, n_features, "preprocessing.n_components")


def check_measurable(kernel: KernelSpec, backend: BackendSpec) -> None:
    """Raise SpecError where the kernel cannot be estimated from shots of pairs of rows."""
    if kernel.kind != "fidelity":
        raise SpecError(
            f"kernel.kind={kernel.kind} asked with backend.shots={backend.shots} on "
            f"{backend.name}: only the fidelity kernel is measured with shots",
            "use kind=fidelity, or an exact simulator such as qml.batched without shots",
        )
    if kernel.landmarks is not None and kernel.landmark_choice == "leverage":
        raise SpecError(
            f"landmark_choice=leverage needs exact kernel entries, {backend.name} measures them "
            f"with {backend.shots} shots",
            "use landmark_choice=kmeans or uniform",
        )


MOST_RANDOMISED = 8
"""Qubits; beyond, the error of randomised measurements outgrows any number of bases."""


def check_randomised(backend: BackendSpec, n_qubits: int) -> None:
    """Raise SpecError where randomised measurements are asked of too many qubits."""
    if backend.estimator == "randomised" and n_qubits > MOST_RANDOMISED:
        raise SpecError(
            f"backend.estimator=randomised asked on {n_qubits} qubits, the limit is "
            f"{MOST_RANDOMISED}: its error grows exponentially with the qubits",
            f"use backend.estimator=compute_uncompute, or preprocessing.n_components="
            f"{MOST_RANDOMISED} or less",
        )


def refuse_extension(run: RunSpec) -> None:
    """Raise SpecError where training is asked to extend a stored matrix.

    Its splits, and with them its preprocessing, change with every row.
    """
    if run.extend is not None:
        raise SpecError(
            f"run.extend={run.extend} asked of training, only a kernel matrix of all rows is "
            "extended",
            "use it with `qml kernel`, or leave run.extend out",
        )


def check_task(model: ModelSpec, task: str, of: str, *, write: str = "model.name") -> None:
    """Raise SpecError where the model is not for the task of the data.

    Args:
        of: what has that task, e.g. `target 'y' of data.csv`.
        write: how the user changes the model's name where the remedy is read.
    """
    if TASK_OF.get(model.name, task) != task:
        alike = ("vqc", "vqr") if model.variational else ("qsvc", "qsvr")
        fitting = next(name for name in alike if TASK_OF[name] == task)
        raise SpecError(
            f"model.name={model.name} is for {TASK_OF[model.name]}, {of} is for {task}",
            f"use {write}={fitting}",
        )
