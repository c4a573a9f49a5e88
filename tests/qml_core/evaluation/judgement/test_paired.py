import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from qml_core.errors import DataError
from qml_core.evaluation.intervals import corrected_t
from qml_core.evaluation.judgement.equivalence import practical
from qml_core.evaluation.judgement.paired import paired_test

QUANTUM = np.array([0.80, 0.82, 0.81, 0.83, 0.84])
OTHER = np.array([0.70, 0.73, 0.70, 0.74, 0.73])


def _test(quantum, other, *, threshold=0.01, resolution=0.0, n_train=80, n_test=20):
    return paired_test(
        "q",
        "c",
        np.asarray(quantum, float),
        np.asarray(other, float),
        n_train=n_train,
        n_test=n_test,
        threshold=threshold,
        resolution=resolution,
    )


def test_the_corrected_t_test_is_the_one_computed_by_hand():
    """Differences .10 .09 .11 .09 .11: mean .1, s = .01; t(4, .975) = 2.776445."""
    found = _test(QUANTUM, OTHER)
    half = 2.776445 * 0.01 * math.sqrt(1 / 5 + 20 / 80)
    assert (found.model, found.against, found.folds) == ("q", "c", 5)
    assert found.difference == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((0.1 - half, 0.1 + half))
    assert found.effect == pytest.approx(10.0)
    # Student's distribution with 4 degrees of freedom in closed form
    u = (0.1 / 0.01) ** 2 / (1 / 5 + 20 / 80) / (1 + (0.1 / 0.01) ** 2 / (1 / 5 + 20 / 80) / 4)
    assert found.p == pytest.approx(1 - 0.75 * math.sqrt(u) * (1 - u / 12), rel=1e-6)
    # five differences of one sign: 2 / 2^5
    assert found.wilcoxon == pytest.approx(1 / 16)


def test_the_posterior_is_the_integral_of_its_density():
    """Corani & Benavoli 2015: t density around the mean, variance (1/J + rho/(1 - rho)) s²."""
    d = np.array([0.01, 0.03, -0.01, 0.02, 0.0, 0.04])
    found = _test(0.8 + d, np.full(6, 0.8), threshold=0.02, n_train=90, n_test=10)
    rho = 0.1
    scale = math.sqrt((1 / 6 + rho / (1 - rho)) * d.var(ddof=1))

    def density(x):
        t = (x - d.mean()) / scale
        constant = math.gamma(3) / math.gamma(2.5) / math.sqrt(5 * math.pi)
        return constant * (1 + t**2 / 5) ** -3 / scale

    inside, _ = integrate.quad(density, -0.02, 0.02)
    above, _ = integrate.quad(density, 0.02, np.inf)
    assert (found.equivalent, found.better) == pytest.approx((inside, above), abs=1e-8)


def test_a_posterior_without_spread_is_a_point():
    assert practical(0.0, 0.0, 4, 0.01).equivalent == 1.0
    assert practical(0.02, 0.0, 4, 0.01).better == 1.0


@given(
    st.lists(
        st.tuples(st.floats(0, 1, width=16), st.floats(0, 1, width=16)), min_size=2, max_size=12
    )
)
def test_exchanging_the_models_turns_the_test_round_and_agrees_with_the_interval(scores):
    q, c = (np.array(x) for x in zip(*scores, strict=True))
    found, turned = _test(q, c, resolution=0.05), _test(c, q, resolution=0.05)
    assert turned.difference == -found.difference
    assert (turned.low, turned.high) == (-found.high, -found.low)
    assert (turned.p, turned.wilcoxon, turned.equivalent) == pytest.approx(
        (found.p, found.wilcoxon, found.equivalent), abs=1e-12
    )
    assert (found.p < 0.05) == (found.low > 0 or found.high < 0)
    worse = turned.better
    assert found.better + found.equivalent + worse == pytest.approx(1.0)
    reference = corrected_t(q - c, 80, 20)
    if reference.p_value is not None:
        assert found.p == pytest.approx(reference.p_value)


def test_the_same_scores_are_equivalent_and_not_different():
    found = _test(OTHER, OTHER)
    assert (found.p, found.equivalent, found.better, found.wilcoxon) == (1.0, 1.0, 0.0, 1.0)
    assert (found.difference, found.low, found.high, found.effect) == (0.0, 0.0, 0.0, 0.0)


def test_accuracies_that_differ_by_their_last_bit_are_the_same():
    other = np.array([0.1 + 0.2, 0.7, 0.8])
    assert _test([0.3, 0.7, 0.8], other).p == 1.0
    assert _test([0.3, 0.7, 0.8], other).difference == 0.0


def test_equal_differences_get_the_spread_of_one_fold_that_moved_by_one_row():
    found = _test(OTHER + 0.05, OTHER, resolution=0.05)
    moved = np.array([0.05, 0.05, 0.05, 0.05, 0.1])
    spread = moved.std(ddof=1)
    t = 0.05 / (spread * math.sqrt(1 / 5 + 20 / 80))
    assert found.p == pytest.approx(2 * stats.t.sf(t, 4))


def test_equal_differences_of_a_metric_without_steps_are_left_undecided():
    found = _test(OTHER + 0.05, OTHER)
    assert found.difference == pytest.approx(0.05)
    assert (found.low, found.high, found.p, found.equivalent) == (None, None, None, None)


def test_failed_folds_are_left_out_pairwise():
    quantum = np.array([*QUANTUM, np.nan, 0.9, np.inf])
    other = np.array([*OTHER, 0.7, np.nan, 0.7])
    assert _test(quantum, other) == _test(QUANTUM, OTHER)
    one = _test([0.9, np.nan], [0.8, 0.8])
    assert (one.folds, one.p, one.low) == (1, None, None)
    assert one.difference == pytest.approx(0.1)
    none = _test([np.nan, np.nan], [0.8, 0.8])
    assert (none.folds, none.difference, none.p) == (0, None, None)


def test_scores_of_other_folds_and_empty_sides_are_refused():
    with pytest.raises(DataError, match="paired"):
        _test(QUANTUM, OTHER[:4])
    with pytest.raises(DataError, match="80 training and 0 test rows"):
        _test(QUANTUM, OTHER, n_test=0)
