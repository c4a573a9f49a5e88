"""Simultaneous perturbation."""

import numpy as np
import pytest
import torch

from qml_core.circuits.readout import open_readout
from qml_core.circuits.variational import open_circuit
from qml_core.specs.circuit import CircuitSpec, MeasurementSpec
from qml_core.training.exact import ExactFunction
from qml_core.training.gradients.spsa import rademacher, spsa_gradient


def test_the_mean_of_many_spsa_draws_is_the_gradient_within_its_standard_error():
    circuit = open_circuit(CircuitSpec(layers=1), 2)
    readout = open_readout(MeasurementSpec(), 2, 1)
    function, rng = ExactFunction(circuit, readout), np.random.default_rng(3)
    x = torch.tensor(rng.normal(size=(3, 2)))
    theta = torch.tensor(rng.uniform(0, 2 * np.pi, circuit.n_parameters))
    start = theta.clone().requires_grad_()
    (gradient,) = torch.autograd.grad((function(x, start) ** 2).sum(), start)

    def loss(vector, side):
        return float((function(x, torch.from_numpy(vector)) ** 2).sum())

    draws = np.array([spsa_gradient(loss, theta.numpy(), 1e-3, rng).gradient for _ in range(600)])
    errors = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    scores = (draws.mean(axis=0) - gradient.numpy()) / errors
    assert np.abs(scores).max() < 3.5
    assert errors.max() < 0.3 * np.abs(gradient.numpy()).max()


def test_spsa_of_a_plane_is_exact_along_its_direction_and_asks_for_two_losses():
    asked = []

    def loss(vector, side):
        asked.append(side)
        return float(vector @ np.array([1.0, -2.0, 3.0]))

    found = spsa_gradient(loss, np.zeros(3), 0.1, np.random.default_rng(0))
    direction = np.sign(found.gradient) * np.sign(found.plus)
    assert asked == ["plus", "minus"]
    assert found.gradient @ direction == pytest.approx(3 * (direction @ [1.0, -2.0, 3.0]))
    assert found.loss == pytest.approx(0.0)
    assert set(rademacher(50, np.random.default_rng(1))) == {-1.0, 1.0}
