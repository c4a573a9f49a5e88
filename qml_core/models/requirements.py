"""What a variational model asks of its data: refused before anything is computed or paid."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.circuits.readout import Readout
from qml_core.circuits.variational import VariationalCircuit
from qml_core.encoding_names import qubits_needed
from qml_core.errors import DataError, SpecError
from qml_core.models.network import Network, build_network
from qml_core.specs import ModelSpec
from qml_core.training.data import batch_size
from qml_core.training.losses import Task, open_loss
from qml_core.training.metric import metric_blocks
from qml_core.training.optimisers.rotosolve import check_rotosolve


def unmeasured_network(
    model: ModelSpec, task: Task, n_features: int, n_classes: int, seed: int
) -> Network:
    """The network of a training before its first step, which computes no outputs.

    Args:
        n_classes: of the target; 0 in regression.

    Raises:
        SpecError: the circuit has no room for the features or the outputs.
    """
    _check_features(model, n_features)
    rng = np.random.default_rng(seed)
    outputs = n_classes if task == "classification" else 1
    return build_network(model, task, n_features, outputs, rng, function=_nothing)


def check_trainable(
    model: ModelSpec,
    network: Network,
    task: Task,
    labels: NDArray[np.float64],
) -> None:
    """Refuse what the training would refuse at its first step.

    Args:
        labels: y of the rows that are trained on, (n,).

    Raises:
        SpecError: a batch of more rows than there are, a loss that is not for the task, or an
            optimiser that is not for the circuit.
        DataError: rows of one class only.
    """
    if task == "classification" and len(np.unique(labels)) < 2:
        raise DataError(
            f"training rows of 1 class found among {len(labels):,}, at least 2 are needed",
            "give rows of other classes too",
        )
    training = model.training
    batch_size(training, len(labels))
    kind = np.int64 if task == "classification" else np.float64
    loss = open_loss(training, task, torch.from_numpy(np.asarray(labels, dtype=kind)))
    if training.optimiser == "rotosolve":
        check_rotosolve(network, loss.name)
    if training.optimiser == "qng":
        metric_blocks(network.circuit)


def _check_features(model: ModelSpec, n_features: int) -> None:
    """More features than there is room for: both ways out are named."""
    encoding = model.encoding
    needed = qubits_needed(encoding.name, n_features)
    if model.name == "hybrid" or needed is None or encoding.n_qubits is None:
        return
    if needed > encoding.n_qubits:
        raise SpecError(
            f"{n_features} features after preprocessing take {needed} qubits with encoding "
            f"{encoding.name}, found model.circuit.encoding.n_qubits={encoding.n_qubits}",
            f"reduce the features with --qubits {encoding.n_qubits} "
            "(dataset.preprocessing.n_components), or use model.name=hybrid, whose encoder takes "
            "any number",
        )


def _nothing(
    circuit: VariationalCircuit, readout: Readout, trained: tuple[bool, ...] | None
) -> Callable[..., torch.Tensor]:
    def refuse(*inputs: object) -> torch.Tensor:
        raise AssertionError("this network is only looked at")

    return refuse
