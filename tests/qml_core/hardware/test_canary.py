"""The canary measures what is known, and its bound covers the truth."""

import numpy as np
import pytest

from qml_core.hardware.canary import LARGE, canary_fidelity, canary_pairs, judge


@pytest.fixture
def kernel():
    rng = np.random.default_rng(3)
    K = rng.uniform(0, 1, (20, 20))
    K = np.triu(K, 1) + np.triu(K, 1).T
    return K + np.eye(20)


def test_pairs_are_diagonals_and_large_entries(kernel):
    rows = np.arange(100, 120)
    pairs = canary_pairs(rows, kernel, seed=1)
    assert pairs.shape == (10, 2)
    assert (pairs[:5, 0] == pairs[:5, 1]).all()
    assert len({tuple(pair) for pair in pairs}) == 10
    for i, j in pairs[5:] - 100:
        assert i < j
        assert kernel[i, j] >= LARGE
    np.testing.assert_array_equal(pairs, canary_pairs(rows, kernel, seed=1))
    assert (pairs != canary_pairs(rows, kernel, seed=2)).any()


def test_where_nothing_can_be_simulated_only_diagonals_are_measured():
    assert canary_pairs([4, 9], None, seed=0).tolist() == [[4, 4], [9, 9]]
    assert canary_pairs(range(50), None, seed=0).shape == (5, 2)


def test_small_entries_are_left_out():
    assert len(canary_pairs(range(9), np.full((9, 9), 0.29), seed=0)) == 5


def test_the_fidelity_is_the_pooled_ratio():
    found = canary_fidelity([80, 70, 30], 100, [1.0, 1.0, 0.5])
    assert found.value == pytest.approx(180 / 250)
    assert found.value < found.upper < found.value + 0.1


def test_a_device_that_reads_no_zeros_has_a_bound_above_zero():
    found = canary_fidelity([0, 0], 100, [1, 1])
    assert found.value == 0
    assert found.upper == pytest.approx(1 - 0.05 ** (1 / 200))
    assert canary_fidelity([100, 100], 100, [1, 1]).upper == 1


@pytest.mark.parametrize("fidelity", [0.02, 0.5, 0.77, 0.97])
@pytest.mark.parametrize("exact", [[1, 1, 1, 1, 1], [1, 1, 1, 0.3, 0.5, 0.9]])
def test_the_upper_bound_covers_the_truth(fidelity, exact):
    rng, draws = np.random.default_rng(8), 2000
    zeros = rng.binomial(200, fidelity * np.array(exact, float), (draws, len(exact)))
    covered = [canary_fidelity(z, 200, exact).upper >= fidelity for z in zeros]
    assert np.mean(covered) >= 0.93


def test_the_run_stops_only_where_the_bound_is_below_the_threshold():
    assert judge(upper=0.52, threshold=0.5)
    assert judge(upper=0.5, threshold=0.5)
    assert not judge(upper=0.49, threshold=0.5)
