"""Friedman, Nemenyi and cliques against the worked example of Demšar (2006)."""

import numpy as np
import pytest
from scipy.stats import friedmanchisquare, rankdata

from qml_core.evaluation.judgement.rank_differences import (
    cliques,
    critical_difference,
    rank_differences,
)

# Demšar, J. Mach. Learn. Res. 7 (2006) 1, table 6: AUC on 14 data sets.
NAMES = ("C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf")
AREAS = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.975, 0.975 - 1e-6],  # ranked apart in the paper, rounded in print
        [0.957, 0.978, 0.946, 0.970],
    ]
)
SCORES = dict(zip(NAMES, AREAS.T, strict=True))


def test_average_ranks_are_those_of_demsar_best_first():
    found = rank_differences(SCORES, 0.05, 6)
    assert found.ranks == pytest.approx(
        {"C4.5+m+cf": 1.964, "C4.5+m": 2.0, "C4.5+cf": 2.893, "C4.5": 3.143}, abs=5e-4
    )
    assert list(found.ranks) == ["C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5"]


def test_friedmans_test_is_demsars_9_28_corrected_for_ties():
    averages = np.array(list(rank_differences(SCORES, 0.05, 6).ranks.values()))
    assert 12 * 14 / 20 * ((averages**2).sum() - 4 * 25 / 4) == pytest.approx(9.28, abs=5e-3)
    expected = friedmanchisquare(*AREAS.T).pvalue
    assert rank_differences(SCORES, 0.05, 6).p == pytest.approx(expected)
    assert expected < 0.05


def test_the_critical_differences_are_demsars():
    assert rank_differences(SCORES, 0.05, 6).critical == pytest.approx(1.25, abs=5e-3)
    assert rank_differences(SCORES, 0.10, 6).critical == pytest.approx(1.12, abs=5e-3)


def test_at_5_percent_nemenyi_tells_none_apart_and_at_10_percent_c45_from_both_with_m():
    assert rank_differences(SCORES, 0.05, 6).cliques == (
        ("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5"),
    )
    assert rank_differences(SCORES, 0.10, 6).cliques == (
        ("C4.5+m+cf", "C4.5+m", "C4.5+cf"),
        ("C4.5+cf", "C4.5"),
    )


@pytest.mark.parametrize(
    ("alpha", "table"),
    [
        (0.05, (1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164)),
        (0.10, (1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920)),
    ],
)
def test_quantiles_are_those_of_demsars_table_5(alpha, table):
    found = [critical_difference(k, 10, alpha) / np.sqrt(k * (k + 1) / 60) for k in range(2, 11)]
    assert found == pytest.approx(table, abs=1.1e-3)


def test_nemenyi_finds_a_difference_in_about_5_of_100_tables_of_equal_models():
    ranks = rankdata(np.random.default_rng(0).normal(size=(2000, 20, 5)), axis=2).mean(axis=1)
    rate = np.mean(np.ptp(ranks, axis=1) > critical_difference(5, 20, 0.05))
    assert 0.03 < rate < 0.06


def test_a_clique_within_another_is_left_out_and_one_model_is_none():
    ranks = {"a": 1.0, "b": 1.4, "c": 2.0, "d": 2.2, "e": 5.0}
    assert cliques(ranks, 1.0) == (("a", "b", "c"), ("b", "c", "d"))
    assert cliques(ranks, 0.1) == ()


def test_too_few_data_sets_have_ranks_only_and_two_models_no_friedman():
    few = rank_differences({name: values[:5] for name, values in SCORES.items()}, 0.05, 6)
    assert (few.p, few.critical, few.cliques) == (None, None, ())
    assert len(few.ranks) == 4
    two = rank_differences({name: SCORES[name] for name in NAMES[:2]}, 0.05, 6)
    assert two.p is None
    assert two.critical == pytest.approx(1.960 * np.sqrt(6 / 84), abs=1e-3)
    assert rank_differences({}, 0.05, 6).ranks == {}
