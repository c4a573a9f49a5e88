"""Simultaneous perturbation."""

import numpy as np
import pytest
import torch
from small_network import LinearNetwork, objective_of

from qml_core.specs.training import TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import train
from qml_core.training.losses import open_loss
from qml_core.training.optimisers.spsa import SPSA

Y = torch.tensor([[0.0]], dtype=torch.float64)


def test_steps_have_spalls_gains() -> None:
    """Of the loss (θ₁ + θ₂ − target)² every draw is known up to its signs."""
    network, x = LinearNetwork([1.0, 2.0]), torch.ones(1, 2, dtype=torch.float64)
    loss, optimiser = open_loss(TrainingSpec(), "regression", Y), SPSA(0.2)
    rng = np.random.Generator(np.random.PCG64(1))
    for k in range(20):
        before = network.theta.detach().numpy().copy()
        optimiser.step(objective_of(network, loss, x, Y, generator=rng), 0.05)
        moved = network.theta.detach().numpy() - before
        gain = 0.05 * (51 / (51 + k)) ** 0.602
        # both signs alike: slope 2 s (θ₁ + θ₂) · 2 / … = 4 · sum / 2 in each; opposite: 0
        expected = gain * 2 * 2 * abs(before.sum()) / 1
        assert np.abs(moved) == pytest.approx([expected] * 2) or not moved.any()
        assert optimiser.state().numbers == {"done": k + 1}


def test_it_costs_two_evaluations_a_step() -> None:
    network = LinearNetwork([1.0, 2.0])
    x, y = np.eye(2), np.ones((2, 1))
    spec = TrainingSpec(optimiser="spsa", epochs=3, batch_size=1)
    train(network, TrainingData(x, y), spec, task="regression", seed=0)
    assert len(network.parts) == 3 * 2 * 2
    assert network.parts[-2:] == ["epoch 3 step 2 plus", "epoch 3 step 2 minus"]


def test_it_finds_the_minimum_of_a_bowl() -> None:
    network = LinearNetwork([1.0, -2.0, 0.5])
    x, y = np.eye(3), np.array([[0.3], [0.1], [-0.4]])
    spec = TrainingSpec(optimiser="spsa", epochs=400, learning_rate=0.5)
    train(network, TrainingData(x, y), spec, task="regression", seed=0)
    assert network.theta.detach().numpy() == pytest.approx(y[:, 0], abs=1e-3)
