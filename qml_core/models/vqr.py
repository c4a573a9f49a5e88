"""Variational quantum regression."""

from typing import ClassVar, Literal

from qml_core.models.variational_regressor import VariationalRegressor
from qml_core.specs import BackendSpec, CircuitSpec, TrainingSpec


class VQR(VariationalRegressor):
    """Variational quantum regression (Mitarai et al. 2018) of one or more targets.

    A target is an expectation value with a trainable scale and bias, in standard deviations of the
    target. Features and targets are standardised inside.

    Args:
        circuit, training, copies, seed, backend: as for VQC.
    """

    _name: ClassVar[Literal["vqc", "vqr", "hybrid"]] = "vqr"

    def __init__(
        self,
        circuit: CircuitSpec | None = None,
        training: TrainingSpec | None = None,
        copies: int | None = None,
        seed: int = 0,
        backend: BackendSpec | None = None,
    ) -> None:
        self.circuit = circuit
        self.training = training
        self.copies = copies
        self.seed = seed
        self.backend = backend
