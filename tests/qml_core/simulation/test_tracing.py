"""A circuit is traced once, with symbols, and equals the function called row by row."""

import numpy as np
import pennylane as qml
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.simulation.circuit import Circuit

N_QUBITS = 2
BATCHES = [
    np.array([[0.0, 0.3], [0.7, 0.3]]),
    np.array([[1.2, 1.2], [-0.3, 0.9], [2.5, -0.4]]),
    np.array([[0.5, 0.5]]),
]


def mixed(x):
    qml.RX(2 * x[..., 0] / 3 - x[..., -1] * 0.5 + 1, 0)
    qml.IsingZZ((np.pi - x[..., 0]) * (np.pi - x[..., -1]), [0, 1])
    qml.RY(-x[..., 0], 1)


def sums(x):
    qml.RX(sum(x), 0)
    qml.RY(np.dot(x, np.arange(1.0, 1 + len(x))), 1)


def mean(x):
    qml.RX(x[..., 0] - x.sum() / len(x), 0)


def joined(x):
    both = np.concatenate([x, 2 * x], axis=-1)
    qml.AngleEmbedding(both[..., :2], wires=range(2))


def length(x):
    for k in range(len(x)):
        qml.RX(x[k] * (k + 1) / len(x), k)


TRACED = [mixed, sums, mean, joined, length]


@pytest.mark.parametrize("function", TRACED)
def test_polynomial_angles_are_traced(function, reference):
    for X in BATCHES:
        found = Circuit(function, N_QUBITS).states(X)
        expected = reference(function, N_QUBITS, X, batched=(True,))
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12, check_dtype=False)
    circuit = Circuit(function, N_QUBITS)
    circuit.states(BATCHES[0])
    assert list(circuit._compiled.values()) != [None]


def test_the_function_is_called_once_where_it_is_traced():
    calls = []

    def counted(x):
        calls.append(x)
        qml.RX(x[..., 0], 0)

    circuit = Circuit(counted, 1)
    for scale in (1, 2, 3):
        found = circuit.states(scale * np.array([[0.4], [0.9]]))
        assert found[1, 0] == pytest.approx(np.cos(0.45 * scale))
    assert len(calls) == 1


@pytest.mark.parametrize("use", ["alone", "as a factor", "as a term"])
def test_a_tensor_from_outside_keeps_its_gradient_and_its_new_value(use):
    weight = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    angle = {
        "alone": lambda x: weight,
        "as a factor": lambda x: x[..., 0] * weight,
        "as a term": lambda x: x[..., 0] + weight,
    }[use]

    def function(x):
        qml.RY(angle(torch.as_tensor(x)) if isinstance(x, torch.Tensor) else angle(x), 0)

    circuit, X = Circuit(function, 1), torch.tensor([[1.0], [1.0]], dtype=torch.float64)
    for value in (0.3, 0.8):
        with torch.no_grad():
            weight.fill_(value)
        total = {"alone": value, "as a factor": value, "as a term": 1 + value}[use]
        found = circuit.expectation(qml.Z(0), X)
        assert found.tolist() == pytest.approx([np.cos(total)] * 2, abs=1e-14)
        (gradient,) = torch.autograd.grad(found.sum(), weight)
        assert gradient.item() == pytest.approx(-2 * np.sin(total), abs=1e-14)


def test_a_qnode_stands_for_its_function():
    @qml.qnode(qml.device("default.qubit", wires=1))
    def node(x):
        qml.RX(x[..., 0], 0)
        return qml.expval(qml.Z(0))

    found = Circuit(node, 1).expectation(qml.Z(0), np.array([[0.4], [0.9]]))
    assert found.tolist() == pytest.approx([np.cos(0.4), np.cos(0.9)])


def test_a_tape_with_a_batch_of_its_own():
    tape = qml.tape.QuantumScript([qml.RX(np.array([0.4, 0.9]), 0)])
    found = Circuit(tape, 1, batched=()).states()
    assert found[:, 0].real.tolist() == pytest.approx([np.cos(0.2), np.cos(0.45)])


@settings(max_examples=30)
@given(
    offsets=st.lists(st.floats(-4, 4), min_size=1, max_size=4),
    values=st.lists(st.floats(-7, 7), min_size=4, max_size=4),
)
def test_products_of_sums_are_expanded_without_loss(offsets, values, reference):
    def function(x):
        angle = 1.0
        for k, offset in enumerate(offsets):
            angle = angle * (offset - x[..., k])
        qml.RX(angle, 0)

    X = np.array([values])
    found = Circuit(function, 1).states(X)
    expected = reference(function, 1, X, batched=(True,))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12, check_dtype=False)


def test_an_angle_of_two_arguments_is_traced_however_it_is_indexed(reference):
    def circuit(x, w):
        qml.RX(x[..., 0] * w[0], 0)
        qml.RY(w[1] - x[..., 1], 1)
        qml.IsingZZ(x[..., 0] + w[0] * x[..., 1] / 2, [0, 1])

    X, w = BATCHES[1], np.array([0.7, -1.1])
    engine = Circuit(circuit, 2, (True, False))
    expected = reference(circuit, 2, X, w, batched=(True, False))
    torch.testing.assert_close(engine.states(X, w), expected, rtol=0, atol=1e-14)
    assert list(engine._compiled.values()) != [None]
