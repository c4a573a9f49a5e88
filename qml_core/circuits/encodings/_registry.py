"""Encodings by name."""

from qml_core.circuits.encodings._encoding import Encoding
from qml_core.circuits.registry import Registry
from qml_core.encoding_names import known_encodings, own_encodings

_ENCODINGS = Registry(Encoding, "encoding", "encodings", own_encodings, known_encodings)

get = _ENCODINGS.get
all_encodings = _ENCODINGS.all
