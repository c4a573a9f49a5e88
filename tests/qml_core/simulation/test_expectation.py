"""Expectation values against default.qubit, in panels and in one piece."""

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.errors import CircuitRefused, DataError
from qml_core.simulation.circuit import Circuit
from qml_core.simulation.observables import diagonal_expectations

N_QUBITS = 4
OBSERVABLES = {
    "Z": qml.Z(1),
    "X": qml.X(3),
    "Y": qml.Y(0),
    "identity": qml.Identity(2),
    "Z word": qml.Z(0) @ qml.Z(3) @ qml.Z(1),
    "XY word": qml.X(0) @ qml.Y(2) @ qml.Z(3),
    "YY word": qml.Y(1) @ qml.Y(3),
    "Hamiltonian": qml.Hamiltonian(
        [0.3, -0.7, 0.2, 1.1],
        [qml.X(0) @ qml.Z(3), qml.Y(2), qml.Z(1) @ qml.Z(3), qml.Identity(0)],
    ),
    "sum": qml.sum(qml.X(0), 2 * qml.prod(qml.Z(1), qml.X(2)), -0.5 * qml.Z(2)),
    "cancelling": qml.X(0) - qml.X(0) + qml.Z(1),
}


def circuit(x, weights):
    for wire in range(N_QUBITS):
        qml.RY(x[..., wire % 3], wire)
        qml.RZ(weights[wire], wire)
    for wire in range(N_QUBITS - 1):
        qml.CNOT([wire, wire + 1])
        qml.IsingXX(x[..., 1] * weights[0], [wire + 1, wire])


def real_circuit(x, weights):
    for wire in range(N_QUBITS):
        qml.RY(x[..., wire % 3] * weights[wire], wire)
    for wire in range(N_QUBITS - 1):
        qml.CNOT([wire, wire + 1])


def arguments_of(n):
    rng = np.random.default_rng(5)
    return [torch.tensor(rng.normal(size=s), requires_grad=True) for s in ((n, 3), (4,))]


@pytest.mark.parametrize("function", [circuit, real_circuit])
@pytest.mark.parametrize("name", OBSERVABLES)
def test_values_and_gradients_agree_with_default_qubit_in_panels_and_whole(function, name):
    arguments = arguments_of(5)

    @qml.qnode(qml.device("default.qubit", wires=N_QUBITS), interface="torch")
    def node(x, weights):
        function(x, weights)
        return qml.expval(OBSERVABLES[name])

    truth = torch.stack([node(x, arguments[1]) for x in arguments[0]])
    scale = torch.arange(5.0, dtype=torch.float64)
    options = {"allow_unused": True, "materialize_grads": True}
    gradients = torch.autograd.grad(truth @ scale, arguments, **options)
    for panel_bytes in (1, 2 * 4 * 16 * 2**N_QUBITS, 2**30):  # 1, 2, all rows
        for mode in ("autograd", "adjoint"):
            engine = Circuit(
                function, N_QUBITS, (True, False), gradient=mode, panel_bytes=panel_bytes
            )
            found = engine.expectation(OBSERVABLES[name], *arguments)
            torch.testing.assert_close(found, truth, rtol=0, atol=1e-12)
            ours = torch.autograd.grad(found @ scale, arguments, **options)
            torch.testing.assert_close(ours, gradients, rtol=0, atol=1e-12)
            with torch.no_grad():
                again = engine.expectation(OBSERVABLES[name], *arguments)
            torch.testing.assert_close(again, truth.detach(), rtol=0, atol=1e-12)


def test_single_precision_is_close():
    arguments = [a.detach() for a in arguments_of(6)]
    double, single = (
        Circuit(circuit, N_QUBITS, (True, False), precision=p).expectation(
            OBSERVABLES["Hamiltonian"], *arguments
        )
        for p in ("double", "single")
    )
    assert single.dtype == torch.float32
    assert 0 < (single - double).abs().max() < 1e-5


def test_two_observables_of_one_circuit_are_not_mixed_up():
    engine = Circuit(lambda x: qml.RX(x[..., 0], 0), 1)
    X = np.array([[0.4]])
    for _ in range(2):
        assert engine.expectation(qml.Z(0), X).item() == pytest.approx(np.cos(0.4))
        assert engine.expectation(qml.Y(0), X).item() == pytest.approx(-np.sin(0.4))


def test_an_observable_that_is_no_pauli_sum_is_refused():
    engine = Circuit(lambda x: qml.RX(x[..., 0], 0), 1)
    with pytest.raises(CircuitRefused, match="Hermitian is no sum of Pauli words"):
        engine.expectation(qml.Hermitian(np.eye(2), 0), np.array([[0.4]]))


def test_an_observable_on_other_wires_is_refused():
    engine = Circuit(lambda x: qml.RX(x[..., 0], 0), 1)
    with pytest.raises(CircuitRefused, match="PauliZ on wire 3, the circuit has the wires 0 … 0"):
        engine.expectation(qml.Z(3), np.array([[0.4]]))


@pytest.mark.parametrize("shapes", [[(0, 1), (2,)], [(3, 1), ()], [(), (2,)]])
def test_batches_that_do_not_fit_are_bad_data(shapes):
    engine = Circuit(lambda x, w: qml.RX(x[..., 0], 0), 1, batched=(True, shapes[1] == ()))
    with pytest.raises(DataError, match="asked for equal numbers of rows"):
        engine.states(*(np.zeros(s) for s in shapes))


def test_the_number_of_arguments_is_checked():
    with pytest.raises(DataError, match="circuit of 1 arguments called with 2"):
        Circuit(lambda x: qml.RX(x[..., 0], 0), 1).states(np.zeros((1, 1)), 0.3)


def test_several_diagonal_observables_are_read_from_the_same_states():
    engine = Circuit(lambda x: (qml.RX(x[..., 0], 0), qml.CNOT([0, 1])), 2, panel_bytes=1)
    signs = torch.tensor([[1.0, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]], dtype=torch.float64)
    X = torch.tensor([[0.3], [0.4], [0.5]], dtype=torch.float64, requires_grad=True)
    found = engine.read(lambda states: diagonal_expectations(states, signs), X)
    cosines, sines = torch.cos(X), -torch.sin(X)
    expected = torch.cat([cosines, cosines, torch.ones_like(X)], dim=1)
    assert torch.allclose(found, expected, atol=1e-14)
    weights = torch.tensor([1.0, 3.0, 7.0], dtype=torch.float64)
    (gradient,) = torch.autograd.grad((found * weights).sum(), X)
    assert torch.allclose(gradient, 4 * sines, atol=1e-14)
