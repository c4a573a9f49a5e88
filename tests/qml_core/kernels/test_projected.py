"""The projected kernel against reduced density matrices, and whatever its circuit falls into."""

import numpy as np
import pennylane as qml
import pytest

from qml_core.circuits.encodings import open_encoding
from qml_core.kernels import kernel_matrix
from qml_core.kernels.projected import bloch_vectors
from qml_core.simulation.statevector import state_vectors
from qml_core.specs import BackendSpec, EncodingSpec, KernelSpec


def reduced_states(encoding, X, n_qubits):
    opened = open_encoding(encoding, X.shape[1])

    @qml.qnode(qml.device("default.qubit", wires=n_qubits))
    def circuit(x):
        opened(x)
        return [qml.density_matrix(wire) for wire in range(n_qubits)]

    return np.array([circuit(x) for x in X])


@pytest.mark.parametrize(
    "encoding",
    [EncodingSpec(name="iqp"), EncodingSpec(name="angle"), EncodingSpec(name="amplitude")],
    ids=lambda encoding: encoding.name,
)
def test_entries_are_those_of_the_definition(encoding):
    X = np.random.default_rng(0).normal(size=(6, 4))
    rho = reduced_states(encoding, X, open_encoding(encoding, 4).n_qubits)
    distances = np.sum(np.abs(rho[:, None] - rho[None]) ** 2, axis=(2, 3, 4))
    K = kernel_matrix(X, kernel=KernelSpec(encoding=encoding, kind="projected", gamma=0.7))
    assert np.abs(K - np.exp(-0.7 * distances)).max() < 1e-13


def test_of_hundreds_of_qubits_without_entanglers_it_has_a_closed_form():
    X = np.random.default_rng(1).normal(size=(5, 300))  # RY(x): r = (sin x, 0, cos x)
    angle = KernelSpec(encoding=EncodingSpec(name="angle"), kind="projected", gamma=0.01)
    squared = np.sum(2 - 2 * np.cos(X[:, None] - X[None]), axis=2)
    K = kernel_matrix(X, kernel=angle)
    assert np.abs(K - np.exp(-0.01 * squared / 2)).max() < 1e-13


def test_every_panel_size_gives_the_same_entries():
    X = np.random.default_rng(2).normal(size=(20, 5))
    kernel = KernelSpec(kind="projected")
    whole = kernel_matrix(X, kernel=kernel)
    assert np.abs(kernel_matrix(X, kernel=kernel, panel_bytes=1) - whole).max() < 1e-13


def test_bloch_vectors_of_single_precision_states_are_near_those_of_double_ones():
    X = np.random.default_rng(3).normal(size=(4, 5))
    opened = open_encoding(EncodingSpec(), 5)
    double, single = (
        bloch_vectors(state_vectors(opened, X, 5, precision)) for precision in ("double", "single")
    )
    assert 0 < (double - single).abs().max() < 1e-5
    K = kernel_matrix(
        X, kernel=KernelSpec(kind="projected"), backend=BackendSpec(precision="single")
    )
    assert np.abs(K - kernel_matrix(X, kernel=KernelSpec(kind="projected"))).max() < 1e-5
