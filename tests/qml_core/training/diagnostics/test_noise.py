"""Noise-induced plateaus: the rate is that of the channel."""

import math

import numpy as np
import pytest

from qml_core.specs import DiagnosisSpec, MeasurementSpec
from qml_core.training.diagnostics.cost import open_cost
from qml_core.training.diagnostics.noise import GateErrors, noisy_gradients
from qml_core.training.diagnostics.noise_decay import NoisyGradients, fit_noise
from qml_core.training.diagnostics.points import diagnose_noise
from qml_core.training.diagnostics.sampling import gradients

P = 0.06
ERRORS = GateErrors(P, 0.0)


def point_of(circuit, samples=12, errors=ERRORS, kind="z"):
    rng = np.random.default_rng(1)
    theta = rng.uniform(0, 2 * math.pi, (samples, circuit.n_parameters))
    cost, x = open_cost(MeasurementSpec(kind=kind), circuit.n_qubits), np.zeros((samples, 1))
    noisy = noisy_gradients(circuit, cost, errors, theta, x)
    return NoisyGradients(circuit.layers, noisy, gradients(circuit, cost, theta, x))


def test_without_noise_density_matrices_give_the_gradients_of_states(rotations):
    found = point_of(rotations(2, 2), errors=GateErrors(0.0, 0.0), kind="local")
    np.testing.assert_allclose(found.noisy, found.exact, atol=1e-12)


def test_each_depolarised_gate_shrinks_the_bloch_vector(rotations):
    found = point_of(rotations(1, 3))
    np.testing.assert_allclose(found.noisy, (1 - 4 * P / 3) ** 3 * found.exact, atol=1e-12)


def test_the_rate_per_layer_is_that_of_the_channel(rotations):
    points = [point_of(rotations(1, layers)) for layers in (1, 2, 4, 8)]
    found = fit_noise(points, np.random.default_rng(0))
    assert found.rate.value == pytest.approx(math.log2(1 - 4 * P / 3), abs=1e-9)
    assert found.plateau
    assert found.halving == pytest.approx(-1 / math.log2(1 - 4 * P / 3))


def test_without_noise_there_is_no_decay(rotations):
    points = [point_of(rotations(1, k), errors=GateErrors(0.0, 0.0)) for k in (1, 2, 4)]
    found = fit_noise(points, np.random.default_rng(0))
    assert found.rate.value == pytest.approx(0, abs=1e-9)
    assert found.ratios == pytest.approx([1, 1, 1])


def test_one_depth_has_no_rate(rotations):
    assert fit_noise([point_of(rotations(1, 2))], np.random.default_rng(0)) is None


def test_an_entangling_ansatz_decays_with_depth_faster_where_gates_are_worse():
    spec = DiagnosisSpec(noise_qubits=2, samples=20)
    rates = []
    for p in (0.005, 0.02):
        errors, rng = GateErrors(p / 10, p), np.random.default_rng(0)
        points = [diagnose_noise(spec, layers, errors, rng) for layers in (1, 3, 6)]
        rates.append(fit_noise(points, rng).rate)
    assert rates[1].high < rates[0].low < 0
