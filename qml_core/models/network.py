"""Networks around one variational circuit: the circuit alone, or between an encoder and a head."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from qml_core.circuits.encodings import get
from qml_core.circuits.readout import Readout, open_readout
from qml_core.circuits.variational import VariationalCircuit, open_circuit
from qml_core.errors import SpecError
from qml_core.models.capacity import features_for, outcomes
from qml_core.models.encoder import Encoder, linear, pretrain_encoder
from qml_core.models.functions import exact_function
from qml_core.simulation.precision import Precision
from qml_core.specs import ModelSpec, TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.exact import exact_evaluate
from qml_core.training.functions import QuantumFunction
from qml_core.training.initialisation import initial_parameters
from qml_core.training.losses import Task
from qml_core.training.metric import Blocks, fubini_study_metric

Array = NDArray[np.float64]
Trained = tuple[bool, ...] | None
OpenFunction = Callable[[VariationalCircuit, Readout, Trained], QuantumFunction]

HYBRID_QUBITS = 4
LOGIT_SCALE = 5.0
"""⟨Z⟩ = ±1 begins as a probability of 99 %: a scale that has to grow first costs epochs."""

VALUE_SCALE = 2.0
"""±1 begins as two standard deviations of the target."""


class Affine(nn.Module):
    """Outputs (n, k) times a scale each, plus a bias each; both are trained."""

    def __init__(self, n_outputs: int, scale: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((n_outputs,), scale, dtype=torch.float64))
        self.bias = nn.Parameter(torch.zeros(n_outputs, dtype=torch.float64))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.scale * values + self.bias


class Network(nn.Module):
    """A Trainable (training/trainable.py): encoder, circuit, head; all in float64.

    Args:
        theta: (P,) initial parameters of the circuit, radians.
        open_function: how outputs of the circuit are computed; called for each phase of training.
        encoder: from features to what the circuit encodes; none: the features themselves.
        head: from outcomes to logits or values.
    """

    def __init__(
        self,
        circuit: VariationalCircuit,
        readout: Readout,
        theta: Array,
        open_function: OpenFunction,
        encoder: Encoder | None,
        head: nn.Module,
    ) -> None:
        super().__init__()
        self.circuit, self.readout = circuit, readout
        self.theta = nn.Parameter(torch.from_numpy(np.array(theta, dtype=np.float64)))
        self.encoder, self.head = encoder, head
        self._open_function = open_function
        self._functions: dict[tuple[int, int], QuantumFunction] = {}
        self.set_phase(circuit.layers, 0)

    def forward(self, x: torch.Tensor, part: str = "") -> torch.Tensor:
        """(n, outputs) of rows (n, d)."""
        angles = x if self.encoder is None else self.encoder(x)
        found: torch.Tensor = self.head(self._function(angles, self._active_theta(), part))
        return found

    def set_phase(self, active_layers: int, first_trained: int) -> None:
        """Use the first layers only, and train those from `first_trained` on."""
        self._phase = active_layers, first_trained
        circuit = self.circuit.with_layers(active_layers)
        layers = self.circuit.layer_of
        self.trained = tuple(first_trained <= max(k, 0) < active_layers for k in layers)
        if self._phase not in self._functions:
            own = self.trained[: circuit.n_parameters]
            trained = None if all(own) else own
            self._functions[self._phase] = self._open_function(circuit, self.readout, trained)
        self._function = self._functions[self._phase]

    @property
    def gradient_errors(self) -> torch.Tensor | None:
        """(P,) standard errors of theta's gradient of the last backward pass; none: exact."""
        errors: torch.Tensor | None = getattr(self._function, "gradient_errors", None)
        if errors is None:
            return None
        return nn.functional.pad(errors, (0, len(self.theta) - len(errors)))

    def metric(self, x: torch.Tensor, part: str = "") -> Blocks:
        """Blocks of the Fubini-Study metric averaged over rows, for entries that are trained."""
        evaluate = getattr(self._function, "evaluate", None) or exact_evaluate(self.readout)
        circuit = self.circuit.with_layers(self._phase[0])
        trained = self.trained[: circuit.n_parameters]
        angles = x if self.encoder is None else self.encoder(x).detach()
        theta = self._active_theta().detach()
        return fubini_study_metric(circuit, evaluate, angles, theta, part, trained=trained)

    def _active_theta(self) -> torch.Tensor:
        if self._phase[0] == self.circuit.layers:
            return self.theta
        return self.theta[: self.circuit.with_layers(self._phase[0]).n_parameters]


def build_network(
    model: ModelSpec,
    task: Task,
    n_features: int,
    n_outputs: int,
    rng: np.random.Generator,
    *,
    function: OpenFunction | None = None,
    precision: Precision = "double",
) -> Network:
    """The network of a variational model with initial parameters.

    vqc, vqr: the circuit of all features, then a trainable scale and bias of each outcome.
    hybrid: an encoder of tanh layers, the circuit on 4 qubits (or `encoding.n_qubits`), then a
    linear layer of its outcomes. With loss=linear the output is the outcome itself.

    Args:
        n_features: d.
        n_outputs: classes, or targets.
        rng: of the initial parameters.
        function: how outputs of the circuit are computed; none: exactly. What it makes has an
            attribute `evaluate` where circuits are measured: the metric is measured with it.

    Raises:
        SpecError: more features than the encoding holds, or not as many outcomes as outputs.
    """
    outputs = 1 if task == "classification" and n_outputs == 2 else n_outputs
    hybrid, plain = model.name == "hybrid", model.training.loss == "linear"
    circuit = model_circuit(model, n_features)
    readout = model_readout(model, circuit.n_qubits, outputs)
    encoder = _encoder(model, circuit, n_features, rng) if hybrid else None
    theta = initial_parameters(circuit, model.training, rng)
    head: nn.Module = nn.Identity()
    if not plain:
        scale = LOGIT_SCALE if task == "classification" else VALUE_SCALE
        k = len(readout.names)
        head = linear(k, outputs, rng) if hybrid else Affine(outputs, scale)
    opener = function or partial(exact_function, model.training, precision)
    return Network(circuit, readout, theta, opener, encoder, head)


def model_circuit(model: ModelSpec, n_features: int) -> VariationalCircuit:
    """The circuit of a model for rows of d features; raises SpecError where it has no room."""
    if model.name != "hybrid":
        return open_circuit(model.circuit, n_features, model.mirrored)
    encoding = model.circuit.encoding
    if "bandwidth" not in get(encoding.name).parameters:
        raise SpecError(
            f"a hybrid network is trained through the angles of its encoding, {encoding.name} has "
            "none",
            "choose encoding.name=angle",
        )
    latent = features_for(encoding, encoding.n_qubits or HYBRID_QUBITS)
    return open_circuit(model.circuit, latent, model.mirrored)


def model_readout(model: ModelSpec, n_qubits: int, outputs: int) -> Readout:
    """What is read: of hybrid networks all outcomes, otherwise one for each output.

    Raises:
        SpecError: another number of outcomes.
    """
    measurement = model.circuit.measurement
    if model.name == "hybrid" and model.training.loss != "linear":
        return open_readout(measurement, n_qubits, outcomes(measurement, n_qubits))
    readout = open_readout(measurement, n_qubits, outputs)
    if len(readout.names) > outputs:
        raise SpecError(
            f"measurement.kind={measurement.kind} gives {len(readout.names)} outcomes, model "
            f"{model.name} has {outputs} outputs (one for two classes)",
            "name as many qubits or Pauli sums, or choose measurement.kind=local for their mean",
        )
    return readout


def pretrain(
    network: Network,
    data: TrainingData,
    spec: TrainingSpec,
    task: Task,
    rng: np.random.Generator,
) -> list[float]:
    """Train the encoder of a hybrid network without its circuit; the loss of each epoch.

    Nothing happens where `spec.pretraining` is 0 or there is no encoder.
    """
    if network.encoder is None or not spec.pretraining:
        return []
    outputs = data.y.shape[1] if data.y.ndim > 1 else max(2, int(data.y.max()) + 1)
    one = task == "classification" and outputs == 2
    return pretrain_encoder(network.encoder, 1 if one else outputs, data, spec, task, rng)


def _encoder(
    model: ModelSpec, circuit: VariationalCircuit, n_features: int, rng: np.random.Generator
) -> Encoder:
    found = circuit.encoding.encoding.angle_range or (-math.pi / 2, math.pi / 2)
    return Encoder(n_features, model.hidden, circuit.n_features, found, rng)
