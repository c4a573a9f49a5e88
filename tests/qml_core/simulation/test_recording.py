"""Functions that need values: those of each row, whichever way they are written."""

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.simulation.circuit import Circuit

N_QUBITS = 2
BATCHES = [
    np.array([[0.0, 0.3], [0.7, 0.3]]),
    np.array([[1.2, 1.2], [-0.3, 0.9], [2.5, -0.4]]),
    np.array([[0.5, 0.5]]),
    np.array([[-0.9], [2.5], [0.3], [0.0]]),  # one feature: x[0] of the batch is a scalar, too
]


def sine(x):
    qml.RX(np.sin(x[..., 0]), 0)
    qml.RY(x[..., -1], 1)


def sine_of_a_row(x):
    qml.RX(np.sin(x[0]), 0)
    qml.RY(x[-1], 1)


def torch_sine(x):
    qml.RX(torch.sin(torch.as_tensor(x)[..., 0]), 0)


def columns(x):
    x = np.atleast_2d(x)
    qml.RX(x[:, 0], 0)
    qml.RY(x[:, -1], 1)


def looped_columns(x):
    for column in x.T:
        qml.RX(np.sin(column), 0)


def converted(x):
    qml.RX(float(x[0]), 0)


def whole(x):
    qml.RX(0.3 * int(x[0]), 0)


def rounded(x):
    qml.RX(np.round(x[..., 0]), 0)


def positive(x):
    qml.RX(abs(x[..., 0]), 0)


def power(x):
    qml.RX(x[..., 0] ** 2, 0)


def remainder(x):
    qml.RX(x[..., 0] % 1.0, 0)


def high_degree(x):
    qml.RX(np.prod([np.pi - x[..., 0]] * 7, axis=0), 0)


def branch(x):
    if x[0] > 0:
        qml.X(0)
    qml.RY(x[-1], 1)


def unequal(x):
    if x[0] != 0:
        qml.RX(0.3, 0)


def equal(x):
    if (x == 0.3).any():
        qml.X(0)


def contained(x):
    if 0.0 in x:
        qml.X(0)


def truth(x):
    if x[0]:
        qml.X(0)


def any_positive(x):
    if np.any(x > 1):
        qml.X(0)
    qml.RX(x[..., 0], 0)


def all_close(x):
    if np.allclose(x, 0.5):
        qml.X(0)
    qml.RX(x[..., 0], 0)


def where(x):
    y = np.where(x > 0, x, 2 * x)
    qml.RX(y[..., 0], 0)


def normalised(x):
    y = x / np.linalg.norm(x) if np.any(x) else x
    qml.RX(y[..., 0], 0)
    qml.RY(y[..., -1], 1)


def centred(x):
    y = x - x.mean()
    qml.RX(y[..., 0], 0)
    qml.RY(np.sin(y[..., -1]), 1)


def size(x):
    qml.RX(x.size * 0.1 + np.sin(x[..., 0]), 0)


def different_values(x):
    qml.RX(0.3 * len(set(x)), 0)


def keys(x):
    qml.RX(0.3 * len(dict.fromkeys(x)), 0)


def largest(x):
    qml.RX(max(x), 0)


def order(x):
    qml.RX(0.3 * int(np.argmax(x)), 0)


def counted(x):
    for _ in range(np.count_nonzero(x)):
        qml.RX(0.3, 0)


def amplitudes(x):
    qml.AmplitudeEmbedding(x + 1, wires=range(2), normalize=True, pad_with=0.0)


def bits(x):
    qml.BasisEmbedding((np.resize(x, 2) > 0.4).astype(int), wires=range(2))


def conditional(x):
    qml.cond(x[0] > 0.5, qml.RX)(0.3, 0)


def matrix(x):
    c, s = np.cos(x[0]), np.sin(x[0])
    qml.QubitUnitary(np.array([[c, -s], [s, c]]), 0)


def diagonal(x):
    turned = np.exp(1j * np.concatenate([x, -x], axis=-1))
    qml.DiagonalQubitUnitary(turned[..., :2], 0)


def exponent(x):
    qml.pow(qml.X(0), x[0])


def evolution(x):
    qml.evolve(qml.X(0) @ qml.Z(1), x[..., 0])


def trotter(x):
    qml.TrotterProduct(qml.sum(qml.X(0), qml.Z(1)), x[..., 0])


def text(x):
    qml.RX(float(str(x[0])), 0)


ASKS_FOR_VALUES = [v for v in list(vars().values()) if getattr(v, "__module__", "") == __name__]


@pytest.mark.parametrize("function", ASKS_FOR_VALUES)
def test_functions_that_need_values_are_called_with_those_of_each_row(function, reference):
    for X in BATCHES:
        found = Circuit(function, N_QUBITS).states(X)
        states = reference(function, N_QUBITS, X, batched=(True,))
        torch.testing.assert_close(found, states, rtol=0, atol=1e-12, check_dtype=False)
        found = Circuit(function, N_QUBITS, panel_bytes=1).expectation(qml.Z(0), X)
        expected = states.abs().square() @ torch.tensor([1.0, 1.0, -1.0, -1.0]).double()
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("trap", ["batch", "row"])
def test_a_function_of_a_batch_alone_or_of_a_row_alone_is_understood(trap, reference):
    def of_a_batch(x):
        for k in range(2):
            qml.RX(np.sin(x[:, k]), k)

    def of_a_row(x):
        for k in range(2):
            qml.RX(np.sin(x[k]), k)

    X = np.array([[0.4, 0.7], [1.3, -0.6]])  # as many rows as features: x[0] fits both ways
    found = Circuit({"batch": of_a_batch, "row": of_a_row}[trap], 2).states(X)
    expected = reference(of_a_row, 2, X, batched=(True,))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-14)


def test_a_function_of_values_with_a_gradient_takes_tensors(reference):
    def circuit(x, weights):
        qml.RX(torch.sin(x[..., 0] * weights[0]), 0)
        qml.RY(weights[1] ** 2, 1)
        qml.CNOT([0, 1])

    X = torch.tensor([[0.3], [1.1], [-0.4]], dtype=torch.float64, requires_grad=True)
    weights = torch.tensor([0.7, 1.9], dtype=torch.float64, requires_grad=True)
    found = Circuit(circuit, 2, (True, False)).expectation(qml.Z(1), X, weights)
    states = reference(circuit, 2, X, weights, batched=(True, False))
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64)
    ours = torch.autograd.grad(found.square().sum(), (X, weights))
    theirs = torch.autograd.grad((states.abs().square() @ signs).square().sum(), (X, weights))
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)
