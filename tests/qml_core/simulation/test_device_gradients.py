"""Derivatives of QNodes on qml.batched: torch and autograd against default.qubit's."""

import numpy as np
import pennylane as qml
import pytest
import torch
from pennylane import numpy as pnp

X = np.random.default_rng(1).uniform(-2, 2, (3, 4))
MEASUREMENTS = {
    "expval": lambda: qml.expval(qml.Z(0) @ qml.X(1)),
    "Hamiltonian": lambda: qml.expval(
        qml.Hamiltonian([0.5, -1.5], [qml.X(0), qml.Y(1) @ qml.Z(2)])
    ),
    "probs": lambda: qml.probs(wires=[2, 0]),
    "var": lambda: qml.var(qml.Y(1)),
}


def node(device, measure, interface="auto", **options):
    @qml.qnode(qml.device(device, wires=3), interface=interface, **options)
    def circuit(x, theta):
        for wire in range(3):
            qml.RX(x[..., wire], wires=wire)
        qml.IsingZZ(x[..., 3] * x[..., 0], wires=[0, 2])
        for wire in range(3):
            qml.Rot(theta[wire], theta[1] ** 2, 0.5, wires=wire)
            qml.CRX(theta[2], wires=[wire, (wire + 1) % 3])
        qml.IsingXY(theta[0], wires=[1, 2])
        return measure()

    return circuit


@pytest.mark.parametrize("measure", MEASUREMENTS.values(), ids=MEASUREMENTS)
@pytest.mark.parametrize("x", [X, X[0]], ids=["batch", "one"])
def test_torch_gradients_are_those_of_default_qubit(measure, x):
    gradients = []
    for device in ("qml.batched", "default.qubit"):
        inputs = torch.tensor(x, requires_grad=True)
        theta = torch.tensor([0.3, -0.7, 1.1], dtype=torch.float64, requires_grad=True)
        result = node(device, measure)(inputs, theta)
        torch.sum(result * torch.cos(torch.arange(result.numel()).reshape(result.shape))).backward()
        gradients.append((inputs.grad, theta.grad))
    for ours, theirs in zip(*gradients, strict=True):
        assert torch.any(theirs != 0)
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", ["best", "backprop", "parameter-shift"])
@pytest.mark.parametrize("measure", MEASUREMENTS.values(), ids=MEASUREMENTS)
def test_autograd_jacobians_are_those_of_default_qubit(measure, method):
    theta = pnp.array([0.3, -0.7, 1.1], requires_grad=True)
    x = pnp.array(X[0], requires_grad=True)
    ours = qml.jacobian(node("qml.batched", measure, diff_method=method))(x, theta)
    theirs = qml.jacobian(node("default.qubit", measure))(x, theta)
    for found, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_autograd_goes_through_a_batch_and_complex_amplitudes():
    amplitudes = np.array([0.6, 0.48 + 0.64j])

    def cost(device):
        @qml.qnode(qml.device(device, wires=2))
        def circuit(vector, theta):
            qml.StatePrep(vector, wires=[0], normalize=True)
            qml.RY(theta, wires=1)
            qml.CNOT([0, 1])
            return qml.expval(qml.X(0) @ qml.X(1)), qml.expval(qml.Y(0))

        def value(real, imaginary, theta):
            vector = (real + 1j * imaginary) / pnp.sqrt(pnp.sum(real**2 + imaginary**2))
            first, second = circuit(vector, theta)
            return pnp.sum(first**2 + second)

        return value

    arguments = [
        pnp.array(a, requires_grad=True)
        for a in (amplitudes.real, amplitudes.imag, np.array([0.2, 0.9, -1.3]))
    ]
    ours, theirs = (qml.grad(cost(d))(*arguments) for d in ("qml.batched", "default.qubit"))
    for found, expected in zip(ours, theirs, strict=True):
        assert np.any(expected != 0)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_autograd_hessian_is_that_of_default_qubit():
    theta = pnp.array([0.3, -0.7, 1.1], requires_grad=True)

    def hessian(device):
        circuit = node(device, MEASUREMENTS["expval"], max_diff=2)
        return qml.jacobian(qml.grad(lambda t: circuit(X[0], t)))(theta)

    np.testing.assert_allclose(hessian("qml.batched"), hessian("default.qubit"), rtol=0, atol=1e-10)


def test_best_is_one_simulation_where_results_are_exact_and_parameter_shift_where_sampled():
    device = qml.device("qml.batched", wires=1, seed=1)

    @qml.qnode(device)
    def circuit(x):
        qml.RX(x, wires=0)
        return qml.expval(qml.Z(0))

    x = pnp.array(0.4, requires_grad=True)
    with qml.Tracker(device) as exact:
        np.testing.assert_allclose(qml.grad(circuit)(x), -np.sin(0.4), rtol=0, atol=1e-12)
    with qml.Tracker(device) as sampled:
        found = qml.grad(qml.set_shots(circuit, shots=10_000))(x)
    np.testing.assert_allclose(found, -np.sin(0.4), rtol=0, atol=0.05)
    assert exact.totals["simulations"] == 1
    assert sampled.totals["simulations"] == 3


def test_a_torch_layer_of_pennylane_trains_on_it():
    @qml.qnode(qml.device("qml.batched", wires=2))
    def circuit(inputs, weights):
        qml.AngleEmbedding(inputs, wires=range(2))
        qml.BasicEntanglerLayers(weights, wires=range(2))
        return [qml.expval(qml.Z(w)) for w in range(2)]

    layer = qml.qnn.TorchLayer(circuit, {"weights": (2, 2)}, init_method=torch.nn.init.ones_)
    output = layer(torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]))
    assert output.shape == (3, 2)
    output.sum().backward()
    assert torch.any(layer.weights.grad != 0)
