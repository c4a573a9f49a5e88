"""Anytime curves, their areas and bands."""

import numpy as np
import pytest

from qml_core.optimisation.comparison.curves import area, band, regret
from qml_core.optimisation.comparison.replay import best_so_far


def test_the_best_so_far_passes_over_failed_trials() -> None:
    losses = np.array([np.nan, 3.0, np.nan, 4.0, 1.0])
    assert best_so_far(losses, worst=9.0).tolist() == [9.0, 3.0, 3.0, 3.0, 1.0]


def test_the_area_is_the_mean_regret_in_units_of_the_range() -> None:
    best = np.array([[6.0, 4.0, 2.0, 2.0], [2.0, 2.0, 2.0, 2.0], [10.0, 10.0, 10.0, 10.0]])
    assert regret(best, 2.0, 10.0)[0].tolist() == [0.5, 0.25, 0.0, 0.0]
    assert area(best, 2.0, 10.0).tolist() == [0.1875, 0.0, 1.0]


def test_the_area_does_not_depend_on_the_units_of_the_loss() -> None:
    best = np.minimum.accumulate(np.random.default_rng(0).random((4, 9)), axis=1)
    np.testing.assert_allclose(area(100 - 3 * (1 - best), 97, 100), area(best, 0, 1))


def test_a_flat_landscape_leaves_no_regret() -> None:
    assert area(np.full((2, 3), 4.0), 4.0, 4.0).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("statistic", "of"), [("mean", np.mean), ("median", np.median)])
def test_the_band_is_the_percentile_bootstrap_over_seeds(statistic, of) -> None:
    curves = np.random.default_rng(1).gamma(2.0, size=(15, 3))
    found = band(curves, np.random.default_rng(0), statistic, resamples=4000)
    drawn = np.random.default_rng(5).integers(0, 15, (20_000, 15))
    expected = of(curves[drawn], axis=1)
    np.testing.assert_array_equal(found.centre, of(curves, axis=0))
    for end, share in ((found.low, 0.025), (found.high, 0.975)):
        assert ((expected < end).mean(axis=0) <= share + 0.01).all()  # medians come in lumps
        assert ((expected <= end).mean(axis=0) >= share - 0.01).all()


def test_the_band_of_normal_means_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    found = band(rng.normal(size=(40, 400)), rng, confidence=0.9, resamples=400)
    covered = ((found.low < 0) & (found.high > 0)).mean()
    assert 0.83 < covered < 0.95


def test_where_all_seeds_agree_the_band_has_no_width() -> None:
    found = band(np.tile([3.0, 2.0], (10, 1)), np.random.default_rng(0))
    assert found.low.tolist() == found.centre.tolist() == found.high.tolist() == [3.0, 2.0]


def test_of_one_seed_the_band_is_the_curve() -> None:
    found = band(np.array([[3.0, 1.0]]), np.random.default_rng(0))
    assert found.low.tolist() == found.high.tolist() == [3.0, 1.0]


def test_the_same_generator_gives_the_same_band() -> None:
    curves = np.random.default_rng(1).random((12, 4))
    first, second = (band(curves, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first.low, second.low)
