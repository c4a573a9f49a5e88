"""What k right of n rows can give, in as many digits as a file writes, and what it cannot."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qml_core.errors import DataError
from qml_core.evaluation.reproduction.audit import Entry, audit, possible, share_possible
from qml_core.evaluation.reproduction.scores import score_of

DIGITS = st.integers(1, 9)
SIZES = st.integers(1, 2000)


def entry(test, train=(), name=""):
    lines = tuple(range(2, 2 + len(test)))
    return Entry(name, lines, tuple(map(score_of, test)), tuple(map(score_of, train)))


def kinds(entries, n_test, seeds=None):
    return [finding.kind for finding in audit(entries, n_test, seeds).findings]


@st.composite
def scores(draw, size, most=20):
    rights = draw(st.lists(st.integers(0, size), min_size=1, max_size=most))
    return [right / size for right in rights]


@given(st.data(), SIZES, DIGITS)
def test_what_a_test_set_gives_is_possible_in_any_number_of_digits(data, n_test, digits):
    texts = [f"{score:.{digits}f}" for score in data.draw(scores(n_test))]
    assert kinds([entry(texts)], n_test) == []


@given(st.data(), SIZES, DIGITS)
def test_zeros_left_out_at_the_end_change_nothing(data, n_test, digits):
    texts = [str(round(score, digits)) for score in data.draw(scores(n_test))]
    assert kinds([entry(texts)], n_test) == []


@given(st.data(), SIZES, DIGITS)
def test_scores_of_so_many_significant_digits_are_possible(data, n_test, digits):
    texts = [f"{score:.{digits}g}" for score in data.draw(scores(n_test))]
    assert kinds([entry(texts)], n_test) == []


@given(st.data(), SIZES, st.integers(1, 20), DIGITS)
def test_a_mean_over_seeds_is_possible(data, n_test, seeds, digits):
    own = [data.draw(st.integers(0, n_test)) for _ in range(seeds)]
    mean = sum(own) / (n_test * seeds)
    assert kinds([entry([f"{mean:.{digits}f}"])], n_test, seeds) == []


@given(st.data(), SIZES)
def test_scores_in_single_precision_are_possible(data, n_test):
    import numpy as np

    texts = [repr(float(np.float32(score))) for score in data.draw(scores(n_test))]
    assert kinds([entry(texts)], n_test) == []


@given(st.integers(1, 400), st.integers(1, 6), st.integers(0, 10**6))
def test_possible_is_what_trying_every_number_of_right_rows_says(size, digits, number):
    value = Fraction(number % (10**digits + 1), 10**digits)
    half = Fraction(1, 2 * 10**digits)
    tried = any(abs(Fraction(k, size) - value) <= half for k in range(size + 1))
    assert possible(float(value), size, digits) is tried


@given(st.integers(1, 300), st.integers(1, 4))
def test_the_share_of_possible_numbers_is_counted(size, digits):
    whole = 10**digits
    counted = sum(possible(number / whole, size, digits) for number in range(whole + 1))
    ties = sum(2 * whole * k % (2 * size) == size for k in range(size + 1))  # round either way
    share = share_possible(size, digits)
    assert counted - ties <= share * (whole + 1) + 1e-6
    assert counted >= share * (whole + 1) - 1e-6


@given(st.integers(2, 2000), st.data())
def test_a_score_between_two_multiples_is_flagged_where_the_digits_tell(n_test, data):
    right = data.draw(st.integers(0, n_test - 1))
    between = data.draw(st.floats(0.05, 0.95))
    value = (right + between) / n_test
    assume(0.05 / n_test > 1e-6)
    assert kinds([entry([f"{value:.6f}"])], n_test) == ["impossible"]


@given(st.integers(2, 300), st.integers(2, 20), st.data())
def test_a_mean_is_judged_on_the_grid_of_all_its_seeds(n_test, seeds, data):
    right = data.draw(st.integers(1, n_test * seeds - 1))
    assume(right % seeds)
    text = f"{right / (n_test * seeds):.6f}"
    assert kinds([entry([text])], n_test, seeds) == []
    assert kinds([entry([text])], n_test) == ["impossible"]
    off = f"{(right + 0.5) / (n_test * seeds):.6f}"
    assert kinds([entry([off])], n_test, seeds) == ["impossible"]


def test_a_finding_names_the_entry_its_line_and_the_nearest_possible_score():
    found = audit([entry(["0.95", "0.8125", "0.9"], name="SVC")], n_test=60).findings
    assert [(one.line, one.name, one.kind) for one in found] == [(2, "SVC", "impossible")]
    assert found[0].said == "0.8125 (line 3): no multiple of 1/60 (near: 49/60 = 0.8167)"


def test_many_impossible_scores_of_an_entry_are_one_finding():
    found = audit([entry(["0.811", "0.822", "0.844", "0.855", "0.866"])], n_test=10).findings
    assert len(found) == 1
    assert "and 2 more" in found[0].said


def test_training_scores_of_the_published_study_are_called_so():
    """MLPClassifier of two_curves_diff, 17 degrees: 240 training rows, 60 test rows, 5 seeds."""
    own = ["0.975", "0.9708333333333333", "0.9666666666666667", "0.9458333333333333", "0.975"]
    found = audit([entry(own, own)], n_test=60).findings
    assert [one.kind for one in found] == ["impossible", "test = train"]
    assert "these are training scores" in found[1].said


def test_training_scores_of_one_seed_are_known_where_the_test_set_cannot_give_them():
    same = ["0.9916666666666667"]  # SVC, 17 degrees: 238 of 240
    assert kinds([entry(same, same)], n_test=60) == ["impossible", "test = train"]


def test_sound_scores_of_the_published_study_are_not_flagged():
    """SVC of two_curves_diff, 9 degrees, and CircuitCentricClassifier, 17 degrees."""
    svc = entry(["0.9833333333333333"] * 5, ["0.9791666666666666"] * 5)
    test = ["0.65", "0.6166666666666667", "0.6666666666666666", "0.65", "0.6833333333333333"]
    train = ["0.6791666666666667", "0.7", "0.675", "0.675", "0.6875"]
    assert kinds([svc, entry(test, train)], n_test=60) == []


def test_possible_scores_that_equal_the_train_scores_of_several_seeds_are_flagged():
    same = ["0.95", "0.9", "0.85"]
    found = audit([entry(same, same)], n_test=60).findings
    assert [(one.kind, one.certain) for one in found] == [("test = train", True)]


@pytest.mark.parametrize("seeds", [1, 5])
def test_one_possible_score_that_equals_its_train_score_is_only_suspect(seeds):
    same = ["0.966667"] * seeds  # SVC of hidden_manifold_diff, 3 dimensions: truly both
    found = audit([entry(same, same)], n_test=60).findings
    assert [(one.kind, one.certain) for one in found] == [("suspect", False)]


def test_perfect_scores_are_not_suspect():
    assert kinds([entry(["1.0", "1.0", "1.0"], ["1.0", "1.0", "1.0"])], n_test=60) == []
    assert kinds([entry(["0.0", "1"], ["0.0", "1"])], n_test=60) == []


def test_one_seed_that_differs_from_its_train_score_clears_the_entry():
    assert kinds([entry(["0.95", "0.90"], ["0.95", "0.91"])], n_test=60) == []


def test_train_scores_in_fewer_digits_are_compared_in_these():
    test, train = ["0.816667", "0.933333"], ["0.8167", "0.9333"]
    assert kinds([entry(test, train)], n_test=60) == ["test = train"]
    assert kinds([entry(test, ["0.8166", "0.9333"])], n_test=60) == []


def test_equal_scores_of_one_digit_prove_nothing():
    assert kinds([entry(["0.9", "0.8"], ["0.9", "0.8"])], n_test=60) == ["suspect"]


def test_scores_below_zero_and_one_above_one_are_outside():
    assert kinds([entry(["-0.05"]), entry(["1.05"]), entry(["0.9"])], n_test=20) == ["outside"] * 2


def test_scores_in_percent_are_not_judged_as_shares():
    with pytest.raises(DataError, match=r"95\.0 look like percent; give --percent"):
        audit([entry(["95.0"]), entry(["88.3"]), entry(["0.9"])], n_test=60)


def test_digits_too_few_for_the_test_set_are_told():
    few = audit([entry(["0.95"]), entry(["0.81"])], n_test=100)
    assert (few.findings, few.digits, few.share_possible) == ((), 2, 1.0)
    assert audit([entry(["0.95"]), entry(["0.80"])], n_test=60).share_possible == pytest.approx(
        61 / 101
    )


@pytest.mark.parametrize(
    ("n_test", "seeds"), [(0, None), (-60, None), (60, 0), (60, -5), (-60, -5), (10**400, None)]
)
def test_sizes_of_no_test_set_are_refused(n_test, seeds):
    with pytest.raises(DataError, match="at least 1"):
        audit([entry(["0.5"])], n_test, seeds)


def test_a_huge_test_set_is_no_trouble():
    assert audit([entry(["0.123456"])], n_test=10**12).share_possible == 1.0
