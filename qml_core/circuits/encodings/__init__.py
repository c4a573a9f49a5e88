"""Encodings: from one row of features to a quantum state; one file each, named as the encoding.

`open_encoding(spec, n_features)` gives the circuit to call, `get(name)` what is known of it.
Encodings from elsewhere register an `Encoding` as an entry point of the group `qml.encodings`.
"""

from qml_core.circuits.encodings._encoding import Encoding
from qml_core.circuits.encodings._open import OpenEncoding, open_encoding
from qml_core.circuits.encodings._registry import all_encodings, get

__all__ = ["Encoding", "OpenEncoding", "all_encodings", "get", "open_encoding"]
