"""What the variational estimators share: standardised rows, a network, and its training."""

import warnings
from typing import Any, ClassVar, Literal, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from qml_core.circuits.encodings import get
from qml_core.errors import SpecError
from qml_core.models.network import Network, build_network, pretrain
from qml_core.models.scaling import Scaling
from qml_core.specs import BackendSpec, CircuitSpec, ModelSpec, TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import load_best, train
from qml_core.training.losses import Task
from qml_core.training.plateau import plateau_warning
from qml_core.training.trainable import load_parameters
from qml_core.training.validation import validation_split

Array = NDArray[np.float64]


class VariationalEstimator(BaseEstimator):  # type: ignore[misc]
    """Fits a network on standardised rows; its parameters are kept as arrays.

    Attributes:
        history_: an EpochRecord per epoch; `loss_curve_` their losses, `n_iter_` their number.
        parameters_: of the network at its best epoch, by name.
        copies_: times each feature is encoded.
    """

    circuit: CircuitSpec | None
    training: TrainingSpec | None
    seed: int
    backend: BackendSpec | None
    _name: ClassVar[Literal["vqc", "vqr", "hybrid"]]
    _task: ClassVar[Task]

    def _fit_network(self, X: Array, y: NDArray[Any], n_outputs: int) -> Self:
        """y: labels 0 … C−1 (n,), or standardised values (n, t)."""
        training = self.training or TrainingSpec()
        self._model = self._model_spec(training)
        self._n_outputs = n_outputs
        self.copies_ = self._copies(X.shape[1])
        self._scaling = Scaling.fit(X, _angle_range(self._model))
        rng = np.random.default_rng(self.seed)
        self._network = self._build(rng)
        data = self._data(self._rows(X), y, training)
        pretrain(self._network, data, training, self._task, rng)
        state = train(self._network, data, training, task=self._task, seed=self.seed)
        load_best(self._network, state)
        named = self._network.named_parameters()
        self.parameters_ = {n: p.detach().numpy(force=True).copy() for n, p in named}
        self._layers = state.history[-1].active_layers
        self.history_ = list(state.history)
        self.loss_curve_ = [record.loss for record in state.history]
        self.n_iter_ = len(state.history)
        if warning := plateau_warning(state.history):
            warnings.warn(warning, ConvergenceWarning, stacklevel=3)
        return self

    def _data(self, X: Array, y: NDArray[Any], training: TrainingSpec) -> TrainingData:
        rows, kept = validation_split(y, self._task, training.validation, self.seed)
        if not len(kept):
            return TrainingData(X[rows], y[rows])
        return TrainingData(X[rows], y[rows], X[kept], y[kept])

    def _model_spec(self, training: TrainingSpec) -> ModelSpec:
        if self.backend is not None and self.backend.measured:
            raise SpecError(
                f"{type(self).__name__} computes exactly, found backend {self.backend.name} with "
                f"shots={self.backend.shots}",
                "train on shots with `qml train`, which asks for the budget first",
            )
        circuit = self.circuit or CircuitSpec()
        hidden = {"hidden": tuple(self.hidden)} if hasattr(self, "hidden") else {}
        return ModelSpec(name=self._name, circuit=circuit, training=training, **hidden)

    def _copies(self, n_features: int) -> int:
        """As asked for, or as few as give a qubit for each output."""
        asked: int | None = getattr(self, "copies", 1)
        if asked is not None:
            return asked
        circuit = self._model.circuit
        if circuit.measurement.kind != "z" or circuit.measurement.qubits:
            return 1
        outputs = 1 if self._task == "classification" and self._n_outputs == 2 else self._n_outputs
        qubits = get(circuit.encoding.name).qubits
        return next((k for k in range(1, outputs + 1) if qubits(k * n_features) >= outputs), 1)

    def _build(self, rng: np.random.Generator) -> Network:
        backend = self.backend or BackendSpec()
        width = self.n_features_in_ * self.copies_
        return build_network(
            self._model, self._task, width, self._n_outputs, rng, precision=backend.precision
        )

    def _rows(self, X: Array) -> Array:
        """What the network sees of rows (n, d): (n, d · copies)."""
        rows = np.tile(self._scaling(X), (1, self.copies_))
        if self._name != "hybrid":
            self._network.circuit.encoding.check(rows)
        return rows

    def _outputs(self, X: ArrayLike) -> Array:
        """(m, outputs) of the network."""
        check_is_fitted(self)
        features: Array = validate_data(self, X, reset=False, dtype=np.float64)
        if not hasattr(self, "_network"):
            self._network = self._rebuilt()
        with torch.no_grad():
            found: Array = self._network(torch.from_numpy(self._rows(features))).numpy()
        return found

    def _rebuilt(self) -> Network:
        network = self._build(np.random.default_rng(self.seed))
        load_parameters(network, {n: torch.from_numpy(p) for n, p in self.parameters_.items()})
        network.set_phase(self._layers, 0)
        return network

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "parameters_")

    def __getstate__(self) -> dict[str, Any]:
        """Without the network, whose compiled circuit is no data."""
        state: dict[str, Any] = {**super().__getstate__()}
        state.pop("_network", None)
        return state


def _angle_range(model: ModelSpec) -> tuple[float, float] | None:
    """What two standard deviations are mapped to, radians; none: rows are only standardised."""
    return None if model.name == "hybrid" else get(model.encoding.name).angle_range
