"""What the training of a variational model would refuse later is refused here."""

import numpy as np
from numpy.typing import NDArray

from qml_core.budget.gate import check_circuit
from qml_core.evaluation.datasets import Table
from qml_core.evaluation.splits import split_roles
from qml_core.models.requirements import check_trainable, unmeasured_network
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, ModelSpec, RunSpec, SplitSpec
from qml_core.training.validation import validation_split

Rows = NDArray[np.int64]

_FEWER = "use --qubits {most} or less; the encoder takes any number of features"


def check_training(
    split: SplitSpec,
    table: Table,
    model: ModelSpec,
    backend: BackendSpec,
    run: RunSpec,
    features: int,
    settings: Settings,
) -> None:
    """Look at circuit, optimiser and the rows of the first split; nothing is computed.

    Raises:
        SpecError, DataError: as planning the training would.
        CircuitRefused: more qubits than the memory holds.
    """
    network = unmeasured_network(model, table.task, features, len(table.classes), run.seed)
    labels, rows, _ = training_rows(split, table, model, run)
    check_trainable(model, network, table.task, labels[rows])
    words = (_FEWER,) if model.name == "hybrid" else ()
    check_circuit(network.circuit.n_qubits, backend, settings.memory_bytes, *words)


def training_rows(
    split: SplitSpec, table: Table, model: ModelSpec, run: RunSpec
) -> tuple[NDArray[np.float64], Rows, Rows]:
    """Targets of the training rows of the first split, and which train and which validate."""
    roles = split_roles(table.y, table.task, split.test_size, split.seed, names=table.classes)
    y = table.y[roles == 0]
    return y, *validation_split(y, table.task, model.training.validation, run.seed)
