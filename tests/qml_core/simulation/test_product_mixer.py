"""The engine of products of registers against dense matrices and torch's own autograd."""

from functools import reduce

import numpy as np
import pytest
import torch

from qml_core.simulation import product_mixer
from qml_core.simulation.product_mixer import ProductMixer, workspace_bytes
from qml_core.simulation.register_mixers import (
    complete_pairs,
    exchanged,
    ring_pairs,
    transverse,
    warm_started,
)

LEVELS = (3, 2, 4, 2)
COMPLEX = {"dtype": torch.complex128}
AXES = {  # per register the matrices A of its factors exp(−iβA), the first acting first
    3: [(0, 1), (1, 2), (2, 0)],
    4: [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)],
}


@pytest.fixture
def energies():
    return torch.from_numpy(np.random.default_rng(1).normal(size=48))


def engine(energies):
    mixers = [
        exchanged(3, ring_pairs(3)),
        transverse(),
        exchanged(4, complete_pairs(4)),
        warm_started(0.3),
    ]
    return ProductMixer(energies, mixers)


def axis(levels, a, b):
    found = torch.zeros(levels, levels, **COMPLEX)
    found[a, b] = found[b, a] = 1
    return found


def dense_state(energies, gammas, betas):
    """Every factor a matrix exponential on all levels."""
    up, down = 0.3**0.5, 0.7**0.5
    start = [torch.full((k,), k**-0.5, **COMPLEX) for k in LEVELS[:3]]
    state = reduce(torch.kron, [*start, torch.tensor([down, up], **COMPLEX)])
    warm = torch.tensor([[-0.4, -2 * up * down], [-2 * up * down, 0.4]], **COMPLEX)
    for gamma, beta in zip(gammas, betas, strict=True):
        state = torch.exp(-1j * gamma * energies) * state
        turns = []
        for register, levels in enumerate(LEVELS):
            pairs = AXES.get(levels, [(0, 1)])
            axes = [warm] if register == 3 else [axis(levels, a, b) for a, b in pairs]
            steps = [torch.linalg.matrix_exp(-1j * beta * a) for a in axes]
            turns.append(reduce(lambda done, step: step @ done, steps))
        state = reduce(torch.kron, turns) @ state
    return state


def angles(p, seed=0, batch=1):
    return np.random.default_rng(seed).uniform(-2, 2, (2, batch, p))


@pytest.mark.parametrize("p", [1, 3])
def test_states_values_and_gradients_are_those_of_dense_matrices(energies, p):
    pair = angles(p)
    here = engine(energies)
    found, by_gamma, by_beta = here.values_and_gradients(*pair)
    parameters = torch.from_numpy(pair[:, 0]).requires_grad_()
    state = dense_state(energies, *parameters)
    truth = (abs(state) ** 2) @ energies
    (slopes,) = torch.autograd.grad(truth, parameters)
    np.testing.assert_allclose(here.states(*pair)[0], state.detach(), atol=1e-12)
    np.testing.assert_allclose(here.probabilities(*pair)[0], abs(state.detach()) ** 2, atol=1e-12)
    np.testing.assert_allclose(found, truth.detach(), atol=1e-12)
    np.testing.assert_allclose(torch.cat([by_gamma, by_beta]), slopes, atol=1e-11)


def test_a_batch_gives_each_its_own_and_pieces_change_nothing(energies, monkeypatch):
    pairs = angles(2, 3, batch=5)
    together = engine(energies).values_and_gradients(*pairs)
    for piece in (7, 16, 100):  # smaller than a state, and for two members of the batch
        monkeypatch.setitem(product_mixer._PIECE, "cpu", piece)
        here = engine(energies)
        for a, b in zip(here.values_and_gradients(*pairs), together, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-12)
        torch.testing.assert_close(here.values(*pairs), together[0], rtol=0, atol=1e-12)
    alone = engine(energies)
    for k in range(5):
        for a, b in zip(alone.values_and_gradients(*pairs[:, [k]]), together, strict=True):
            torch.testing.assert_close(a[0], b[k], rtol=0, atol=1e-12)


def test_no_beta_keeps_the_start_and_no_gamma_a_uniform_one(energies):
    here, still = engine(energies), np.zeros((1, 2))
    start = abs(dense_state(energies, [0.0], [0.0])) ** 2
    np.testing.assert_allclose(here.probabilities(angles(2)[0], still)[0], start, atol=1e-13)
    uniform = ProductMixer(energies[:8], [transverse()] * 3)
    found = uniform.probabilities(still, angles(2)[1])[0]
    np.testing.assert_allclose(found, np.full(8, 1 / 8), atol=1e-13)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0])
def test_gradients_of_a_lowest_share_are_those_of_finite_differences(energies, alpha):
    order = torch.argsort(energies)

    def lowest_share(weights):
        reached = int((weights[order].cumsum(0) < alpha).sum())
        border = energies[order[min(reached, len(order) - 1)]]
        return border + (energies - border).clamp(max=0) / alpha

    pair, step, here = angles(2, 4), 1e-6, engine(energies)
    found, *slopes = here.values_and_gradients(*pair, lowest_share)
    rest = alpha - here.probabilities(*pair)[0][order].cumsum(0)
    shares = (here.probabilities(*pair)[0][order] + rest.clamp(max=0)).clamp(min=0)
    assert float(found) == pytest.approx(float(shares @ energies[order]) / alpha, abs=1e-12)
    for index in np.ndindex(pair.shape):
        change = np.zeros_like(pair)
        change[index] = step
        above, below = (here.values(*p, lowest_share) for p in (pair + change, pair - change))
        wanted = float(above - below) / (2 * step)
        assert float(slopes[index[0]][index[1:]]) == pytest.approx(wanted, abs=1e-7)


def test_the_workspace_of_large_states_is_three_state_vectors():
    assert 3 <= workspace_bytes(2**26) / (16 << 26) < 3.01
