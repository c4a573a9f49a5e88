"""Data re-uploading: the features enter before every layer, with trainable factors."""

from qml_core.circuits.ansatze._ansatz import Ansatz
from qml_core.circuits.ansatze.hardware_efficient import hardware_efficient

ANSATZ = Ansatz(
    name="reuploading",
    layer=hardware_efficient,
    per_layer=lambda n_qubits: 3 * n_qubits,
    reuploads=True,
    paper="Pérez-Salinas et al., Quantum 4, 226 (2020), arXiv:1907.02085",
    description="The encoding, its features times trainable factors, before every hardware-"
    "efficient layer: a Fourier series whose frequencies grow with the layers.",
)
