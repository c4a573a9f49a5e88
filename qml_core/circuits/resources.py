"""What a circuit takes: qubits, depth and gates; and its drawing."""

from dataclasses import dataclass, replace

import numpy as np
import pennylane as qml
from numpy.typing import NDArray

from qml_core.circuits.encodings import OpenEncoding
from qml_core.circuits.variational import VariationalCircuit

Drawn = OpenEncoding | VariationalCircuit


@dataclass(frozen=True)
class Resources:
    """Counts of the circuit of one row, before any device compiles it."""

    n_qubits: int
    depth: int
    gates: dict[str, int]
    one_qubit: int
    two_qubit: int
    multi_qubit: int


def resources(circuit: Drawn) -> Resources:
    """Count the gates of one row's circuit; no gate depends on the values of the features."""
    found = qml.tape.make_qscript(circuit)(*_arguments(circuit)).specs["resources"]
    sizes = found.gate_sizes
    return Resources(
        n_qubits=circuit.n_qubits,
        depth=found.depth,
        gates=dict(sorted(found.gate_types.items())),
        one_qubit=sizes.get(1, 0),
        two_qubit=sizes.get(2, 0),
        multi_qubit=sum(count for size, count in sizes.items() if size > 2),
    )


def draw(circuit: Drawn, width: int = 100) -> str:
    """Text drawing without angles, `width` characters a line.

    Of repetitions of an encoding only the first is drawn, and of layers: with their mirror image
    the first two.
    """
    once, notes = _once(circuit)
    drawing: str = qml.draw(
        once.__call__, decimals=None, max_length=width, show_matrices=False, level="top"
    )(*_arguments(once))
    return "\n".join([drawing, *notes])


def _once(circuit: Drawn) -> tuple[Drawn, list[str]]:
    """The circuit without repetitions, and what was left out."""
    if isinstance(circuit, VariationalCircuit):
        encoding, notes = _first_repetition(circuit.encoding)
        layers = min(circuit.layers, 2 if circuit.mirrored else 1)
        if layers < circuit.layers:
            notes.append(f"{layers} of {circuit.layers} layers")
        return replace(circuit, encoding=encoding, layers=layers), notes
    return _first_repetition(circuit)


def _first_repetition(encoding: OpenEncoding) -> tuple[OpenEncoding, list[str]]:
    reps = encoding.spec.reps
    if "reps" not in encoding.encoding.parameters or reps == 1:
        return encoding, []
    spec = encoding.spec.model_copy(update={"reps": 1})
    return replace(encoding, spec=spec), [f"1 of {reps} repetitions"]


def _arguments(circuit: Drawn) -> tuple[NDArray[np.float64], ...]:
    """Any row, and any parameters."""
    row = np.full(circuit.n_features, 0.5)
    if isinstance(circuit, VariationalCircuit):
        return row, np.full(circuit.n_parameters, 0.5)
    return (row,)
