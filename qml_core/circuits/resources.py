"""What a circuit takes: qubits, depth and gates; and its drawing."""

from dataclasses import dataclass

import numpy as np
import pennylane as qml
from numpy.typing import NDArray

from qml_core.circuits.encodings import OpenEncoding


@dataclass(frozen=True)
class Resources:
    """Counts of the circuit of one row, before any device compiles it."""

    n_qubits: int
    depth: int
    gates: dict[str, int]
    one_qubit: int
    two_qubit: int
    multi_qubit: int


def resources(encoding: OpenEncoding) -> Resources:
    """Count the gates of one row's circuit; no gate depends on the values of the features."""
    found = qml.tape.make_qscript(encoding)(_any_row(encoding)).specs["resources"]
    sizes = found.gate_sizes
    return Resources(
        n_qubits=encoding.n_qubits,
        depth=found.depth,
        gates=dict(sorted(found.gate_types.items())),
        one_qubit=sizes.get(1, 0),
        two_qubit=sizes.get(2, 0),
        multi_qubit=sum(count for size, count in sizes.items() if size > 2),
    )


def draw(encoding: OpenEncoding, width: int = 100) -> str:
    """Text drawing without angles, `width` characters a line; of repetitions, only the first."""
    spec, reps = encoding.spec, encoding.spec.reps
    repeated = "reps" in encoding.encoding.parameters and reps > 1
    if repeated:
        spec = spec.model_copy(update={"reps": 1})
    once = OpenEncoding(encoding.encoding, spec, encoding.n_features)
    drawing: str = qml.draw(
        once.__call__, decimals=None, max_length=width, show_matrices=False, level="top"
    )(_any_row(encoding))
    return f"{drawing}\n1 of {reps} repetitions" if repeated else drawing


def _any_row(encoding: OpenEncoding) -> NDArray[np.float64]:
    return np.full(encoding.n_features, 0.5)
