"""Samples and the drawing of basis states."""

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa import samples as samples_module
from qml_core.optimisation.qaoa.samples import Samples, draw_states


def counted(rows, counts):
    return Samples(np.array(rows, dtype=np.uint8), np.array(counts, dtype=np.int64))


@pytest.mark.parametrize("chunk", [7, 2**20])
def test_draws_follow_their_probabilities(chunk, monkeypatch):
    monkeypatch.setattr(samples_module, "_CHUNK", chunk)
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(100))
    weights[::3] = 0
    weights /= weights.sum()
    states, counts = draw_states(torch.from_numpy(weights), 50_000, rng)
    assert counts.sum() == 50_000
    assert (np.diff(states) > 0).all()
    found = np.zeros(100)
    found[states] = counts
    assert found[::3].sum() == 0
    likely = weights > 0
    assert chisquare(found[likely], 50_000 * weights[likely]).pvalue > 1e-3


def test_draws_are_the_same_for_every_size_of_chunk_and_seed(monkeypatch):
    weights = torch.softmax(torch.arange(50, dtype=torch.float64).sin(), 0)
    found = []
    for chunk in (9, 2**20):
        monkeypatch.setattr(samples_module, "_CHUNK", chunk)
        found.append(draw_states(weights, 1000, np.random.default_rng(3)))
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_sure_state_is_all_that_is_drawn_and_no_shots_draw_none():
    sure = torch.zeros(64, dtype=torch.float64)
    sure[17] = 1
    states, counts = draw_states(sure, 1000, np.random.default_rng(0))
    assert states.tolist() == [17]
    assert counts.tolist() == [1000]
    assert not len(draw_states(sure, 0, np.random.default_rng(0))[0])


def test_merging_adds_the_counts_of_equal_rows():
    several = counted([[1, 0, 1], [0, 0, 1], [1, 0, 1], [0, 1, 1]], [2, 3, 4, 0])
    merged = several.merged()
    assert merged.bits.tolist() == [[0, 0, 1], [1, 0, 1]]
    assert merged.counts.tolist() == [3, 6]
    assert merged.shots == several.shots == 9
    assert counted(np.zeros((0, 3)), []).merged().bits.shape == (0, 3)


def test_energies_and_feasibility_are_those_of_the_rows():
    found = counted([[1, 0, 1], [1, 1, 0], [0, 1, 0]], [5, 2, 1])
    np.testing.assert_allclose(found.energies(Ising(3, {(): 1.0, (0, 2): 2.0})), [3, -1, 3])
    kept = found.feasible(Registers(((0, 1), (2,))))
    assert kept.bits.tolist() == [[1, 0, 1], [0, 1, 0]]
    assert kept.counts.tolist() == [5, 1]


def test_shapes_that_do_not_belong_together_are_refused():
    with pytest.raises(SpecError, match=r"needed: \(m, n\) and \(m,\)"):
        counted([[1, 0]], [1, 2])
    with pytest.raises(SpecError, match="count of -1"):
        counted([[1, 0]], [-1])
