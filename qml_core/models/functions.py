"""How a network computes the outputs of its circuit where the backend is exact."""

from qml_core.circuits.readout import Readout
from qml_core.circuits.variational import VariationalCircuit
from qml_core.settings import Settings
from qml_core.simulation.circuit import Gradient
from qml_core.simulation.precision import COMPLEX, Precision
from qml_core.specs.training import FULL_BATCH, TrainingSpec
from qml_core.training.data import DEFAULT_BATCH
from qml_core.training.exact import ExactFunction, exact_evaluate
from qml_core.training.functions import QuantumFunction
from qml_core.training.measured import MeasuredFunction

_PANEL_BYTES = 2**28
"""States of the rows that the engine works on together, bytes."""


def exact_function(
    spec: TrainingSpec,
    precision: Precision,
    circuit: VariationalCircuit,
    readout: Readout,
    trained: tuple[bool, ...] | None,
) -> QuantumFunction:
    """Outputs on the engine, with the gradient the training asks for."""
    if spec.gradient == "shift":
        return MeasuredFunction(circuit, readout, exact_evaluate(readout), trained=trained)
    return ExactFunction(
        circuit,
        readout,
        gradient=gradient_mode(spec, circuit, precision),
        precision=precision,
        trained=trained,
    )


def gradient_mode(
    spec: TrainingSpec,
    circuit: VariationalCircuit,
    precision: Precision = "double",
    memory_bytes: int | None = None,
) -> Gradient:
    """Autograd, or adjoint where it is asked for or the states autograd keeps would not fit.

    Args:
        memory_bytes: none: `QML_MEMORY_BYTES`, half the machine's.
    """
    if spec.gradient in ("autograd", "adjoint"):
        return "adjoint" if spec.gradient == "adjoint" else "autograd"
    limit = Settings.from_environment().memory_bytes if memory_bytes is None else memory_bytes
    return "adjoint" if kept_bytes(spec, circuit, precision) > limit else "autograd"


def kept_bytes(spec: TrainingSpec, circuit: VariationalCircuit, precision: Precision) -> int:
    """Bytes of the states that autograd keeps of a step, not less than it does.

    A layer is counted as the fused blocks of three qubits each, its entangling gates and the
    encoding before it; the backward pass holds the gradient of one state beside them.
    """
    state = COMPLEX[precision].itemsize << circuit.n_qubits
    rows = max(1, _PANEL_BYTES // state)
    if spec.optimiser not in FULL_BATCH:
        rows = min(rows, spec.batch_size or DEFAULT_BATCH)
    per_layer = 2 * -(-circuit.n_qubits // 3) + 2
    return rows * state * (per_layer * (circuit.layers + 1) + 2)
