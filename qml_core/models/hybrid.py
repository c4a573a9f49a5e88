"""Hybrid networks: a small classical encoder, a quantum circuit and a linear head, end to end."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from qml_core.models.variational_classifier import VariationalClassifier
from qml_core.models.variational_regressor import VariationalRegressor
from qml_core.specs import BackendSpec, CircuitSpec, TrainingSpec


class HybridClassifier(VariationalClassifier):
    """Classifier for more features than qubits (dressed circuits, Mari et al. 2020).

    An encoder of tanh layers maps the standardised features to the angles of a circuit of 4 qubits
    (or `circuit.encoding.n_qubits`), a linear layer its outcomes to logits; all are trained
    together, after `training.pretraining` epochs of the encoder alone.

    Args:
        circuit, training, seed, backend: as for VQC.
        hidden: units of the hidden layers of the encoder.
    """

    _name: ClassVar[Literal["vqc", "vqr", "hybrid"]] = "hybrid"

    def __init__(
        self,
        circuit: CircuitSpec | None = None,
        training: TrainingSpec | None = None,
        hidden: Sequence[int] = (16,),
        seed: int = 0,
        backend: BackendSpec | None = None,
    ) -> None:
        self.circuit = circuit
        self.training = training
        self.hidden = hidden
        self.seed = seed
        self.backend = backend


class HybridRegressor(VariationalRegressor):
    """Regression for more features than qubits; see HybridClassifier. Targets are standardised."""

    _name: ClassVar[Literal["vqc", "vqr", "hybrid"]] = "hybrid"

    def __init__(
        self,
        circuit: CircuitSpec | None = None,
        training: TrainingSpec | None = None,
        hidden: Sequence[int] = (16,),
        seed: int = 0,
        backend: BackendSpec | None = None,
    ) -> None:
        self.circuit = circuit
        self.training = training
        self.hidden = hidden
        self.seed = seed
        self.backend = backend
