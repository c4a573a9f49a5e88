"""Adam and gradient descent."""

import numpy as np
import pytest
import torch
from small_network import LinearNetwork, objective_of

from qml_core.specs.training import TrainingSpec
from qml_core.training.losses import open_loss
from qml_core.training.objective import TrainedEntries
from qml_core.training.optimisers import OPTIMISERS, open_optimiser

X = torch.tensor([[1.0, 2.0], [0.5, -1.0]], dtype=torch.float64)
Y = torch.tensor([[1.0], [0.0]], dtype=torch.float64)
START = [0.3, -0.2]
SLOPE = (X.T @ (X @ torch.tensor(START, dtype=torch.float64) - Y[:, 0])).numpy()


def stepped(optimiser: str, steps: int = 1) -> np.ndarray:
    spec = TrainingSpec(optimiser=optimiser)
    network = LinearNetwork(START)
    used = open_optimiser(spec, TrainedEntries(network))
    for _ in range(steps):
        used.step(objective_of(network, open_loss(spec, "regression", Y), X, Y), 0.1)
    return network.theta.detach().numpy()


def test_gradient_descent_follows_the_gradient() -> None:
    assert stepped("sgd") == pytest.approx(START - 0.1 * SLOPE, abs=1e-12)


def test_the_first_step_of_adam_has_the_learning_rates_length_in_each_entry() -> None:
    assert stepped("adam") == pytest.approx(START - 0.1 * np.sign(SLOPE), abs=1e-7)


def test_adam_follows_the_papers_recursion() -> None:
    theta, m, v = np.array(START), np.zeros(2), np.zeros(2)
    for t in range(1, 6):
        g = X.numpy().T @ (X.numpy() @ theta - Y[:, 0].numpy())
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta = theta - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert stepped("adam", 5) == pytest.approx(theta, abs=1e-12)


def test_every_optimiser_of_the_spec_is_there() -> None:
    names = TrainingSpec.model_json_schema()["properties"]["optimiser"]["enum"]
    assert set(names) == set(OPTIMISERS)
