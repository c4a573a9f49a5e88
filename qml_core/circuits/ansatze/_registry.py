"""Ansätze by name."""

from qml_core.ansatz_names import known_ansatze, own_ansatze
from qml_core.circuits.ansatze._ansatz import Ansatz
from qml_core.circuits.registry import Registry

_ANSATZE = Registry(Ansatz, "ansatz", "ansatze", own_ansatze, known_ansatze)

get = _ANSATZE.get
all_ansatze = _ANSATZE.all
