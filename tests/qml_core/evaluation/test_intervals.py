import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qml_core.evaluation.intervals import corrected_t, percentile, resampled_rows, wilson


@given(n=st.integers(1, 500), share=st.floats(0, 1))
def test_the_wilson_interval_is_that_of_scipy_and_holds_its_value(n, share):
    k = round(share * n)
    found = wilson(k, n)
    reference = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx((reference.low, reference.high), abs=1e-12)
    assert 0 <= found.low <= k / n <= found.high <= 1


def test_the_wilson_interval_covers_the_truth_in_about_95_of_100_test_sets():
    rng = np.random.default_rng(0)
    for p, n in ((0.5, 60), (0.9, 60), (0.97, 114)):
        intervals = [wilson(int(k), n) for k in rng.binomial(n, p, size=2000)]
        covered = np.mean([i.low <= p <= i.high for i in intervals])
        assert 0.925 <= covered <= 0.985


def test_bootstrap_samples_have_n_rows_and_all_draws_come():
    pieces = list(resampled_rows(700_000, 5, np.random.default_rng(0)))
    assert sum(len(piece) for piece in pieces) == 5
    assert len(pieces) == 3
    assert all((piece.sum(axis=1) == 700_000).all() for piece in pieces)


def test_percentile_intervals_cover_a_mean_in_about_95_of_100_samples():
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(400):
        sample = rng.exponential(size=60)
        (weights,) = resampled_rows(60, 400, rng)
        found = percentile(sample.mean(), weights @ sample / 60)
        covered.append(found.low <= 1.0 <= found.high)
    assert 0.88 <= np.mean(covered) <= 0.98


def test_resamples_without_a_value_are_left_out():
    found = percentile(0.5, np.array([np.nan, 0.4, np.nan, 0.6]))
    assert (found.low, found.high) == pytest.approx((0.405, 0.595))
    assert percentile(0.5, np.array([np.nan, 0.5])).low is None


def test_without_shared_rows_the_corrected_interval_is_students():
    values = [0.3, 0.5, 0.1, 0.2]
    found = corrected_t(values, n_train=10**15, n_test=1)
    reference = stats.ttest_1samp(values, 0.0)
    interval = reference.confidence_interval(0.95)
    assert (found.mean.low, found.mean.high) == pytest.approx((interval.low, interval.high))
    assert found.p_value == pytest.approx(reference.pvalue)


def _share_of_wrong_alarms(correction):
    """Two guessers of equal skill on 10 random splits: how often the interval excludes 0."""
    rng = np.random.default_rng(2)
    n, n_test, alarms = 100, 20, []
    for _ in range(500):
        gain = rng.integers(-1, 2, size=n)  # per row: only one of the two is right, or both agree
        scores = [gain[rng.permutation(n)[:n_test]].mean() for _ in range(10)]
        found = corrected_t(scores, *((n - n_test, n_test) if correction else (10**15, 1)))
        alarms.append(found.mean.low is not None and not found.mean.low <= 0 <= found.mean.high)
    return np.mean(alarms)


def test_the_correction_keeps_wrong_alarms_near_5_in_100_where_student_gives_many():
    assert _share_of_wrong_alarms(correction=True) <= 0.08
    assert _share_of_wrong_alarms(correction=False) >= 0.15
