"""Quantum and classical models over data sets: what is tested, corrected, ranked and said."""

import numpy as np
import pytest
from scipy.stats import friedmanchisquare, wilcoxon

from qml_core.errors import DataError
from qml_core.evaluation.judgement.across import across_data, better_than_all


def verdicts(**scores):
    """By data set, from the scores (data sets,) of each label."""
    count = len(next(iter(scores.values())))
    return [{label: values[k] for label, values in scores.items()} for k in range(count)]


def across(quantum, deciding, threshold=None, **scores):
    found = verdicts(**scores)
    names = [f"d{k}" for k in range(len(found))]
    return across_data(found, names, quantum, deciding, 0.05, threshold=threshold)


RNG = np.random.default_rng(0)
BASE = RNG.uniform(0.6, 0.9, 10)
AHEAD = BASE + np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) / 500
MIXED = BASE + np.array([1, -2, 3, -4, 5, 6, 7, 8, 9, 10]) / 500


def test_nine_pairs_of_hollander_and_wolfe_agree_with_r():
    """Nonparametric Statistical Methods, example 3.1, also of R's wilcox.test."""
    before = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    after = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    (test,) = across(["q"], ["c"], q=before, c=after).tests
    assert test.p == pytest.approx(0.0390625, abs=1e-12)
    assert test.difference == pytest.approx(0.46, abs=1e-9)
    assert (test.low, test.high) == pytest.approx((0.010, 0.786), abs=1e-9)
    assert test.effect == pytest.approx(2 * 40 / 45 - 1)
    assert test.data_sets == 9


def test_the_largest_p_over_classical_models_counts_and_holm_over_quantum_models():
    found = across(["q", "r"], ["c", "d"], q=AHEAD, r=AHEAD + 0.3, c=BASE, d=AHEAD - MIXED + BASE)
    by = {(test.model, test.against): test for test in found.tests}
    assert by["q", "c"].p == pytest.approx(2 / 2**10)
    hardest = by["q", "d"]
    assert hardest.p == pytest.approx(
        wilcoxon(AHEAD - (AHEAD - MIXED + BASE), method="exact").pvalue
    )
    assert by["q", "c"].corrected is None
    assert hardest.corrected == pytest.approx(hardest.p)
    corrected = [t.corrected for t in found.tests if t.model == "r" and t.corrected is not None]
    assert corrected == [pytest.approx(2 * 2 / 2**10)]


def test_a_model_that_beats_all_is_better_and_one_that_loses_clearly_is_not():
    found = across(["q", "r"], ["c"], q=AHEAD, r=2 * BASE - AHEAD, c=BASE)
    assert better_than_all(found.tests, "q", 0.05)
    assert not better_than_all(found.tests, "r", 0.05)
    assert found.notes[0].startswith("q is better than every tuned classical model")
    assert found.notes[1].endswith("c is not behind")
    assert not better_than_all(found.tests, "q", 1e-4)


def test_being_better_than_all_but_one_is_not_shown_to_be_better():
    found = across(["q"], ["c", "d"], q=AHEAD, c=BASE, d=2 * AHEAD - MIXED)
    assert not better_than_all(found.tests, "q", 0.05)


def test_false_claims_over_equal_models_are_rarer_than_alpha():
    """Quantum and classical models that differ by symmetric noise on every data set."""
    rng = np.random.default_rng(1)
    claims = 0
    for _ in range(200):
        q, r, c, d = rng.normal(0.8, 0.05, (4, 8))
        tests = across(["q", "r"], ["c", "d"], q=q, r=r, c=c, d=d).tests
        claims += any(better_than_all(tests, model, 0.05) for model in "qr")
    assert claims / 200 < 0.05


def test_with_fewer_than_six_data_sets_nothing_is_tested_and_it_is_said():
    found = across(["q"], ["c", "d"], q=AHEAD[:5], c=BASE[:5], d=BASE[:5] - 0.1)
    assert all(test.p is None and test.corrected is None for test in found.tests)
    assert (found.friedman, found.critical_difference, found.cliques) == (None, None, ())
    assert found.ranks == {"q": 1.0, "c": 2.0, "d": 3.0}
    assert found.notes == ("5 data sets: nothing is tested with fewer than 6",)
    assert found.tests[0].difference > 0


def test_six_data_sets_can_decide():
    (test,) = across(["q"], ["c"], q=AHEAD[:6], c=BASE[:6]).tests
    assert test.p == test.corrected == pytest.approx(2 / 2**6)
    assert test.low is not None


def test_ranks_and_friedmans_p_are_those_of_scipy():
    scores = {label: RNG.uniform(size=10) for label in "qcde"}
    found = across(["q"], ["c", "d", "e"], **scores)
    assert found.friedman == pytest.approx(friedmanchisquare(*scores.values()).pvalue)
    assert sum(found.ranks.values()) == pytest.approx(10)
    assert found.critical_difference == pytest.approx(2.569 * np.sqrt(20 / 60), abs=1e-3)


def test_a_failure_on_one_data_set_leaves_it_out_of_the_pair_and_the_model_out_of_the_ranks():
    scores = verdicts(q=AHEAD, c=BASE, d=BASE - 0.05)
    del scores[3]["d"]
    scores[4]["d"] = np.nan
    names = [f"d{k}" for k in range(10)]
    found = across_data(scores, names, ["q"], ["c", "d"], 0.05)
    assert {test.against: test.data_sets for test in found.tests} == {"c": 10, "d": 8}
    assert set(found.ranks) == {"q", "c"}
    assert found.notes[0] == "d has no score on d3, d4: it is not ranked"


def test_a_classical_model_that_was_met_too_rarely_leaves_its_rival_undecided():
    d = np.where(np.arange(10) < 5, BASE - 0.1, np.nan)
    found = across(["q"], ["c", "d"], q=AHEAD, c=BASE, d=d)
    assert all(test.corrected is None for test in found.tests)
    assert any("nothing is decided on q" in note for note in found.notes)
    assert not better_than_all(found.tests, "q", 0.05)


def test_a_classical_model_without_any_score_is_left_out_with_a_note():
    found = across(["q"], ["c", "d"], q=AHEAD, c=BASE, d=np.full(10, np.nan))
    assert better_than_all(found.tests, "q", 0.05)
    assert found.notes[0].startswith("d has no score on d0, d1")


def test_means_that_differ_by_rounding_only_are_equal():
    noise = RNG.choice([-1, 1], 10) * 1e-16
    (test,) = across(["q"], ["c"], q=BASE + noise * 4, c=BASE).tests
    assert (test.p, test.difference, test.effect) == (1.0, 0.0, None)


def test_a_threshold_adds_the_probabilities_of_better_and_equivalent():
    (plain,) = across(["q"], ["c"], q=AHEAD, c=BASE).tests
    assert plain.better is plain.equivalent is None
    (small,) = across(["q"], ["c"], threshold=0.05, q=AHEAD, c=BASE).tests
    (large,) = across(["q"], ["c"], threshold=0.001, q=AHEAD, c=BASE).tests
    assert small.equivalent > 0.99
    assert large.better > 0.99
    assert across(["q"], ["c"], threshold=0.001, q=AHEAD, c=BASE).tests == (large,)


def test_no_classical_model_leaves_ranks_only():
    found = across(["q", "r"], [], q=AHEAD, r=BASE)
    assert found.tests == ()
    assert found.ranks == {"q": 1.0, "r": 2.0}


@pytest.mark.parametrize("names", [[], ["a", "b"]])
def test_data_sets_without_their_names_are_refused(names):
    with pytest.raises(DataError, match=f"1 data sets with {len(names)} names"):
        across_data([{"q": 1.0}], names, ["q"], [], 0.05)
    with pytest.raises(DataError, match="0 data sets"):
        across_data([], [], ["q"], [], 0.05)
