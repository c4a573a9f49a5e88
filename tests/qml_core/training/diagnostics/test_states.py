"""Expressibility and entanglement of states whose values are known."""

import math

import numpy as np
import pytest
import torch

from qml_core.training.diagnostics.entanglement import (
    haar_entanglement,
    mean_interval,
    meyer_wallach,
)
from qml_core.training.diagnostics.expressibility import (
    expressibility,
    fidelities,
    haar_states,
    log_haar,
)


def test_product_states_have_no_entanglement():
    rng = np.random.default_rng(0)
    a, b, c = (haar_states(5, 2, rng) for _ in range(3))
    states = torch.einsum("si,sj,sk->sijk", a, b, c).reshape(5, 8)
    assert meyer_wallach(states).abs().max() < 1e-12


@pytest.mark.parametrize("n", [2, 3, 6])
def test_ghz_states_have_all_of_it(n):
    ghz = torch.zeros(1, 2**n, dtype=torch.complex128)
    ghz[0, 0] = ghz[0, -1] = math.sqrt(0.5)
    assert float(meyer_wallach(ghz)) == pytest.approx(1, abs=1e-12)


def test_a_bell_pair_beside_an_idle_qubit_has_two_thirds():
    state = torch.zeros(1, 8, dtype=torch.complex128)
    state[0, 0] = state[0, 6] = math.sqrt(0.5)  # (|00⟩ + |11⟩)|0⟩
    assert float(meyer_wallach(state)) == pytest.approx(2 / 3, abs=1e-12)


def test_haar_states_have_the_mean_of_the_closed_form():
    found = mean_interval(meyer_wallach(haar_states(4000, 16, np.random.default_rng(1))))
    assert found.low - 0.002 <= haar_entanglement(4) <= found.high + 0.002
    assert found.high - found.low < 0.01


@pytest.mark.parametrize("d", [2, 4, 64])
def test_haar_states_are_expressive_and_an_idle_circuit_is_not(d):
    assert expressibility(haar_states(400, d, np.random.default_rng(2))) < 0.01
    idle = torch.zeros(20, d, dtype=torch.complex128)
    idle[:, 0] = 1
    assert expressibility(idle) == pytest.approx((d - 1) * math.log(75), rel=1e-9)


def test_states_on_a_circle_have_the_divergence_of_the_arcsine_law():
    """H then RZ: F = cos²(φ/2) of uniform φ, against the uniform law of one Haar random qubit."""
    angles = np.random.default_rng(3).uniform(0, 2 * math.pi, 2000)
    states = np.stack([np.ones(2000), np.exp(1j * angles)], axis=1) / math.sqrt(2)
    shares = np.diff(2 / math.pi * np.arcsin(np.sqrt(np.linspace(0, 1, 76))))
    closed = np.sum(shares * np.log(75 * shares))
    assert closed == pytest.approx(0.2, abs=0.01)
    assert expressibility(torch.from_numpy(states)) == pytest.approx(closed, abs=0.005)


@pytest.mark.parametrize("d", [2, 8, 1024])
def test_haars_bins_add_up_to_one(d):
    found = log_haar(torch.zeros(1, d))
    assert np.exp(found).sum() == pytest.approx(1, abs=1e-12)
    assert np.all(np.isfinite(found))


def test_fidelities_are_those_of_all_pairs():
    states = haar_states(4, 4, np.random.default_rng(0)).numpy()
    expected = [abs(states[i].conj() @ states[j]) ** 2 for i in range(4) for j in range(i + 1, 4)]
    np.testing.assert_allclose(fidelities(torch.from_numpy(states)), expected, atol=1e-12)
