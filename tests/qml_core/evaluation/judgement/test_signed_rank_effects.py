"""The size of an effect over data sets, and the Bayesian signed-rank test."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, wilcoxon

from qml_core.evaluation.judgement.signed_rank_effects import (
    rank_biserial,
    signed_rank_probabilities,
)


def probabilities(differences, threshold, seed=0):
    return signed_rank_probabilities(
        np.asarray(differences, float), threshold, generator=np.random.default_rng(seed)
    )


@given(seed=st.integers(0, 1000), n=st.integers(1, 20))
def test_the_rank_biserial_correlation_follows_from_wilcoxons_statistic(seed, n):
    differences = np.random.default_rng(seed).normal(0.3, 1, n)
    up = wilcoxon(differences, alternative="greater").statistic
    assert rank_biserial(differences) == pytest.approx(4 * up / (n * (n + 1)) - 1)


def test_no_loss_is_a_correlation_of_one_and_no_difference_has_none():
    assert rank_biserial(np.array([0.1, 0.2, 0.0])) == 1.0
    assert rank_biserial(np.zeros(4)) is None


@pytest.mark.parametrize("n", [1, 3, 6])
def test_large_differences_win_but_for_the_weight_of_the_prior(n):
    """Only the pair of the prior with itself is no gain: it wins where w² > 1/2."""
    found = probabilities(np.full(n, 0.5), 0.01)
    assert found.better == pytest.approx(beta.cdf(np.sqrt(0.5), 0.5, n), abs=0.01)
    assert found.worse == 0.0


@pytest.mark.parametrize("gains", [2, 4])
def test_gains_and_losses_share_the_walsh_averages_as_the_dirichlet_weights_say(gains):
    """Two large gains to one loss: averages of a gain and a loss are gains; weights are exact."""
    differences = np.r_[np.full(gains, 3.0), -1.0, -1.0]
    found = probabilities(differences, 0.1)
    shares = np.random.default_rng(9).dirichlet([0.5, gains, 2.0], 200_000)
    up, down = 1 - (1 - shares[:, 1]) ** 2, (shares[:, 0] + shares[:, 2]) ** 2 - shares[:, 0] ** 2
    within = shares[:, 0] ** 2
    expected = np.mean((up > down) & (up > within))
    assert found.better == pytest.approx(expected, abs=0.01)


def test_differences_within_the_threshold_are_equivalent_and_the_three_add_up_to_one():
    rng = np.random.default_rng(3)
    small = probabilities(rng.uniform(-0.009, 0.009, 12), 0.01)
    assert small.equivalent == 1.0
    mixed = probabilities(rng.normal(0, 0.02, 12), 0.01)
    assert mixed.better + mixed.equivalent + mixed.worse == pytest.approx(1.0)


def test_turning_the_differences_swaps_better_and_worse():
    differences = np.random.default_rng(4).normal(0.01, 0.02, 10)
    one, other = probabilities(differences, 0.005), probabilities(-differences, 0.005)
    assert (one.better, one.equivalent) == (other.worse, other.equivalent)
