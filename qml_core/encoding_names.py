"""What is known of the encodings by name alone: nothing heavy is imported."""

import math
from pathlib import Path
from typing import Any

_ENCODINGS_FOLDER = Path(__file__).parent / "circuits" / "encodings"
_ENTRY_POINTS = "qml.encodings"

ROTATING = {"angle", "iqp", "zz", "pauli", "hamiltonian"}
"""Own encodings with angles, which a bandwidth can multiply."""

USED_BY = {
    "bandwidth": ROTATING,
    "reps": {"iqp", "zz", "pauli", "hamiltonian"},
    "entanglement": {"iqp", "zz", "pauli"},
    "rotation": {"angle"},
    "paulis": {"pauli"},
    "threshold": {"basis"},
    "time": {"hamiltonian"},
    "state_seed": {"hamiltonian"},
}
"""Fields of EncodingSpec that only some of our encodings use."""


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


def qubits_needed(encoding: str, n_features: int) -> int | None:
    """Qubits for n features; none where only the encoding itself knows (entry points)."""
    if encoding not in own_encodings():
        return None
    if encoding == "amplitude":
        return max(1, math.ceil(math.log2(n_features)))
    return n_features + 1 if encoding == "hamiltonian" else n_features
