"""The circuit that is diagnosed, with its random parameters and features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.circuits.ansatze import get
from qml_core.circuits.encodings import Encoding, OpenEncoding, open_encoding
from qml_core.circuits.variational import VariationalCircuit
from qml_core.encoding_names import features_for
from qml_core.specs import DiagnosisSpec, EncodingSpec, TrainingSpec
from qml_core.training.diagnostics.cost import Cost, open_cost
from qml_core.training.initialisation import initial_parameters

Array = NDArray[np.float64]

_UPLOADED = EncodingSpec(name="angle")
"""What a re-uploading ansatz uploads where no encoding was named."""

_NOTHING = Encoding(
    name="none",
    circuit=lambda x, wires: None,
    qubits=lambda n_features: n_features,
    parameters=(),
    angle_range=None,
    depth="0",
    paper="",
    description="No gates: the ansatz starts in |0…0⟩.",
)


@dataclass(frozen=True)
class Subject:
    """An ansatz of so many qubits and layers, and the cost that is read of it."""

    circuit: VariationalCircuit
    cost: Cost
    training: TrainingSpec

    def parameters(self, samples: int, rng: np.random.Generator) -> Array:
        """Random parameters (S, P), as the asked initialisation draws them, radians."""
        draws = [initial_parameters(self.circuit, self.training, rng) for _ in range(samples)]
        return np.stack(draws)

    def features(self, samples: int, rng: np.random.Generator) -> Array:
        """Random rows (S, d), uniform in the range the encoding expects, else in [−π, π]."""
        low, high = self.circuit.encoding.encoding.angle_range or (-np.pi, np.pi)
        return rng.uniform(low, high, (samples, self.circuit.n_features))


def open_subject(
    diagnosis: DiagnosisSpec, n_qubits: int, layers: int, encoding: EncodingSpec | None = None
) -> Subject:
    """The subject on so many qubits.

    Args:
        encoding: in place of the diagnosis's own.

    Raises:
        SpecError: ansatz, encoding, initialisation or measurement do not fit the qubits.
    """
    ansatz, asked = get(diagnosis.ansatz), encoding or diagnosis.encoding
    if asked is None and ansatz.reuploads:
        asked = _UPLOADED
    if asked is None:
        opened = OpenEncoding(_NOTHING, _UPLOADED, n_qubits)
    else:
        opened = open_encoding(asked, features_for(asked.name, n_qubits))
    mirrored = diagnosis.initialisation == "identity"
    return Subject(
        VariationalCircuit(opened, ansatz, layers, mirrored),
        open_cost(diagnosis.measurement, n_qubits),
        TrainingSpec(initialisation=diagnosis.initialisation),
    )
