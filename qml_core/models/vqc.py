"""The variational quantum classifier."""

from typing import ClassVar, Literal

from qml_core.models.variational_classifier import VariationalClassifier
from qml_core.specs import BackendSpec, CircuitSpec, TrainingSpec


class VQC(VariationalClassifier):
    """Variational quantum classifier (Farhi & Neven 2018; Schuld et al. 2020).

    Logits are expectation values, each with a trainable scale and bias: one of two classes, one for
    each of more. Features are standardised inside; two standard deviations fill the range of the
    encoding's angles.

    Args:
        circuit: encoding, ansatz, layers and measurement; none: CircuitSpec().
        training: optimiser, epochs, validation and all else; none: TrainingSpec().
        copies: times each feature is encoded, on qubits of its own; none: once, or as often as
            there have to be qubits for the outputs.
        seed: of the initial parameters, the validation rows and the order of the rows.
        backend: an exact one, for its precision.
    """

    _name: ClassVar[Literal["vqc", "vqr", "hybrid"]] = "vqc"

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
