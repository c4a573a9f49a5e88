"""Statistics of gradients over an epoch."""

import json
import math

import numpy as np
import pytest
import torch
from small_network import SmallNetwork

from qml_core.training.optimisers import Step
from qml_core.training.statistics import (
    EpochSums,
    GradientStatistics,
    gradient_statistics,
    live_entries,
)

RNG = np.random.default_rng(5)
LAYERS = (-1, 0, 0, 0, 1, 1)


def summed(gradients: np.ndarray, errors: np.ndarray | None = None) -> EpochSums:
    sums = EpochSums(np.zeros(gradients.shape[1]))
    for k, g in enumerate(gradients):
        noise = None if errors is None else errors[k]
        step = Step(0.5, torch.ones(2, 1, dtype=torch.float64), g, noise)
        sums.add(step, "classification", torch.tensor([0, 1]))
    return sums


def statistics(sums: EpochSums, trained: tuple[bool, ...] = (True,) * 6) -> GradientStatistics:
    return gradient_statistics(sums, trained, LAYERS, 2)


def test_norm_and_variance_are_numpys_over_entries_and_steps() -> None:
    g = RNG.normal(size=(7, 6))
    found = statistics(summed(g))
    assert found.norm == pytest.approx(math.sqrt(np.mean(np.sum(g**2, axis=1))))
    assert found.variance == pytest.approx(np.var(g))
    assert found.layer_variances == pytest.approx((np.var(g[:, 1:4]), np.var(g[:, 4:])))
    norms = [math.sqrt(np.mean(np.sum(g[:, s] ** 2, axis=1))) for s in (slice(1, 4), slice(4, 6))]
    assert found.layer_norms == pytest.approx(norms)


def test_a_last_rz_before_z_and_gates_outside_the_light_cone_say_nothing() -> None:
    network = SmallNetwork(layers=1, bare=True)
    exact = np.zeros(6)
    for seed in range(5):
        other = SmallNetwork(layers=1, bare=True, seed=seed)
        other(torch.full((1, 2), 0.4, dtype=torch.float64)).sum().backward()
        exact = np.maximum(exact, np.abs(other.theta.grad.numpy()))
    live = live_entries(network, 1)
    assert not all(live)
    assert live == tuple(exact > 1e-12)


def test_frozen_and_inactive_entries_are_not_live() -> None:
    network = SmallNetwork(layers=3)
    network.set_phase(2, 1)
    live = live_entries(network, 2)
    assert not any(live[:6] + live[12:])
    assert any(live[6:12])


def test_entries_that_are_not_trained_say_nothing() -> None:
    g = RNG.normal(size=(7, 6))
    trained = (False, True, True, False, False, False)
    found = statistics(summed(g), trained)
    assert found.variance == pytest.approx(np.var(g[:, 1:3]))
    assert found.layer_norms[1] == found.layer_variances[1] == 0


def test_the_signal_to_noise_ratio_is_that_of_the_true_gradient() -> None:
    truth, errors = np.full(6, 0.3), np.full((4000, 6), 0.1)
    noisy = truth + errors * RNG.normal(size=errors.shape)
    assert statistics(summed(noisy, errors)).signal_to_noise == pytest.approx(3.0, rel=0.02)


def test_the_signal_to_noise_ratio_of_noise_alone_is_about_zero() -> None:
    errors = np.full((4000, 6), 0.1)
    assert statistics(summed(errors * RNG.normal(size=errors.shape), errors)).signal_to_noise < 0.2


def test_exact_gradients_have_no_signal_to_noise_ratio() -> None:
    assert math.isnan(statistics(summed(RNG.normal(size=(3, 6)))).signal_to_noise)


def test_without_gradients_there_are_no_statistics() -> None:
    sums = EpochSums(np.zeros(6))
    sums.add(Step(0.5, torch.ones(2, 1)), "classification", torch.tensor([0, 1]))
    found = statistics(sums)
    numbers = (found.norm, found.variance, found.signal_to_noise, *found.layer_norms)
    assert all(math.isnan(v) for v in (*numbers, *found.layer_variances))


def test_steps_count_by_their_rows() -> None:
    sums = EpochSums(np.zeros(1))
    sums.add(Step(1.0, torch.ones(3, 1)), "classification", torch.tensor([1, 1, 0]))
    sums.add(Step(5.0, -torch.ones(1, 1)), "classification", torch.tensor([0]))
    assert sums.loss / sums.rows == 2.0
    assert sums.agreed == [3.0]


def test_sums_survive_json_bit_by_bit() -> None:
    sums = summed(RNG.normal(size=(3, 6)), np.abs(RNG.normal(size=(3, 6))))
    again = EpochSums.of_json(json.loads(json.dumps(sums.as_json())))
    assert again.as_json() == sums.as_json()
    assert np.array_equal(again.squares, sums.squares)
