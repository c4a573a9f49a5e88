"""What is known of the encodings by name alone: nothing heavy is imported."""

import math
from pathlib import Path
from typing import Any

_ENCODINGS_FOLDER = Path(__file__).parent / "circuits" / "encodings"
_ENTRY_POINTS = "qml.encodings"

FIELDS_OF: dict[str, frozenset[str]] = {
    "amplitude": frozenset(),
    "angle": frozenset({"bandwidth", "weights", "rotation"}),
    "basis": frozenset({"threshold"}),
    "hamiltonian": frozenset({"bandwidth", "weights", "reps", "time", "state_seed"}),
    "iqp": frozenset({"bandwidth", "weights", "reps", "entanglement"}),
    "pauli": frozenset({"bandwidth", "weights", "reps", "entanglement", "paulis"}),
    "zz": frozenset({"bandwidth", "weights", "reps", "entanglement"}),
}
"""Fields of EncodingSpec that an encoding uses, so that the door can refuse others at once. An
encoding that is not listed here is asked itself, when it is opened."""


def own_encodings() -> tuple[str, ...]:
    """Names of this project's encodings: their file names, nothing imported."""
    return tuple(sorted(p.stem for p in _ENCODINGS_FOLDER.glob("[!_]*.py")))


def known_encodings() -> tuple[str, ...]:
    """This project's encodings and those registered as entry points `qml.encodings`."""
    from importlib.metadata import entry_points

    return (*own_encodings(), *sorted(entry_points(group=_ENTRY_POINTS).names))


def encoding_enum(schema: dict[str, Any]) -> None:
    """Write the known names into a JSON schema, so that a form can offer them."""
    schema["enum"] = list(known_encodings())


def features_for(encoding: str, n_qubits: int) -> int:
    """The most features that n qubits hold: what `qubits_needed` undoes."""
    if encoding == "amplitude":
        return int(2**n_qubits)
    return max(1, n_qubits - 1) if encoding == "hamiltonian" else n_qubits


def qubits_needed(encoding: str, n_features: int) -> int | None:
    """Qubits for n features; none where only the encoding itself knows."""
    if encoding not in FIELDS_OF:
        return None
    if encoding == "amplitude":
        return max(1, math.ceil(math.log2(n_features)))
    return n_features + 1 if encoding == "hamiltonian" else n_features
