import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from qml_core.errors import DataError
from qml_core.evaluation.metrics import Metric, confusion, evaluate, over_splits

seeds = st.integers(0, 2**32 - 1)


def _rng(seed=0):
    return np.random.default_rng(seed)


def _classified(seed, n, n_classes):
    rng = _rng(seed)
    y = rng.integers(0, n_classes, size=n)
    y[:n_classes] = np.arange(n_classes)
    guess = np.where(rng.random(n) < 0.7, y, rng.integers(0, n_classes, size=n))
    return y, guess, np.round(y + rng.normal(size=n), 1)


@settings(max_examples=40, deadline=None)
@given(seed=seeds, n=st.integers(5, 60), n_classes=st.integers(2, 4))
def test_classification_values_are_those_of_scikit_learn(seed, n, n_classes):
    y, guess, scores = _classified(seed, n, n_classes)
    found = evaluate("classification", y, guess, scores, generator=_rng(), draws=20)
    assert found["accuracy"].value == pytest.approx(sk.accuracy_score(y, guess))
    balanced = sk.balanced_accuracy_score(y, guess)
    assert found["balanced_accuracy"].value == pytest.approx(balanced)
    assert found["f1_macro"].value == pytest.approx(sk.f1_score(y, guess, average="macro"))
    assert ("roc_auc" in found) == (n_classes == 2)
    if n_classes == 2:
        assert found["roc_auc"].value == pytest.approx(sk.roc_auc_score(y, scores))


@settings(max_examples=40, deadline=None)
@given(seed=seeds, n=st.integers(2, 60), origin=st.sampled_from([0.0, 1e6]))
def test_regression_values_are_those_of_scikit_learn_also_far_from_zero(seed, n, origin):
    rng = _rng(seed)
    y = origin + rng.normal(size=n)
    guess = y + rng.normal(size=n)
    found = evaluate("regression", y, guess, generator=_rng(), draws=20)
    assert found["r2"].value == pytest.approx(sk.r2_score(y, guess), rel=1e-6)
    assert found["rmse"].value == pytest.approx(sk.root_mean_squared_error(y, guess))
    assert found["mae"].value == pytest.approx(sk.mean_absolute_error(y, guess))


def test_the_intervals_of_resamples_agree_with_scikit_learn_on_rows_drawn_one_by_one():
    y, guess, scores = _classified(5, 150, 2)
    found = evaluate("classification", y, guess, scores, generator=_rng(1), draws=2000)
    rng = _rng(2)
    drawn = [rng.integers(0, 150, size=150) for _ in range(400)]
    for name, score, second in (
        ("roc_auc", sk.roc_auc_score, scores),
        ("balanced_accuracy", sk.balanced_accuracy_score, guess),
        ("f1_macro", lambda a, b: sk.f1_score(a, b, average="macro"), guess),
    ):
        low, high = np.quantile([score(y[rows], second[rows]) for rows in drawn], [0.025, 0.975])
        assert found[name].low == pytest.approx(low, abs=0.02)
        assert found[name].high == pytest.approx(high, abs=0.02)


def test_the_intervals_of_regression_agree_with_scikit_learn_on_rows_drawn_one_by_one():
    rng = _rng(3)
    y = rng.normal(50, 3, size=150)
    guess = y + rng.normal(size=150)
    found = evaluate("regression", y, guess, generator=_rng(1), draws=2000)
    drawn = [rng.integers(0, 150, size=150) for _ in range(400)]
    for name, score in (
        ("r2", sk.r2_score),
        ("rmse", sk.root_mean_squared_error),
        ("mae", sk.mean_absolute_error),
    ):
        low, high = np.quantile([score(y[rows], guess[rows]) for rows in drawn], [0.025, 0.975])
        assert found[name].low == pytest.approx(low, abs=0.02)
        assert found[name].high == pytest.approx(high, abs=0.02)


def test_the_accuracy_of_a_perfect_classifier_has_an_interval_and_its_resamples_have_none():
    y = np.arange(20) % 2
    found = evaluate("classification", y, y, scores=y, generator=_rng())
    assert found["accuracy"].value == found["accuracy"].high == 1.0
    assert found["accuracy"].low == pytest.approx(0.8388748, abs=1e-6)  # n / (n + z²)
    for name in ("balanced_accuracy", "f1_macro", "roc_auc"):
        assert found[name] == Metric(1.0, None, None)


def test_the_same_generator_gives_the_same_intervals_and_another_one_others():
    y, guess, scores = _classified(5, 80, 2)
    first, second, other = (
        evaluate("classification", y, guess, scores, generator=_rng(s)) for s in (1, 1, 2)
    )
    assert first == second
    assert first["roc_auc"] != other["roc_auc"]


def test_large_test_sets_are_resampled_in_pieces_with_every_draw_counted():
    rng = _rng(0)
    y = rng.normal(size=30_000)
    found = evaluate("regression", y, y + rng.normal(size=30_000), generator=rng, draws=150)
    half_width = (found["mae"].high - found["mae"].low) / 2
    assert half_width == pytest.approx(1.96 * 0.6028 / np.sqrt(30_000), rel=0.25)


def test_labels_may_be_text_and_their_order_says_which_class_the_scores_mean():
    y, scores = ["b", "a", "b", "a"], [2.0, 1.0, 4.0, 3.0]
    asked = {"y_true": y, "y_pred": y, "scores": scores}
    found = evaluate("classification", **asked, generator=_rng())
    assert found["roc_auc"].value == pytest.approx(0.75)
    turned = evaluate("classification", **asked, classes=["b", "a"], generator=_rng())
    assert turned["roc_auc"].value == pytest.approx(0.25)


def test_scores_of_several_classes_and_a_truth_of_one_class_have_no_roc_auc():
    y = np.arange(9) % 3
    several = evaluate("classification", y, y, scores=np.ones((9, 3)), generator=_rng())
    assert "roc_auc" not in several
    one = evaluate(
        "classification", [1, 1], [1, 0], scores=[1, 2], classes=[0, 1], generator=_rng()
    )
    assert set(one) == {"accuracy", "balanced_accuracy", "f1_macro"}


def test_a_truth_without_spread_has_the_r2_of_scikit_learn():
    for y, guess in (([2.0, 2.0, 2.0], [2.0, 2.0, 2.5]), ([2.0, 2.0], [2.0, 2.0])):
        found = evaluate("regression", y, guess, generator=_rng())
        assert found["r2"] == Metric(sk.r2_score(y, guess))
    assert evaluate("regression", [1.0], [2.0], generator=_rng())["r2"] == Metric(0.0)


def test_confusion_counts_true_classes_in_rows_also_for_labels_stored_as_floats():
    counts = confusion(np.array([0.0, 0.0, 1.0, 2.0]), np.array([0.0, 1.0, 1.0, 0.0]), 4)
    assert counts.tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]


def test_the_mean_over_splits_has_the_interval_computed_by_hand():
    """Mean .9, s = .1; variance factor 1/3 + 1/4; t(2, .975) = 4.302653."""
    half = 4.302653 * 0.1 * np.sqrt(1 / 3 + 1 / 4)
    found = over_splits([0.8, 0.9, 1.0], n_train=80, n_test=20)
    assert (found.value, found.low, found.high) == pytest.approx((0.9, 0.9 - half, 0.9 + half))
    assert over_splits([0.8, 0.9, 1.0], 80, 20, limits=(0, 1)).high == 1


def test_one_split_or_splits_that_agree_have_no_interval():
    assert over_splits([0.8], 80, 20) == Metric(0.8, None, None)
    assert over_splits([0.1 + 0.2, 0.3, 0.3], 80, 20).low is None


@pytest.mark.parametrize(
    ("task", "y", "guess"),
    [
        ("classification", [0, 1], [0]),
        ("classification", [], []),
        ("regression", [1.0, 2.0], [1.0, np.nan]),
        ("regression", [[1.0], [2.0]], [[1.0], [2.0]]),
    ],
)
def test_predictions_that_do_not_fit_the_truth_are_refused(task, y, guess):
    with pytest.raises(DataError):
        evaluate(task, y, guess, generator=_rng())


def test_unknown_labels_scores_that_are_not_finite_and_no_splits_are_refused():
    with pytest.raises(DataError, match="'c'"):
        evaluate("classification", ["a"], ["c"], classes=["a", "b"], generator=_rng())
    with pytest.raises(DataError, match="scores"):
        evaluate("classification", [0, 1], [0, 1], scores=[np.inf, 0.0], generator=_rng())
    with pytest.raises(DataError, match="whole numbers from 0 to 1"):
        confusion([0, 2], [0, 1], 2)
    with pytest.raises(DataError):
        over_splits([], 80, 20)
    with pytest.raises(DataError, match="both sides"):
        over_splits([0.5, 0.6], 80, 0)
