"""A variational model trained on some rows, as `train` trains it on those of a split."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.evaluation.objectives.scores import Predicted
from qml_core.models.network import build_network, pretrain
from qml_core.models.probabilities import class_probabilities
from qml_core.models.requirements import check_trainable, unmeasured_network
from qml_core.references import Task
from qml_core.specs import BackendSpec, ModelSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import load_best, train
from qml_core.training.validation import validation_split

Array = NDArray[np.float64]


def fit_network(
    model: ModelSpec,
    X: Array,
    y: NDArray[Any],
    *,
    task: Task,
    n_classes: int,
    seed: int,
    backend: BackendSpec,
) -> Callable[[Array], Predicted]:
    """Train on X (n, d), as preprocessed, and y (n,); what predicts rows (m, d).

    Args:
        y: labels 0 … C−1, or values, which are standardised by the rows trained on.
        n_classes: 0 in regression.
        backend: an exact one, for its precision.

    Raises:
        SpecError, DataError: circuit, training and data do not go together.
        TrainingDiverged: the loss is no number any more.
    """
    spec = model.training
    rows, kept = validation_split(y, task, spec.validation, seed)
    looked_at = unmeasured_network(model, task, X.shape[1], n_classes, seed)
    check_trainable(model, looked_at, task, y[rows])
    if looked_at.encoder is None:
        looked_at.circuit.encoding.check(X)
    mean, scale = (0.0, 1.0) if n_classes else (y[rows].mean(), y[rows].std() or 1.0)
    target = y.astype(np.int64) if n_classes else ((y - mean) / scale)[:, None]
    data = TrainingData(X[rows], target[rows])
    if len(kept):
        data = TrainingData(X[rows], target[rows], X[kept], target[kept])
    network = build_network(
        model,
        task,
        X.shape[1],
        max(1, n_classes),
        np.random.default_rng(seed),
        precision=backend.precision,
    )
    pretrain(network, data, spec, task, np.random.default_rng([seed, 2]))
    load_best(network, train(network, data, spec, task=task, seed=seed))

    def predict(new: Array) -> Predicted:
        with torch.no_grad():
            outputs = network(torch.from_numpy(np.ascontiguousarray(new))).numpy()
        if not n_classes:
            return Predicted(outputs[:, 0] * scale + mean)
        found = class_probabilities(outputs, spec.loss)
        second = found[:, 1] if n_classes == 2 else None
        return Predicted(found.argmax(axis=1), found, second)

    return predict
