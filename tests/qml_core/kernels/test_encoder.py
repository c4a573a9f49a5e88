"""States of panels fit together, whatever the rows of each panel happen to be."""

from itertools import pairwise

import numpy as np
import pennylane as qml
import pytest

from qml_core.circuits.encodings._encoding import Encoding
from qml_core.circuits.encodings._open import OpenEncoding
from qml_core.errors import CircuitRefused
from qml_core.kernels.encoder import Encoder
from qml_core.kernels.fidelity import FidelityKernel
from qml_core.kernels.panels import Panels, evaluate_block
from qml_core.specs import BackendSpec, EncodingSpec


def kernel_of(circuit, n_features, n_qubits):
    encoding = Encoding(
        name="own",
        circuit=circuit,
        qubits=lambda n: n_qubits,
        parameters=(),
        angle_range=None,
        depth="1",
        paper="none",
        description="for a test",
    )
    opened = OpenEncoding(encoding, EncodingSpec(), n_features)
    return FidelityKernel(Encoder(opened, BackendSpec()))


def phases(x, wires):
    qml.StatePrep(np.exp(1j * np.asarray(x)) / np.sqrt(x.shape[-1]), wires=wires)


def test_panels_of_real_and_of_complex_states_make_entries_together():
    X = np.random.default_rng(0).normal(size=(8, 4))
    X[:4] = 0.0  # all phases 1: the first panel is real
    kernel = kernel_of(phases, 4, 2)
    states = np.exp(1j * X) / 2
    whole = slice(0, 8)
    K = evaluate_block(Panels(kernel, 12 * kernel.row_bytes), X, X, whole, whole)
    assert np.abs(K - np.abs(states.conj() @ states.T) ** 2).max() < 1e-14


def joined_where_positive(x, wires):
    for i, wire in enumerate(wires):
        qml.RY(x[i], wires=wire)
    if x[0] > 0:
        for a, b in pairwise(wires):
            qml.CZ(wires=(a, b))


def test_states_of_other_parts_are_not_multiplied():
    kernel = kernel_of(joined_where_positive, 16, 16)
    kernel.represent(np.ones((2, 16)))
    with pytest.raises(CircuitRefused, match="joins other qubits"):
        kernel.represent(-np.ones((2, 16)))
