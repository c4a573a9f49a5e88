import math

import numpy as np
import pytest
from scipy import stats

from qml_core.evaluation.judgement.power import detectable, repeats_needed, samples_needed


def test_the_detectable_difference_has_the_power_of_statistics_tables():
    """Cohen 1988: a one-sample t-test of 34 values finds half a standard deviation, 80 %, .05."""
    assert math.sqrt(34) * 0.5 == pytest.approx(detectable(33, 0.05), abs=0.04)
    assert detectable(10**6, 0.05) == pytest.approx(1.959964 + 0.841621, abs=1e-4)


@pytest.mark.parametrize("freedom", [1, 4, 24, 1999])
def test_a_simulated_t_test_finds_the_detectable_difference_four_times_in_five(freedom):
    rng = np.random.default_rng(freedom)
    mean = detectable(freedom, 0.05) + rng.normal(size=200_000)
    t = mean / np.sqrt(rng.chisquare(freedom, 200_000) / freedom)
    found = np.mean(np.abs(t) > stats.t.isf(0.025, freedom))
    # three standard errors of 200,000 draws
    assert found == pytest.approx(0.8, abs=0.0027)


def test_the_noncentral_t_meets_the_normal_where_it_is_left():
    assert detectable(2000, 0.05) == pytest.approx(detectable(2001, 0.05), abs=2e-3)


def test_rows_grow_with_the_square_of_error_over_threshold():
    exact = detectable(24, 0.05)
    assert samples_needed(100, 0.01 / exact, 24, 0.01, 0.05) == 100
    assert samples_needed(100, 0.02 / exact, 24, 0.01, 0.05) == 400
    assert samples_needed(100, 0.0, 24, 0.01, 0.05) == 1


def test_the_named_repeats_suffice_and_one_less_does_not():
    spread, folds, ratio, threshold = 0.009, 5, 0.25, 0.015
    repeats = repeats_needed(spread, folds, ratio, threshold, 0.05)

    def enough(count):
        error = math.sqrt(1 / (folds * count) + ratio) * spread
        return detectable(folds * count - 1, 0.05) * error <= threshold

    assert repeats is not None
    assert repeats > 1
    assert enough(repeats)
    assert not enough(repeats - 1)


def test_no_number_of_repeats_beats_the_floor_of_the_overlapping_folds():
    """With 5 folds the error stays above half the spread: 2.8 / 2 of it cannot be undercut."""
    floor = detectable(10**6, 0.05) * 0.5
    assert repeats_needed(1.0, 5, 0.25, 0.99 * floor, 0.05, most=10**5) is None
    assert repeats_needed(1.0, 5, 0.25, 1.01 * floor, 0.05, most=10**5) is not None
    assert repeats_needed(1.0, 5, 0.25, 1.01 * floor, 0.05, most=5) is None
    assert repeats_needed(0.0, 5, 0.25, 0.01, 0.05) == 1
