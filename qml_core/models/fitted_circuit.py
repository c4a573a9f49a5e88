"""A trained variational model with its preprocessing: what prediction on new data needs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from qml_core.errors import DataError, SpecError
from qml_core.evaluation.preprocessing import FittedPreprocessing
from qml_core.evaluation.training_range import TrainingRange
from qml_core.models.network import Network, OpenFunction, build_network
from qml_core.models.probabilities import class_probabilities
from qml_core.references import Outside, Task
from qml_core.specs import BackendSpec, ModelSpec
from qml_core.training.trainable import load_parameters

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FittedCircuit:
    """The best parameters of one split's training, and how outputs become labels or values."""

    name: str
    task: Task
    model: ModelSpec
    backend: BackendSpec
    """It was trained on; exact values of its circuit are computed on `backend.simulated`."""
    classes: tuple[str, ...]
    """Names by label; empty in regression."""
    target: str
    n_features: int
    """After preprocessing, d."""
    target_mean: Array
    """(t,), units of the targets; empty in classification."""
    target_scale: Array
    parameters: Mapping[str, torch.Tensor]
    """Of the network, by name, float64."""
    preprocessing: FittedPreprocessing
    ranges: TrainingRange | None = None
    layers: int | None = None
    """Of the circuit that are used, where a layerwise training ended before the last; none: all."""

    def __post_init__(self) -> None:
        if self.preprocessing.n_features != self.n_features:
            raise SpecError(
                f"a circuit of {self.n_features} features beside a preprocessing that gives "
                f"{self.preprocessing.n_features}"
            )

    def network(self, function: OpenFunction | None = None) -> Network:
        """The trained network; `function` says how its circuit is computed, none: exactly.

        Raises:
            SpecError: the parameters are not those of the model.
        """
        network = build_network(
            _forward_only(self.model),
            self.task,
            self.n_features,
            len(self.classes) or len(self.target_mean),
            np.random.default_rng(0),  # every parameter is replaced
            function=function,
            precision=self.backend.precision,
        )
        load_parameters(network, self.parameters)
        network.set_phase(self.layers or network.circuit.layers, 0)
        return network

    def range_notes(self, features: pd.DataFrame, outside: Outside) -> tuple[str, ...]:
        """What to say of rows outside the training range; empty where all are inside.

        Raises:
            DataError: the columns are not those of the training; with outside=refuse also rows
                outside of its range.
        """
        if self.ranges is None:
            return ()
        message = self.ranges.outside(features, self.preprocessing).message
        if message and outside == "refuse":
            raise DataError(message, "predict rows inside of it, or ask for --outside warn")
        return (message,) if message else ()

    def predict(
        self, features: pd.DataFrame, *, function: OpenFunction | None = None, part: str = "test"
    ) -> NDArray[np.str_] | Array:
        """(m,) class names, or values in the units of the target; (m, t) of more targets.

        Args:
            function: how the circuit is computed; none: exactly, whatever it was trained on.
            part: name of the evaluation where circuits are measured.

        Raises:
            DataError: the columns are not those the model was trained on, or there are no rows.
        """
        outputs = self.outputs(features, function=function, part=part)
        if self.task == "regression":
            values = outputs * self.target_scale + self.target_mean
            return np.asarray(values[:, 0] if values.shape[1] == 1 else values)
        two = outputs.shape[1] == 1
        labels = outputs[:, 0] > 0 if two else np.argmax(outputs, axis=1)
        return np.asarray(np.asarray(self.classes)[labels.astype(np.int64)])

    def probabilities(
        self, features: pd.DataFrame, *, function: OpenFunction | None = None, part: str = "test"
    ) -> Array:
        """(m, C) probabilities of the classes; raises as `predict`, DataError in regression."""
        if self.task == "regression":
            raise DataError(f"probabilities asked of {self.name}, which predicts values")
        outputs = self.outputs(features, function=function, part=part)
        return class_probabilities(outputs, self.model.training.loss)

    def outputs(
        self, features: pd.DataFrame, *, function: OpenFunction | None = None, part: str = "test"
    ) -> Array:
        """(m, outputs) of the network: logits, ⟨O⟩ of loss=linear, or standardised values."""
        rows, network = self.preprocessing.transform(features), self.network(function)
        if not len(rows):
            raise DataError("predictions of 0 rows asked", "give rows")
        if network.encoder is None:
            network.circuit.encoding.check(rows)
        with torch.no_grad():
            found: Array = network(torch.from_numpy(rows), part).numpy()
        return found


def _forward_only(model: ModelSpec) -> ModelSpec:
    """The same outputs without a way to gradients, which a parameter shift pays for."""
    training = model.training.model_copy(update={"gradient": "auto"})
    return model.model_copy(update={"training": training})
