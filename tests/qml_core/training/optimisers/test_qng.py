"""Quantum natural gradient."""

import numpy as np
import pytest
import torch
from small_network import LinearNetwork, SmallNetwork, objective_of

from qml_core.specs.training import TrainingSpec
from qml_core.training.losses import open_loss
from qml_core.training.optimisers.qng import NaturalGradient

X = torch.tensor([[1.0, 2.0, 0.5], [0.5, -1.0, 0.2]], dtype=torch.float64)
Y = torch.tensor([[1.0], [0.0]], dtype=torch.float64)
START = [0.3, -0.2, 0.1]
SLOPE = (X.T @ (X @ torch.tensor(START, dtype=torch.float64) - Y[:, 0])).numpy()
BLOCK = np.array([[0.25, 0.1], [0.1, 0.2]])
REGRESSION = open_loss(TrainingSpec(), "regression", Y)


def test_each_block_is_solved_with_its_damping_and_the_rest_follows_the_gradient() -> None:
    network = LinearNetwork(START, [((2, 0), torch.from_numpy(BLOCK))])
    NaturalGradient(0.05).step(objective_of(network, REGRESSION, X, Y), 0.1)
    delta = np.linalg.inv(BLOCK + 0.05 * np.eye(2)) @ SLOPE[[2, 0]]
    expected = START - 0.1 * np.array([delta[1], SLOPE[1], delta[0]])
    assert network.theta.detach().numpy() == pytest.approx(expected, abs=1e-12)


def test_a_metric_of_one_is_gradient_descent() -> None:
    network = LinearNetwork(START, [((0, 1, 2), torch.eye(3, dtype=torch.float64))])
    NaturalGradient(1e-15).step(objective_of(network, REGRESSION, X, Y), 0.1)
    assert network.theta.detach().numpy() == pytest.approx(START - 0.1 * SLOPE, abs=1e-12)


def test_entries_that_are_frozen_stay_whatever_block_they_share() -> None:
    network = LinearNetwork(START, [((0, 1, 2), torch.ones(3, 3, dtype=torch.float64))])
    network.trained = (False, True, True)
    NaturalGradient(0.1).step(objective_of(network, REGRESSION, X, Y), 0.1)
    kept = np.ones((2, 2)) + 0.1 * np.eye(2)
    assert network.theta.detach().numpy() == pytest.approx(
        [START[0], *(START[1:] - 0.1 * np.linalg.solve(kept, SLOPE[1:]))], abs=1e-12
    )


def test_the_readout_follows_the_plain_gradient() -> None:
    network, y = SmallNetwork(), torch.tensor([0, 1])
    goal = objective_of(network, open_loss(TrainingSpec(), "classification", y), X[:, :2], y)
    assert network.bias is not None
    before = network.bias.detach().clone()
    NaturalGradient(0.1).step(goal, 0.1)
    assert torch.equal(network.bias.detach(), before - 0.1 * network.bias.grad)
