"""The loss of a step as a function of the trained entries."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from small_network import LinearNetwork, SmallNetwork, objective_of

from qml_core.errors import TrainingDiverged
from qml_core.specs.training import TrainingSpec
from qml_core.training.losses import open_loss
from qml_core.training.objective import Objective, Position, TrainedEntries

RNG = np.random.default_rng(2)
X = torch.from_numpy(RNG.uniform(-1, 1, (6, 2)))
Y = torch.tensor([0, 1, 1, 0, 1, 0])


def objective(network: Any, **options: Any) -> Objective:
    return objective_of(network, open_loss(TrainingSpec(), "classification", Y), X, Y, **options)


def test_a_vector_that_is_assigned_is_read_back_bit_by_bit() -> None:
    entries = TrainedEntries(SmallNetwork(outputs=1))
    vector = RNG.normal(size=len(entries.vector()))
    entries.assign(vector)
    assert np.array_equal(entries.vector(), vector)


def test_frozen_entries_are_not_in_the_vector_and_have_no_gradient() -> None:
    network = SmallNetwork(layers=2)
    network.set_phase(2, 1)
    before = network.theta.detach().clone()
    goal = objective(network)
    goal.gradient()
    frozen = ~np.array(network.trained)
    assert frozen.sum() == 6
    assert not goal.theta_gradient[frozen].any()
    assert goal.theta_gradient[~frozen].any()
    goal.entries.assign(goal.entries.vector() + 1)
    assert np.array_equal(network.theta.detach().numpy() - before.numpy() == 0, frozen)


def test_the_gradient_of_the_vector_is_that_of_central_differences() -> None:
    goal = objective(SmallNetwork())
    goal.gradient()
    entries = goal.entries
    found = np.concatenate([*(p.grad.flatten() for p in entries.others), entries.theta.grad])
    at, step = entries.vector(), 1e-5
    for k in range(len(at)):
        e = step * np.eye(len(at))[k]
        slope = (goal.value(at + e).loss - goal.value(at - e).loss) / (2 * step)
        assert found[k] == pytest.approx(slope, abs=1e-9)


def test_looking_elsewhere_leaves_the_parameters_where_they_are() -> None:
    goal = objective(SmallNetwork())
    present = goal.entries.vector()
    goal.value(present + 1)
    assert np.array_equal(goal.entries.vector(), present)


def test_the_mean_of_simultaneous_perturbations_is_the_gradient() -> None:
    goal = objective(LinearNetwork([0.3, -0.2]))
    goal.gradient()
    exact = goal.theta_gradient.copy()
    draws = np.array([goal.simultaneous_gradient(1e-4)[1] for _ in range(2000)])
    error = draws.std(axis=0) / math.sqrt(len(draws))
    assert np.all(np.abs(draws.mean(axis=0) - exact) < 4 * error + 1e-7)


def test_evaluations_are_named_by_epoch_and_step() -> None:
    network = SmallNetwork()
    goal = objective(network, position=Position(3, 2), simultaneous=0.1)
    goal.gradient()
    goal.value()
    goal.metric()
    assert network.parts == [
        "epoch 3 step 2 plus",
        "epoch 3 step 2 minus",
        "epoch 3 step 2",
        "epoch 3 step 2 metric",
    ]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_no_number_names_epoch_and_step(bad: float) -> None:
    network = LinearNetwork([bad, 0.0])
    with pytest.raises(TrainingDiverged, match=r"loss is (nan|inf) in epoch 7, step 4.*checkpoint"):
        objective(network, position=Position(7, 4)).gradient()


def test_an_infinite_gradient_of_a_finite_loss_names_epoch_and_step() -> None:
    network = LinearNetwork([0.0, 0.0])
    network.forward = lambda x, part="": (x @ network.theta)[:, None].abs().sqrt()  # type: ignore[method-assign]
    with pytest.raises(TrainingDiverged, match=r"gradient is nan in epoch 7, step 4"):
        objective(network, position=Position(7, 4)).gradient()
