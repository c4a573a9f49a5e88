"""L-BFGS."""

import numpy as np
import pytest
from small_network import LinearNetwork

from qml_core.specs.training import TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import train

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(30, 6)), RNG.normal(size=(30, 1))


def test_it_finds_the_least_squares_solution() -> None:
    network = LinearNetwork([0.0] * 6)
    spec = TrainingSpec(optimiser="lbfgs", epochs=60)
    state = train(network, TrainingData(X, Y), spec, task="regression", seed=0)
    expected = np.linalg.lstsq(X, Y[:, 0], rcond=None)[0]
    assert network.theta.detach().numpy() == pytest.approx(expected, abs=1e-6)
    losses = [record.loss for record in state.history]
    assert losses == sorted(losses, reverse=True)
