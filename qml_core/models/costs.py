"""What the training of a network takes on a backend."""

from qml_core.kernels.estimates import COMPLEX_BYTES
from qml_core.models.functions import gradient_mode, kept_bytes
from qml_core.models.network import Network
from qml_core.references import Estimate
from qml_core.specs import BackendSpec, ModelSpec
from qml_core.training.data import batch_size
from qml_core.training.estimates import estimate
from qml_core.training.evaluations import Evaluations, Rows

_ADJOINT_STATES = 4
"""Of a row, held at once: there, back, its gradient and work space."""


def training_evaluations(
    model: ModelSpec, network: Network, rows: Rows, backend: BackendSpec
) -> Evaluations:
    """All that is evaluated from the first step to the held-out rows."""
    return Evaluations(
        model.training,
        network.circuit,
        network.readout,
        rows,
        encoded=network.encoder is not None,
        run=backend.measured or model.training.gradient == "shift",
    )


def training_estimate(
    model: ModelSpec, network: Network, rows: Rows, backend: BackendSpec
) -> Estimate:
    """Of all epochs and the held-out rows; dollars and QPU time are the gate's to say."""
    held = 0 if backend.measured else _state_bytes(model, network, rows, backend)
    return estimate(training_evaluations(model, network, rows, backend), backend, held)


def _state_bytes(model: ModelSpec, network: Network, rows: Rows, backend: BackendSpec) -> int:
    """State vectors of a step that are held at once."""
    spec, circuit = model.training, network.circuit
    kept = kept_bytes(spec, circuit, backend.precision)
    size = COMPLEX_BYTES[backend.precision] << circuit.n_qubits
    adjoint = _ADJOINT_STATES * batch_size(spec, rows.train) * size
    if gradient_mode(spec, circuit, backend.precision) == "adjoint":
        return min(kept, adjoint)
    return kept
