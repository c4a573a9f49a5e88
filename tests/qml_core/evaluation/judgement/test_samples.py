"""Intervals over the samples of a data set: clustered over repeats, and calibrated."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from qml_core.errors import DataError
from qml_core.evaluation.judgement.fold_metrics import fold_metrics
from qml_core.evaluation.judgement.samples import FoldPredictions, sample_intervals
from qml_core.evaluation.judgement.weighted_metrics import weighted_metrics
from qml_core.evaluation.objectives.scores import Predicted
from qml_core.specs.benchmark import METRICS_OF


def intervals(task, folds, n_classes=2, seed=0, draws=400):
    generator = np.random.default_rng(seed)
    return sample_intervals(task, folds, n_classes, generator=generator, draws=draws)


def folds_of(
    y: np.ndarray, said: Sequence[Predicted], k: int, rng: np.random.Generator
) -> list[FoldPredictions]:
    """One repeat of k folds for each prediction of all rows."""
    found = []
    for repeat, whole in enumerate(said):
        for rows in np.array_split(rng.permutation(len(y)), k):
            parts = (
                None if part is None else part[rows]
                for part in (whole.y, whole.probabilities, whole.scores)
            )
            found.append(FoldPredictions(repeat, rows, y[rows], Predicted(*parts)))
    return found


def classified(n: int, n_classes: int, rng: np.random.Generator) -> tuple[np.ndarray, Predicted]:
    y = np.arange(n) % n_classes
    raw = rng.dirichlet(np.ones(n_classes), n) + 0.4 * np.eye(n_classes)[y]
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    return y.astype(float), Predicted(probabilities.argmax(axis=1), probabilities)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_each_value_is_the_mean_over_folds_and_lies_in_its_interval(n_classes):
    rng = np.random.default_rng(0)
    y, said = classified(90, n_classes, rng)
    folds = folds_of(y, [said] * 3, 5, rng)
    found = intervals("classification", folds, n_classes)
    whole = [fold_metrics("classification", f.y_true, f.predicted, n_classes) for f in folds]
    assert set(found) == set(METRICS_OF["classification"])
    for name, interval in found.items():
        assert interval.value == pytest.approx(np.mean([metrics[name] for metrics in whole]))
        assert interval.low < interval.value < interval.high


@pytest.mark.parametrize("n_classes", [2, 4])
def test_drawing_a_row_twice_is_having_it_twice(n_classes):
    rng = np.random.default_rng(1)
    y, whole = classified(30, n_classes, rng)
    ties = np.ceil(whole.probabilities * 3)
    said = Predicted(whole.y, ties / ties.sum(axis=1, keepdims=True))
    counts = np.r_[np.ones(n_classes, int), rng.integers(0, 4, 30 - n_classes)]
    again = np.repeat(np.arange(30), counts)
    weighted = weighted_metrics("classification", y, said, n_classes)
    weights = counts[np.newaxis].astype(float)
    repeated = Predicted(said.y[again], said.probabilities[again])
    expected = fold_metrics("classification", y[again], repeated, n_classes)
    for name in METRICS_OF["classification"]:
        assert float(weighted[name](weights)[0]) == pytest.approx(expected[name])


def test_log_losses_of_drawn_rows_are_those_of_scikit_learn_also_where_a_probability_is_zero():
    y = np.array([0.0, 1.0, 1.0])
    said = Predicted(y, np.array([[1.0, 0.0], [0.3, 0.7], [1.0, 0.0]]))
    of = weighted_metrics("classification", y, said, 2)["log_loss"]
    expected = fold_metrics("classification", y, said, 2)["log_loss"]
    assert float(of(np.ones((1, 3)))[0]) == pytest.approx(expected)
    assert float(of(np.array([[0.0, 5.0, 0.0]]))[0]) == pytest.approx(-np.log(0.7))


def test_drawing_a_value_twice_is_having_it_twice():
    rng = np.random.default_rng(2)
    y, said = 1e6 + rng.normal(size=20), 1e6 + rng.normal(size=20)
    counts = rng.integers(0, 4, 20)
    again = np.repeat(np.arange(20), counts)
    weights = counts[np.newaxis].astype(float)
    of = weighted_metrics("regression", y, Predicted(said), 0)
    found = {name: float(metric(weights)[0]) for name, metric in of.items()}
    found["r2"] = 1 - found.pop("squared") / found.pop("spread")
    assert found == pytest.approx(fold_metrics("regression", y[again], Predicted(said[again]), 0))


def test_repeats_of_the_same_predictions_do_not_narrow_the_interval():
    """With fold rows as the units five repeats would narrow it by √5."""
    rng = np.random.default_rng(3)
    y, said = classified(200, 2, rng)
    one = intervals("classification", folds_of(y, [said], 5, rng), draws=2000)
    five = intervals("classification", folds_of(y, [said] * 5, 5, rng), draws=2000)
    for name in ("accuracy", "log_loss", "roc_auc"):
        width = one[name].high - one[name].low
        assert five[name].high - five[name].low == pytest.approx(width, rel=0.12)


def test_an_accuracy_has_about_the_binomial_interval():
    rng = np.random.default_rng(4)
    y, said = classified(400, 2, rng)
    found = intervals("classification", folds_of(y, [said], 5, rng), draws=2000)["accuracy"]
    p = float((said.y == y).mean())
    half = stats.norm.isf(0.025) * np.sqrt(p * (1 - p) / 400)
    assert (found.low, found.high) == pytest.approx((p - half, p + half), abs=0.006)


def test_draws_of_small_folds_are_biased_and_their_interval_is_not():
    """Of f1_macro in folds of eight rows, by about −0.03: a quarter of the interval's width."""
    rng = np.random.default_rng(11)
    gaps = []
    for _ in range(8):
        y, said = classified(40, 2, rng)
        found = intervals("classification", folds_of(y, [said], 5, rng), seed=1)["f1_macro"]
        gaps.append((found.low + found.high) / 2 - found.value)
    assert abs(np.mean(gaps)) < 0.012


def coverage(n: int, metric: str, trials: int, seed: int) -> float:
    """How often the interval of a regression in 5 folds × 2 repeats holds the expected score."""
    rng = np.random.default_rng(seed)

    def benchmark() -> list[FoldPredictions]:
        y = rng.normal(size=n)
        said = 0.7 * y + 0.5 * rng.normal(size=n)
        return folds_of(y, [Predicted(said + 0.3 * rng.normal(size=n)) for _ in range(2)], 5, rng)

    def value(folds: list[FoldPredictions]) -> float:
        scores = [(f.y_true - f.predicted.y, f.y_true) for f in folds]
        if metric == "mae":
            return float(np.mean([np.abs(errors).mean() for errors, _ in scores]))
        return float(np.mean([1 - (errors**2).mean() / y.var() for errors, y in scores]))

    expected = np.mean([value(benchmark()) for _ in range(1000)])
    held = []
    for _ in range(trials):
        found = intervals("regression", benchmark(), 0, draws=200)[metric]
        held.append(found.low <= expected <= found.high)
    return float(np.mean(held))


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["r2", "mae"])
@pytest.mark.parametrize("n", [50, 150])
def test_intervals_hold_the_expected_score_in_most_benchmarks(metric, n):
    assert coverage(n, metric, 200, seed=n) > 0.85


def test_r2_of_small_folds_is_no_ratio_without_bounds():
    """Resampled folds of six rows, each with its own spread, would reach far below −10."""
    rng = np.random.default_rng(5)
    y = rng.normal(size=30)
    folds = folds_of(y, [Predicted(0.7 * y + 0.5 * rng.normal(size=30))], 5, rng)
    found = intervals("regression", folds, 0)["r2"]
    assert found.value - 1.5 < found.low < found.value < found.high <= 1.0


def test_the_same_generator_gives_the_same_intervals_and_another_gives_others():
    rng = np.random.default_rng(6)
    folds = folds_of(*(lambda y, said: (y, [said]))(*classified(60, 2, rng)), 5, rng)
    first, again, other = (intervals("classification", folds, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first["log_loss"] != other["log_loss"]


def test_rows_in_other_numbers_and_folds_in_another_order_change_nothing_but_the_draws():
    rng = np.random.default_rng(7)
    y, said = classified(60, 2, rng)
    folds = folds_of(y, [said], 5, rng)
    moved = [FoldPredictions(f.repeat, f.rows + 10**9, f.y_true, f.predicted) for f in folds]
    assert intervals("classification", moved) == intervals("classification", folds)


def test_a_perfect_model_has_values_without_intervals_and_limits_hold():
    y = np.arange(40) % 2 * 1.0
    rng = np.random.default_rng(8)
    perfect = intervals("classification", folds_of(y, [Predicted(y)], 4, rng))
    assert perfect["accuracy"].value == 1.0
    assert perfect["accuracy"].low is None
    nearly = np.where(np.arange(40) == 3, 1 - y, y)
    found = intervals("classification", folds_of(y, [Predicted(nearly)], 4, rng))
    assert all(0.8 < of.low < of.value <= of.high <= 1.0 for of in found.values())


def test_a_metric_that_one_fold_cannot_give_is_the_mean_of_the_others():
    rng = np.random.default_rng(9)
    y, said = classified(40, 2, rng)
    order = np.argsort(y, kind="stable")
    parts = (order[:10], np.sort(np.r_[order[10:20], order[20:40]]))
    folds = [
        FoldPredictions(0, rows, y[rows], Predicted(said.y[rows], said.probabilities[rows]))
        for rows in parts
    ]
    found = intervals("classification", folds)
    second = fold_metrics("classification", folds[1].y_true, folds[1].predicted, 2)
    assert found["roc_auc"].value == pytest.approx(second["roc_auc"])
    assert found["roc_auc"].low < found["roc_auc"].value < found["roc_auc"].high


def test_what_no_fold_gives_is_left_out():
    rng = np.random.default_rng(10)
    y, said = classified(40, 2, rng)
    found = intervals("classification", folds_of(y, [Predicted(said.y)], 4, rng))
    assert set(found) == {"accuracy", "balanced_accuracy", "f1_macro"}
    alone = [FoldPredictions(0, np.array([k]), y[[k]], Predicted(y[[k]] + k)) for k in range(4)]
    assert set(intervals("regression", alone, 0)) == {"rmse", "mae"}


def test_folds_that_are_none_are_refused():
    one = FoldPredictions(0, np.arange(3), np.zeros(3), Predicted(np.zeros(3)))
    with pytest.raises(DataError, match="no fold"):
        intervals("regression", [])
    with pytest.raises(DataError, match="held out twice in repeat 0"):
        intervals("regression", [one, one])
    with pytest.raises(DataError, match="row numbers"):
        intervals(
            "regression", [FoldPredictions(0, np.arange(2), np.zeros(3), Predicted(np.zeros(3)))]
        )
