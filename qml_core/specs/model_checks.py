"""What can be said of a model beside data set and backend, before any data are read."""

from qml_core.errors import SpecError
from qml_core.specs.backend import BackendSpec
from qml_core.specs.checks import check_qubits, check_together
from qml_core.specs.dataset import DatasetSpec
from qml_core.specs.model import ModelSpec

_EXACT_ONLY = ("autograd", "adjoint")
_ROOM = (
    "make preprocessing.n_components and model.circuit.encoding.n_qubits agree, as --qubits does, "
    "or use model.name=hybrid, whose encoder takes any number of features"
)


def check_model(dataset: DatasetSpec, model: ModelSpec, backend: BackendSpec) -> None:
    """Raise SpecError where model, data set and backend cannot go together."""
    if not model.variational:
        check_together(dataset, model.kernel, backend)
        return
    components = dataset.preprocessing.n_components
    if components is not None and model.name != "hybrid":
        check_qubits(model.encoding, components, "preprocessing.n_components", _ROOM)
    if backend.measured:
        check_measured(model, backend)


def check_measured(model: ModelSpec, backend: BackendSpec) -> None:
    """Raise SpecError where a variational model asks for what shots on a backend do not give.

    That is what only exact expectation values allow, and what only kernels are measured with.
    """
    training, shots = model.training, f"{backend.shots} shots on {backend.name}"
    if training.gradient in _EXACT_ONLY:
        raise SpecError(
            f"model.training.gradient={training.gradient} needs exact states, found {shots}",
            "use gradient=shift or spsa, or an exact simulator such as qml.batched without shots",
        )
    if training.optimiser == "lbfgs":
        raise SpecError(
            f"model.training.optimiser=lbfgs needs exact values, found {shots}: its line search "
            "does not bear noise",
            "use optimiser=adam or spsa",
        )
    if backend.estimator != "compute_uncompute" or backend.allocation != "fixed":
        raise SpecError(
            f"estimator={backend.estimator}, allocation={backend.allocation} are for kernel "
            f"entries, asked with model {model.name}",
            "leave both out",
        )
    if "depolarising" in (backend.corrections or ()):
        raise SpecError(
            f"corrections={list(backend.corrections or ())} asked with model {model.name}: the "
            "depolarising correction is of kernel entries",
            'use backend.corrections=["readout"]',
        )
