"""Ansätze: layers of trainable gates; one file each, named as the ansatz.

`get(name)` gives one, `qml_core.circuits.variational` joins it to an encoding. Ansätze from
elsewhere register an `Ansatz` as an entry point of the group `qml.ansatze`.
"""

from qml_core.circuits.ansatze._ansatz import Ansatz
from qml_core.circuits.ansatze._registry import all_ansatze, get

__all__ = ["Ansatz", "all_ansatze", "get"]
