"""Circuits that the engine refuses: what was asked, the limit, which device to use."""

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.errors import CircuitRefused
from qml_core.simulation.circuit import Circuit
from qml_core.simulation.memory import check_memory
from qml_core.simulation.statevector import state_vectors

X = np.zeros((1, 1))


def circuit_of(operation):
    def circuit(x):
        qml.RX(x[..., 0], 0)
        operation()

    return circuit


def projections():
    one = qml.Projector([0], [0])
    return {
        "Projector": lambda: qml.apply(one),
        "Hermitian": lambda: qml.Hermitian(np.eye(2), 0),
        "C(Projector)": lambda: qml.ctrl(qml.Projector([0], [0]), 1),
        "Prod": lambda: qml.prod(qml.Projector([0], [0]), qml.X(1)),
        "Exp": lambda: qml.exp(qml.Z(0), 0.3),
        "Sum": lambda: qml.sum(qml.X(0), qml.Z(0)),
        "SProd": lambda: qml.s_prod(2, qml.X(0)),
        "LinearCombination": lambda: qml.Hamiltonian([1.0, 2.0], [qml.X(0), qml.Z(0)]),
        "QubitUnitary": lambda: qml.QubitUnitary(np.array([[1, 1], [0, 1]]), 0),
    }


@pytest.mark.parametrize("name", projections())
def test_what_is_not_unitary_is_refused(name):
    with pytest.raises(CircuitRefused) as refused:
        Circuit(circuit_of(projections()[name]), 2).states(X)
    assert f"found {name}, which is not unitary" in refused.value.message
    assert "default.qubit" in refused.value.remedy


@pytest.mark.parametrize("mode", ["autograd", "adjoint"])
def test_what_is_not_unitary_is_refused_with_a_gradient(mode):
    def circuit(x):
        qml.exp(qml.X(0) + 0.3 * qml.Z(0), x[..., 0])

    row = torch.tensor([[0.4]], dtype=torch.float64, requires_grad=True)
    with pytest.raises(CircuitRefused, match="found Exp, which is not unitary"):
        Circuit(circuit, 1, gradient=mode).states(row)


@pytest.mark.parametrize(
    ("operation", "device"),
    [
        (lambda: qml.measure(0), "default.qubit"),
        (lambda: qml.measure(0, reset=True), "default.qubit"),
        (lambda: qml.cond(qml.measure(0), qml.X)(1), "default.qubit"),
        (lambda: qml.DepolarizingChannel(0.1, 0), "default.mixed"),
        (lambda: qml.QubitChannel([np.eye(2)], 0), "default.mixed"),
        (lambda: qml.QubitDensityMatrix(np.eye(2) / 2, [0]), "default.mixed"),
    ],
)
def test_measurements_inside_and_channels_name_the_device_to_use(operation, device):
    with pytest.raises(CircuitRefused) as refused:
        Circuit(circuit_of(operation), 2).states(X)
    assert device in refused.value.remedy
    assert "found" in refused.value.message


@pytest.mark.parametrize(
    "operation",
    [lambda: qml.RZ(0.3, 2), lambda: qml.Hadamard(7), lambda: qml.CNOT([0, 5])],
)
@pytest.mark.parametrize("ask", ["states", "factors"])
def test_wires_that_the_circuit_does_not_have_are_refused(operation, ask):
    with pytest.raises(CircuitRefused, match=r"on wire \d, the circuit has the wires 0 … 1"):
        getattr(Circuit(circuit_of(operation), 2), ask)(X)


def test_wires_with_names_are_refused():
    with pytest.raises(CircuitRefused, match="RZ on wire 'a'"):
        Circuit(circuit_of(lambda: qml.RZ(0.3, "a")), 2).states(X)


@pytest.mark.parametrize("ask", ["states", "expectation"])
def test_more_qubits_than_fit_say_what_they_need_and_the_limit(ask):
    engine = Circuit(circuit_of(lambda: None), 21, memory_bytes=2**26)
    arguments = {"states": (X,), "expectation": (qml.Z(0), X)}[ask]
    with pytest.raises(CircuitRefused) as refused:
        getattr(engine, ask)(*arguments)
    assert refused.value.message == (
        "21 qubits on qml.batched need 0.12 GiB for one state vector and its work space, "
        "0.06 GiB may be used"
    )
    assert refused.value.remedy == "use at most 20 qubits, or give more with QML_MEMORY_BYTES"
    assert Circuit(circuit_of(lambda: None), 20, memory_bytes=2**26).states(X).shape == (1, 2**20)


def test_single_precision_has_room_for_one_qubit_more():
    check_memory(21, 8, 2**26)
    with pytest.raises(CircuitRefused, match="use at most 21 qubits"):
        check_memory(22, 8, 2**26)


def test_the_limit_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))
    with pytest.raises(CircuitRefused, match="use at most 14 qubits"):
        state_vectors(circuit_of(lambda: None), X, 15)


def test_hundreds_of_qubits_are_refused_before_anything_is_allocated():
    engine = Circuit(circuit_of(lambda: None), 300)
    with pytest.raises(CircuitRefused, match="300 qubits"):
        engine.expectation(qml.Z(0), X)
