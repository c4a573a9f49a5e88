"""QAOA with an observable that is made of the probabilities, on the full and on the half space."""

import networkx as nx
import numpy as np
import pytest
import torch

from qml_core.simulation.ising_diagonal import cost_diagonal, maxcut_terms
from qml_core.simulation.qaoa import expectation, probabilities

TIGHT = {"rtol": 0, "atol": 1e-12}


def angles(p, seed, batch=()):
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1.5, 1.5, (2, *batch, p)))


@pytest.mark.parametrize("field", [0.0, 0.3], ids=["half space", "general"])
@pytest.mark.parametrize("batch", [(), (3,)], ids=["one", "batch"])
def test_an_observable_made_of_the_probabilities_is_what_is_differentiated(field, batch):
    terms = maxcut_terms(nx.cycle_graph(6).edges) | ({(1,): field} if field else {})
    diagonal = cost_diagonal(terms, 6)
    pairs = angles(2, 7, batch).requires_grad_()

    def free_energy(weights):  # −log⟨exp(−C)⟩ and its derivative by the probabilities
        boltzmann = torch.exp(-diagonal.values)
        mean = weights @ boltzmann
        return 1 - torch.log(mean) - boltzmann / mean

    def value(pair):
        return expectation(diagonal, *pair, observable=free_energy)

    full = cost_diagonal(terms, 6, half_space=False).values
    with torch.no_grad():
        truth = -torch.log(probabilities(diagonal, *pairs) @ torch.exp(-full))
    torch.testing.assert_close(value(pairs).detach(), truth, **TIGHT)
    (slopes,) = torch.autograd.grad(value(pairs).sum(), pairs)
    with torch.no_grad():
        torch.testing.assert_close(value(pairs), truth, **TIGHT)
        for index in np.ndindex(*pairs.shape):
            step = torch.zeros_like(pairs)
            step[index] = 1e-6
            change = (value(pairs + step) - value(pairs - step)).sum() / 2e-6
            assert float(slopes[index]) == pytest.approx(float(change), abs=1e-7)


def test_the_energies_as_observable_change_nothing():
    diagonal = cost_diagonal(maxcut_terms(nx.petersen_graph().edges), 10)
    found = []
    for observable in (None, lambda weights: diagonal.values):
        pair = angles(3, 8).requires_grad_()
        value = expectation(diagonal, *pair, observable=observable)
        found.append((value, torch.autograd.grad(value, pair)[0]))
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, **TIGHT)


def test_folded_probabilities_are_of_both_complements_together():
    diagonal = cost_diagonal(maxcut_terms(nx.petersen_graph().edges), 10)
    pair = angles(2, 9)
    full = probabilities(diagonal, *pair)
    folded = probabilities(diagonal, *pair, folded=True)
    torch.testing.assert_close(folded, full[:512] + full.flip(0)[:512], **TIGHT)
