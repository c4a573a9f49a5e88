"""Two benchmarks beside each other: paired where the folds are the same, and nowhere else."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from qml_core.evaluation.judgement.two_runs import Fold, RunOnData, compare_on_data

PLACES = [(repeat, fold) for repeat in range(2) for fold in range(5)]


def run(scores, *, run="a", **more) -> RunOnData:
    """`scores`: by model, (10,) in the order of the places."""
    return RunOnData(
        **{
            "data": "toy",
            "source": "toy",
            "prepared": "4 components",
            "metric": "accuracy",
            "threshold": 0.01,
            "folds": {p: Fold(f"rows {p}", 80, 20) for p in PLACES},
            "scores": {
                model: {p: v for p, v in zip(PLACES, values, strict=True) if math.isfinite(v)}
                for model, values in scores.items()
            },
            "keys": {model: {p: f"{run} {model} {p}" for p in PLACES} for model in scores},
            **more,
        }
    )


@pytest.fixture
def values():
    generator = np.random.default_rng(3)
    return generator.uniform(0.7, 0.9, (3, 10))


def test_the_test_is_the_corrected_one_on_the_differences_second_minus_first(values):
    before, after, _ = values
    found = compare_on_data(run({"m": before}), run({"m": after}, run="b"))
    (one,) = found.models
    d = after - before
    error = math.sqrt((1 / 10 + 20 / 80) * d.var(ddof=1))
    assert one.test.difference == pytest.approx(d.mean(), abs=1e-15)
    assert one.test.p == pytest.approx(2 * stats.t.sf(abs(d.mean() / error), 9), rel=1e-12)
    assert (one.first, one.second) == (pytest.approx(before.mean()), pytest.approx(after.mean()))
    assert found.folds == 10
    assert not found.notes


@pytest.mark.parametrize(("metric", "sign"), [("accuracy", 1), ("r2", 1), ("log_loss", -1)])
def test_a_positive_difference_is_an_improvement_whatever_the_metric(values, metric, sign):
    first = run({"m": values[0]}, metric=metric)
    second = run({"m": values[0] + sign * 0.05}, run="b", metric=metric)
    (one,) = compare_on_data(first, second).models
    assert one.test.difference == pytest.approx(0.05)


def test_holm_corrects_over_the_models_that_were_fitted_twice(values):
    first = run({"a": values[0], "b": values[1], "c": values[2]})
    second = run({"a": values[1], "b": values[2], "c": values[2]}, run="b")
    second = replace(second, keys={**second.keys, "c": first.keys["c"]})
    models = {one.model: one for one in compare_on_data(first, second).models}
    assert models["c"].same
    assert models["c"].corrected is None
    smaller, larger = sorted([models["a"], models["b"]], key=lambda one: one.test.p)
    assert smaller.corrected == pytest.approx(min(1, 2 * smaller.test.p))
    assert larger.corrected == pytest.approx(max(larger.test.p, smaller.corrected))


def test_other_folds_are_not_paired_and_said_to_be_others(values):
    moved = {p: Fold(f"other {p}", 80, 20) for p in PLACES}
    second = run({"m": values[1]}, run="b", folds=moved)
    found = compare_on_data(run({"m": values[0]}), second)
    assert found.folds == 0
    assert "other folds" in found.notes[0]
    (one,) = found.models
    assert one.test is None
    assert one.second == pytest.approx(values[1].mean())


def test_one_fold_that_differs_is_enough_to_pair_none(values):
    folds = {p: Fold("other" if p == (1, 4) else f"rows {p}", 80, 20) for p in PLACES}
    found = compare_on_data(run({"m": values[0]}), run({"m": values[1]}, run="b", folds=folds))
    assert found.folds == 0


def test_other_data_under_the_same_name_are_not_paired(values):
    found = compare_on_data(run({"m": values[0]}), run({"m": values[1]}, source="toy, noise 2"))
    assert found.folds == 0
    assert "other data" in found.notes[0]


def test_another_metric_is_not_compared_at_all(values):
    found = compare_on_data(run({"m": values[0]}), run({"m": values[1]}, metric="roc_auc"))
    assert found.models == ()
    assert "accuracy" in found.notes[0]
    assert "roc_auc" in found.notes[0]


def test_other_preprocessing_is_compared_and_said(values):
    found = compare_on_data(run({"m": values[0]}), run({"m": values[1]}, prepared="8 components"))
    assert found.folds == 10
    assert "preprocessing" in found.notes[0]


def test_more_repeats_are_compared_on_the_folds_that_both_have(values):
    fewer = PLACES[:5]
    second = run({"m": values[1]}, run="b", folds={p: Fold(f"rows {p}", 80, 20) for p in fewer})
    found = compare_on_data(run({"m": values[0]}), second)
    assert found.folds == 5
    assert found.notes == ("on the 5 folds that both have, of 10 and 5",)
    (one,) = found.models
    assert one.test.difference == pytest.approx((values[1] - values[0])[:5].mean())
    assert one.first == pytest.approx(values[0][:5].mean())


def test_one_fold_in_common_is_too_few(values):
    second = run({"m": values[1]}, folds={PLACES[0]: Fold(f"rows {PLACES[0]}", 80, 20)})
    found = compare_on_data(run({"m": values[0]}), second)
    assert found.folds == 0
    assert "1 folds in common" in found.notes[0]


def test_a_fold_that_failed_in_one_run_is_left_out_of_both(values):
    after = values[1].copy()
    after[3] = np.nan
    (one,) = compare_on_data(run({"m": values[0]}), run({"m": after}, run="b")).models
    assert one.test.folds == 9
    kept = np.delete(values[1] - values[0], 3)
    assert one.test.difference == pytest.approx(kept.mean())


def test_a_model_that_failed_everywhere_has_no_score(values):
    nothing = np.full(10, np.nan)
    (one,) = compare_on_data(run({"m": values[0]}), run({"m": nothing}, run="b")).models
    assert one.second is None
    assert one.test.p is None
    assert one.corrected is None


def test_models_of_one_run_only_are_named(values):
    first = run({"a": values[0], "b": values[1]})
    found = compare_on_data(first, run({"b": values[1], "c": values[2]}, run="b"))
    assert [one.model for one in found.models] == ["b"]
    assert found.only_first == ("a",)
    assert found.only_second == ("c",)
