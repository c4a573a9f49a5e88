import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.errors import DataError
from qml_core.evaluation.metrics import Metric
from qml_core.evaluation.verdict import Comparison, compare, sentence

QUANTUM, BASELINE = [0.80, 0.82, 0.81, 0.83, 0.84], [0.70, 0.73, 0.70, 0.74, 0.73]


def _say(comparison, metric="accuracy"):
    return sentence(comparison, metric=metric, baseline_name="RBF-SVM", dataset="moons")


def test_a_comparison_has_the_corrected_paired_interval_computed_by_hand():
    """Differences .10 .09 .11 .09 .11: mean .1, s = .01; t(4, .975) = 2.776445."""
    found = compare(QUANTUM, BASELINE, n_train=80, n_test=20)
    half = 2.776445 * 0.01 * np.sqrt(1 / 5 + 20 / 80)
    assert found.difference == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((0.1 - half, 0.1 + half))
    # Student's distribution with 4 degrees of freedom in closed form, t = 14.907.
    u = (0.1 / 0.01) ** 2 / (1 / 5 + 20 / 80) / (1 + (0.1 / 0.01) ** 2 / (1 / 5 + 20 / 80) / 4)
    assert found.p_value == pytest.approx(1 - 0.75 * np.sqrt(u) * (1 - u / 12), rel=1e-6)
    assert found.splits == 5
    assert found.quantum.value == pytest.approx(0.82)
    assert found.quantum.low < 0.82 < found.quantum.high


@given(
    scores=st.lists(
        st.tuples(st.floats(0, 1, width=16), st.floats(0, 1, width=16)), min_size=2, max_size=12
    ),
    higher=st.booleans(),
)
def test_exchanging_the_models_or_the_direction_turns_the_verdict_round(scores, higher):
    q, b = zip(*scores, strict=True)
    found, swapped = (compare(x, y, 80, 20, higher) for x, y in ((q, b), (b, q)))
    turned = compare(q, b, 80, 20, not higher)
    opposite = {"better": "worse", "worse": "better", "undecided": "undecided"}
    assert swapped.outcome == turned.outcome == opposite[found.outcome]
    assert (found.p_value is not None and found.p_value < 0.05) == (found.outcome != "undecided")


def test_a_shown_advantage_is_said_with_its_numbers_and_its_price():
    text = _say(compare(QUANTUM, BASELINE, 80, 20))
    assert text == (
        "On moons the quantum model is better than the RBF-SVM: mean accuracy over 5 splits "
        "82.0 % for the quantum model and 72.0 % for the RBF-SVM, difference +10.0 percentage "
        "points (95 % interval +8.1 to +11.9); use the quantum model where this gain is worth "
        "its cost."
    )


def test_a_shown_disadvantage_recommends_the_baseline_also_for_errors():
    worse = _say(compare(BASELINE, QUANTUM, 80, 20))
    assert "the quantum model is worse than the RBF-SVM" in worse
    assert worse.endswith("; use the RBF-SVM.")
    errors = compare([54.0, 55.0, 53.5], [44.0, 45.2, 43.6], 80, 20, higher_is_better=False)
    text = _say(errors, "RMSE")
    assert "is worse than" in text
    assert "54.2 for the quantum model and 44.3 for the RBF-SVM, difference +9.9 (95 %" in text


def test_an_interval_around_zero_shows_no_difference_and_recommends_the_simpler():
    text = _say(compare([0.80, 0.85, 0.79], [0.82, 0.81, 0.80], 80, 20))
    assert "no difference could be shown between the quantum model and the RBF-SVM" in text
    assert "difference +0.3 percentage points (95 % interval −" in text
    assert text.endswith("use the RBF-SVM, the simpler of the two.")
    assert "better" not in text


def test_one_split_cannot_tell_and_both_numbers_are_given():
    text = _say(compare([0.99], [0.50], 80, 20))
    assert text == (
        "On moons one split cannot tell which model is better (accuracy 99.0 % for the quantum "
        "model and 50.0 % for the RBF-SVM): evaluate more splits, and until then use the RBF-SVM."
    )


@pytest.mark.parametrize(("quantum", "shown"), [(0.9, "difference 0 "), (0.95, "+5.0 ")])
def test_the_same_difference_on_every_split_has_no_spread_and_shows_nothing(quantum, shown):
    found = compare([quantum] * 5, [0.9] * 5, 80, 20)
    assert (found.low, found.p_value, found.outcome) == (None, None, "undecided")
    text = _say(found)
    assert "no difference could be shown" in text
    assert shown in text
    assert "on every split, which leaves no spread" in text


def test_differences_of_rounding_only_are_no_difference():
    above = np.nextafter(0.9, 1)
    quantum = [above] * 19 + [np.nextafter(above, 1)]
    assert compare(quantum, [0.9] * 20, 80, 20).outcome == "undecided"


def test_a_bound_that_excludes_zero_is_never_written_as_zero():
    tiny = Comparison(Metric(0.9), Metric(0.8996), 0.0004, 0.00004, 0.00076, 0.04, 9)
    text = _say(tiny)
    assert "better" in text
    assert "interval +0.004 to +0.076" in text


def test_scores_that_are_no_percentages_keep_three_significant_digits():
    assert "0.512 for the quantum model" in _say(compare([0.51234], [0.5], 80, 20), "R²")
    assert "−0.0123 for the quantum model" in _say(compare([-0.01234], [0.0], 80, 20), "R²")
    assert "71235 for the quantum model" in _say(compare([71234.6], [7e4], 80, 20), "rmse")
    assert "balanced accuracy 51.2 %" in _say(
        compare([0.51234], [0.5], 80, 20), "balanced_accuracy"
    )


def test_the_intervals_of_the_means_stay_inside_the_limits_and_the_difference_is_free():
    found = compare([0.9, 1.0, 1.0], [0.1, 0.0, 0.3], 80, 20, limits=(0.0, 1.0))
    assert (found.quantum.high, found.baseline.low) == (1.0, 0.0)
    assert found.high > 1.0


def test_unequal_numbers_of_splits_and_scores_that_are_not_finite_are_refused():
    with pytest.raises(DataError, match="same splits"):
        compare([0.5, 0.6], [0.5], 80, 20)
    for scores in ([], [np.nan, 0.5]):
        with pytest.raises(DataError):
            compare(scores, scores, 80, 20)
