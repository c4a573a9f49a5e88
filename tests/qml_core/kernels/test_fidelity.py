"""The exact fidelity kernel against closed forms, PennyLane, and itself in other panels."""

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import DataError, SpecError
from qml_core.kernels import kernel_matrix
from qml_core.specs import BackendSpec, EncodingSpec, KernelSpec

ANCHOR = np.array(  # PennyLane's docstring of qml.kernels.kernel_matrix
    [
        [1, 0.9957817, 0.88043387, 0.87011008],
        [0.9957817, 1, 0.90680189, 0.88760331],
        [0.88043387, 0.90680189, 1, 0.98850996],
        [0.87011008, 0.88760331, 0.98850996, 1],
    ]
)


def kernel(name="iqp", **parameters):
    return KernelSpec(encoding=EncodingSpec(name=name, **parameters))


def test_pennylanes_published_matrix():
    X = np.random.default_rng(1234).random((4, 2))
    np.testing.assert_allclose(kernel_matrix(X, kernel=kernel("angle")), ANCHOR, atol=5e-9)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 6), d=st.integers(1, 5), b=st.floats(0.05, 2.0), seed=st.integers(0, 999))
def test_angle_kernel_has_its_closed_form(n, d, b, seed):
    X = np.random.default_rng(seed).uniform(-4, 4, (n, d))
    truth = np.cos(b * (X[:, None] - X[None]) / 2) ** 2
    K = kernel_matrix(X, kernel=kernel("angle", bandwidth=b))
    np.testing.assert_allclose(K, truth.prod(axis=2), atol=1e-13)


@pytest.mark.parametrize("name", ["iqp", "zz", "pauli", "hamiltonian"])
def test_entries_are_pennylanes_compute_uncompute_probability(name):
    X = np.random.default_rng(7).uniform(-1, 1, (3, 3))
    spec = kernel(name)
    encoding = open_encoding(spec.encoding, 3)

    @qml.qnode(qml.device("lightning.qubit", wires=encoding.n_qubits))
    def overlap(x, y):
        encoding(x)
        qml.adjoint(encoding.__call__)(y)
        return qml.probs(wires=range(encoding.n_qubits))

    K = kernel_matrix(X, kernel=spec)
    truth = [[overlap(x, y)[0] for y in X] for x in X]
    np.testing.assert_allclose(K, truth, atol=1e-12)


@pytest.mark.parametrize("device", ["default.qubit", "lightning.qubit"])
def test_reference_backends_give_the_same_matrix(device):
    X = np.random.default_rng(8).uniform(-1, 1, (4, 3))
    truth = kernel_matrix(X, kernel=kernel(), backend=BackendSpec(name=device))
    np.testing.assert_allclose(kernel_matrix(X, kernel=kernel()), truth, atol=1e-13)


def test_many_blocks_are_exactly_symmetric_with_unit_diagonal_and_psd():
    X = np.random.default_rng(9).uniform(-1, 1, (1100, 2))
    K = kernel_matrix(X, kernel=kernel(reps=1))
    np.testing.assert_array_equal(K, K.T)
    np.testing.assert_allclose(np.diag(K), 1, atol=1e-13)
    assert np.linalg.eigvalsh(K)[0] >= -1100 * np.finfo(float).eps * 1100
    np.testing.assert_allclose(
        K[:3, 700:], kernel_matrix(X[:3], X[700:], kernel(reps=1)), atol=1e-13
    )


def test_smaller_panels_change_nothing_beyond_rounding():
    X = np.random.default_rng(10).uniform(-1, 1, (60, 5))
    whole = kernel_matrix(X, kernel=kernel())
    small = kernel_matrix(X, kernel=kernel(), panel_bytes=16 * 32 * 12)
    np.testing.assert_allclose(small, whole, rtol=1e-13, atol=1e-15)


def test_the_same_call_gives_the_same_bits():
    X = np.random.default_rng(11).uniform(-1, 1, (70, 6))
    assert kernel_matrix(X).tobytes() == kernel_matrix(X).tobytes()


def test_duplicate_rows_have_kernel_one():
    X = np.tile(np.random.default_rng(12).uniform(-1, 1, (1, 4)), (3, 1))
    np.testing.assert_allclose(kernel_matrix(X), np.ones((3, 3)), atol=1e-13)


def test_progress_counts_every_block():
    seen = []
    X = np.zeros((600, 2))
    kernel_matrix(X, kernel=kernel(reps=1), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("X", "Y", "error", "words"),
    [
        (np.zeros((0, 2)), None, DataError, "at least one"),
        (np.zeros(3), None, DataError, "found"),
        (np.array([[np.nan, 1.0]]), None, DataError, "NaN"),
        (np.zeros((2, 2)), np.zeros((2, 3)), DataError, "X has 2 features, Y has 3"),
    ],
)
def test_bad_matrices_are_refused(X, Y, error, words):
    with pytest.raises(error, match=words):
        kernel_matrix(X, Y)


def test_wrong_number_of_qubits_is_refused_with_both_numbers():
    with pytest.raises(SpecError, match=r"n_qubits=3.*2"):
        kernel_matrix(np.zeros((2, 2)), kernel=kernel(n_qubits=3))
