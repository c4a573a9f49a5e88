"""Errors of proportions are never 0, and adaptive shots reach their target with fewer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qml_core.evaluation.intervals import wilson
from qml_core.hardware.shots import (
    POOLED,
    concentration_warning,
    indistinguishable,
    mean_of_weights,
    pool,
    posterior_error,
    posterior_mean,
    proportions,
    top_up,
    wilson_error,
)

shots_and_zeros = st.integers(1, 10**6).flatmap(lambda s: st.tuples(st.just(s), st.integers(0, s)))


@given(shots_and_zeros)
def test_no_error_is_zero_whatever_was_counted(drawn):
    shots, zeros = drawn
    assert wilson_error(zeros, shots) > 0
    assert posterior_error(zeros, shots) > 0


@given(shots_and_zeros)
def test_the_posterior_is_that_of_a_beta_distribution(drawn):
    shots, zeros = drawn
    beta = stats.beta(zeros + 0.5, shots - zeros + 0.5)
    assert posterior_mean(zeros, shots) == pytest.approx(beta.mean(), rel=1e-9)
    assert posterior_error(zeros, shots) == pytest.approx(beta.std(), rel=1e-6)


def test_wilsons_error_is_half_the_width_of_its_interval():
    z = stats.norm.isf(0.025)
    # the 95 % interval of s shots is that of one standard deviation of s/z² shots
    interval = wilson(30, 200)
    assert wilson_error(30 / z**2, 200 / z**2) == pytest.approx(
        (interval.high - interval.low) / 2, rel=1e-9
    )


def test_errors_are_the_binomial_ones_where_there_are_many_shots():
    for error in (wilson_error, posterior_error):
        assert error(300_000, 1_000_000) == pytest.approx(np.sqrt(0.21e-6), rel=1e-4)


def test_zero_and_all_counts_keep_their_shares():
    found = proportions([0, 50, 100], 100)
    assert found.values.tolist() == [0, 0.5, 1]
    assert (found.errors > 0.004).all()
    assert found.shots.tolist() == [100, 100, 100]


@given(shots_and_zeros)
def test_weights_zero_and_one_have_the_error_of_a_proportion(drawn):
    shots, zeros = drawn
    value, error = mean_of_weights([0, 1], [shots - zeros, zeros], (0, 1))
    assert value == pytest.approx(zeros / shots)
    assert error == pytest.approx(posterior_error(zeros, shots), rel=1e-9)


def test_top_ups_have_few_levels_and_stay_below_the_cap():
    zeros = np.arange(129)
    further = top_up(zeros, 128, 0.01, cap=4096)
    assert set(further) <= {0, *(128 * 2**i for i in range(5)), 4096 - 128}
    assert further.max() <= 4096 - 128
    assert further[0] == 0
    assert further[64] == 4096 - 128
    assert (top_up(zeros, 128, 0.01, cap=128) == 0).all()


def test_a_top_up_is_fixed_from_the_pilot_alone():
    np.testing.assert_array_equal(top_up([3, 50], 128, 0.01, 4096)[1], top_up(50, 128, 0.01, 4096))


@given(zeros=st.integers(0, 128), target=st.floats(0.003, 0.2))
def test_without_a_cap_the_predicted_error_meets_the_target(zeros, target):
    shots = 128 + int(top_up(zeros, 128, target, 10**9)[0])
    p = float(posterior_mean(zeros, 128))
    assert np.sqrt(p * (1 - p) / shots) <= target


def test_adaptive_shots_meet_the_target_with_fewer_than_fixed_ones():
    rng, target, pilot = np.random.default_rng(11), 0.01, 128
    K = rng.beta(0.6, 4, 20_000)
    first = rng.binomial(pilot, K)
    further = top_up(first, pilot, target, cap=4096)
    found = pool(first, pilot, rng.binomial(further, K), further)
    errors = found.values - K
    fixed = 0.25 / target**2
    assert np.sqrt(np.mean(errors**2)) <= target
    assert found.shots.mean() < 0.65 * fixed
    for low, high in ((0.0, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 1.0)):  # not on average only
        of_range = (low <= K) & (high > K)
        assert np.sqrt(np.mean(errors[of_range] ** 2)) <= target
    assert np.sqrt(np.mean((errors / found.errors) ** 2)) == pytest.approx(1, abs=0.1)
    assert found.note == POOLED


@pytest.mark.parametrize("target", [0.005, 0.01, 0.02, 0.05])
def test_at_every_probability_the_target_is_met_and_the_bias_is_a_quarter_of_it(target):
    pilot = 128
    K, first = np.linspace(0.0005, 0.999, 400)[:, None], np.arange(pilot + 1)
    further = top_up(first, pilot, target, cap=10**6)
    chance = stats.binom.pmf(first, pilot, K)
    mean = (first + further * K) / (pilot + further)
    variance = further * K * (1 - K) / (pilot + further) ** 2
    bias = np.sum(chance * mean, axis=1) - K[:, 0]
    square = np.sum(chance * ((mean - K) ** 2 + variance), axis=1)
    assert np.sqrt(square.max()) <= target
    assert np.abs(bias).max() <= 0.25 * target


def test_entries_below_one_over_root_shots_are_indistinguishable_from_zero():
    assert indistinguishable(4096) == 1 / 64


def test_the_plan_warns_where_the_predicted_kernel_concentrates():
    assert concentration_warning(4, 4096) is None
    assert "1,048,576 shots would tell it" in concentration_warning(10, 4096)
    assert concentration_warning(10, 4096, [0.3, 0.4, 0.001]) is None
    warning = concentration_warning(10, 100, [0.01, 0.02, 0.3])
    assert "67% of predicted entries: K ≈ 0.02 on 10 qubits" in warning
    assert concentration_warning(200, 10**6)
