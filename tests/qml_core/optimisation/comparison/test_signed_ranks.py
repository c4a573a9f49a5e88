"""Wilcoxon's signed ranks with ties and zeros, and Hodges-Lehmann's interval."""

import itertools

import numpy as np
import pytest
from scipy.stats import rankdata, wilcoxon

from qml_core.optimisation.comparison.signed_ranks import (
    rank_sum_distribution,
    signed_ranks,
    walsh_averages,
)


@pytest.mark.parametrize("seed", range(8))
def test_without_ties_p_is_the_exact_one_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    differences = rng.normal(0.4, 1, 9 + seed)
    expected = wilcoxon(differences, method="exact").pvalue
    assert signed_ranks(differences).p == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_with_ties_and_zeros_p_counts_all_assignments_of_signs(seed: int) -> None:
    differences = np.random.default_rng(seed).integers(-2, 5, 10).astype(float)
    ranks = rankdata(np.abs(differences))[differences != 0]
    observed = abs((ranks * np.sign(differences[differences != 0])).sum())
    sums = [abs(np.dot(ranks, s)) for s in itertools.product((-1, 1), repeat=len(ranks))]
    expected = np.mean(np.array(sums) >= observed - 1e-9)
    assert signed_ranks(differences).p == pytest.approx(expected, rel=1e-12)


def test_many_pairs_agree_with_the_normal_approximation_of_pratt() -> None:
    differences = np.random.default_rng(4).integers(-4, 6, 120).astype(float)
    expected = wilcoxon(differences, zero_method="pratt", method="asymptotic").pvalue
    assert signed_ranks(differences).p == pytest.approx(expected, rel=0.1)


def test_all_differences_zero_give_p_one_and_no_direction() -> None:
    found = signed_ranks(np.zeros(12))
    assert (found.p, found.direction, found.estimate, found.zeros) == (1.0, 0, 0.0, 12)
    assert (found.low, found.high) == (0.0, 0.0)


def test_the_depression_scale_of_hollander_and_wolfe() -> None:
    """Nonparametric Statistical Methods, section 3: nine patients, y − x; R agrees."""
    before = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    after = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    found = signed_ranks(after - before)
    assert found.p / 2 == pytest.approx(0.0195, abs=5e-5)
    assert found.estimate == pytest.approx(-0.46, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((-0.786, -0.010), abs=1e-9)


def test_the_interval_of_ten_pairs_leaves_eight_averages_out_at_each_end() -> None:
    """T ≤ 8 is the two-sided 5 % point of ten pairs, in any table."""
    values = np.random.default_rng(0).normal(size=10)
    averages = walsh_averages(values)
    found = signed_ranks(values)
    assert len(averages) == 55
    assert (found.low, found.high) == (averages[8], averages[-9])


def test_the_interval_holds_zero_where_the_test_finds_nothing() -> None:
    for seed in range(60):
        found = signed_ranks(np.random.default_rng(seed).normal(0.5, 1, 12))
        assert (found.low <= 0 <= found.high) == (found.p > 0.05)


def test_too_few_pairs_have_no_interval() -> None:
    found = signed_ranks(np.array([1.0, 2.0, 3.0]))
    assert (found.low, found.high, found.p) == (-np.inf, np.inf, 0.25)


def test_the_distribution_of_three_ranks_is_the_one_by_hand() -> None:
    """Sums of subsets of {1, 2, 3}: 0, 1, 2, 3 twice, 4, 5, 6."""
    found = rank_sum_distribution(np.array([1.0, 2.0, 3.0]))
    assert (8 * found[::2]).tolist() == [1, 1, 1, 2, 1, 1, 1]
    assert not found[1::2].any()


def test_rounding_breaks_no_ties() -> None:
    exact = np.array([0.3, 0.3, -0.3, 0.1, 0.0, 0.6])
    rounded = np.array([0.1 + 0.2, 0.3, 0.1 - 0.4, 0.3 - 0.2, 1e-17, 0.6])
    assert signed_ranks(rounded).p == signed_ranks(exact).p
    assert signed_ranks(rounded).zeros == 1
