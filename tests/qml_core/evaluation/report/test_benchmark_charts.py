"""Charts of benchmarks: differences of folds, costs, learning curves, average ranks."""

import math
import re

import numpy as np
import pytest
from report_benchmarks import (
    CLASSICAL,
    around,
    fold_score,
    judgement,
    model_score,
    verdict_and_folds,
)

from qml_core.evaluation.report.benchmark import differences_of
from qml_core.evaluation.report.benchmark_charts import (
    difference_plot,
    learning_plot,
    metric_axis,
)
from qml_core.evaluation.report.benchmark_costs import cost_plots
from qml_core.evaluation.report.benchmark_ranks import rank_diagram
from qml_core.evaluation.report.benchmark_records import followed
from qml_core.evaluation.report.benchmark_views import metrics_of, ordered
from qml_core.evaluation.report.benchmark_words import control_words, hardest_over_data
from qml_core.evaluation.report.plot import BOTTOM, across, up
from qml_core.references.benchmark import AcrossData, AcrossTest, PairedTest

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def points(path):
    """(x, y) of zero-length strokes."""
    return np.array([tuple(map(float, p)) for p in re.findall(r"M([\d.]+) ([\d.]+)h0", path)])


def marks(plot, style):
    return [mark.path for mark in plot.marks if mark.style == style]


@pytest.fixture
def verdict():
    return verdict_and_folds()[0]


def test_differences_are_positive_where_the_quantum_model_is_better_whatever_the_metric():
    def score(model, value, metric, k):
        return fold_score("d", model, (0, k), {metric: value})

    for metric, ours, theirs in (("accuracy", 0.9, 0.8), ("rmse", 3.0, 5.0)):
        verdict, _ = verdict_and_folds("d", models=("qsvc iqp", "knn"))
        verdict = verdict.model_copy(update={"metric": metric})
        failed = fold_score("d", "knn", (0, 1), {})
        folds = [score("qsvc iqp", ours, metric, 0), score("knn", theirs, metric, 0),
                 score("qsvc iqp", ours, metric, 1), failed]  # fmt: skip
        share = fold_score("d", "qsvc iqp", (0, 0), {metric: 0.1}, share=0.5)
        found = differences_of([verdict], [share, *reversed(folds), share])["d"]["qsvc iqp", "knn"]
        assert found[0] == pytest.approx(abs(ours - theirs))
        assert math.isnan(found[1])


def test_every_fold_of_a_difference_is_a_dot_at_its_place_and_the_failed_are_counted(verdict):
    values = [0.03, math.nan, -0.01, 0.0]
    test = PairedTest(model="qsvc iqp", against="rbf_svm", folds=3, difference=0.0067,
                      low=-0.04, high=0.05)  # fmt: skip
    bare = verdict.model_copy(update={"tests": (test,)})
    found = judgement("qsvc iqp", "inconclusive", (test,), "accuracy", hardest="rbf_svm")
    plot = difference_plot(found, bare, {("qsvc iqp", "rbf_svm"): values})
    drawn = points(marks(plot, "quantum cloud")[0])
    assert drawn[:, 1] == pytest.approx(up(plot.y, [0.03, -0.01, 0.0]), abs=0.06)
    assert (np.diff(drawn[:, 0]) > 0).all()
    whisker, mean = (list(map(float, NUMBER.findall(p))) for p in marks(plot, "mean strong"))
    assert whisker[1:] == pytest.approx(up(plot.y, [-0.04, 0.05]).tolist(), abs=0.06)
    assert mean[1] == mean[3] == pytest.approx(float(up(plot.y, 0.0067)), abs=0.06)
    band = list(map(float, NUMBER.findall(marks(plot, "second spread")[0])))
    assert band[1] == pytest.approx(float(up(plot.y, 0.01)), abs=0.06)
    assert band[3] == pytest.approx(float(up(plot.y, -0.01)), abs=0.06)
    assert "1 failed folds are left out" in plot.caption
    assert "better than rbf_svm on 1 of 3 folds" in plot.description


def test_reference_and_hardest_model_have_a_column_each_and_once(verdict):
    values = {("qsvc iqp", name): [0.01, 0.02] for name in CLASSICAL}
    columns = {}
    for hardest in ("rbf_svm", "knn"):
        found = judgement("qsvc iqp", "inconclusive", verdict.tests, "accuracy", hardest=hardest)
        columns[hardest] = [name for _, name in difference_plot(found, verdict, values).x.named]
    assert columns == {"rbf_svm": ["rbf_svm"], "knn": ["rbf_svm", "knn"]}
    assert difference_plot(found, verdict, {}) is None
    assert difference_plot(found, verdict, {("qsvc iqp", "knn"): [math.nan]}) is None


def test_dollars_are_an_axis_only_where_something_was_paid():
    paid, _ = verdict_and_folds()
    free, _ = verdict_and_folds(priced=False)
    assert [p.x.title for p in cost_plots(paid)] == ["US dollars (log)", "seconds (log)"]
    assert [p.x.title for p in cost_plots(free)] == ["seconds (log)"]
    assert cost_plots(paid)[0].x.named[0][1] == "$0"
    assert all(p.x.log for p in (*cost_plots(paid), *cost_plots(free)))


def test_a_model_stands_at_its_cost_and_score():
    scores = [model_score("qsvc iqp", 0.9, "classification", False, seconds=200.0),
              model_score("rbf_svm", 0.95, "classification", False, seconds=3.0)]  # fmt: skip
    verdict, _ = verdict_and_folds(models=("qsvc iqp", "rbf_svm"), scores=tuple(scores))
    plot = cost_plots(verdict)[0]
    for style, score in zip(("quantum dots", "baseline dots"), scores, strict=True):
        x, y = points(marks(plot, style)[0])[0]
        assert x == pytest.approx(float(across(plot.x, score.seconds)), abs=0.06)
        assert y == pytest.approx(float(up(plot.y, score.metrics["accuracy"].value)), abs=0.06)
    assert {name for _, _, name in plot.labels} == {"qsvc iqp", "rbf_svm"}


def test_models_that_cost_nothing_stand_beside_each_other_and_no_names_meet(verdict):
    plot = cost_plots(verdict)[0]
    free = [points(p)[0][0] for p in marks(plot, "baseline dots")]
    assert len(set(free)) == len(free) == len(CLASSICAL)
    boxes = [
        (float(x) - 2.8 * len(n), float(x) + 2.8 * len(n), float(y)) for x, y, n in plot.labels
    ]
    for k, (left, right, y) in enumerate(boxes):
        for other, end, height in boxes[k + 1 :]:
            assert right <= other or end <= left or abs(y - height) >= 12


@pytest.mark.parametrize("metric", ["accuracy", "log_loss"])
def test_a_far_worse_model_does_not_squash_the_others(metric):
    near = [0.94, 0.945, 0.95, 0.955]
    sign = -1 if metric == "log_loss" else 1
    axis = metric_axis([around(sign * v, 0.001) for v in (*near, 0.5)], metric)
    assert axis.share([sign * 0.5]) in (0.0, 1.0)
    assert abs(np.ptp(axis.share([sign * 0.94, sign * 0.955]))) > 0.7
    even = metric_axis([around(v, 0.001) for v in (0.1, 0.3, 0.5, 0.7, 0.9)], "accuracy")
    assert even.low < 0.1 < 0.9 < even.high


def test_the_learning_curve_names_quantum_compared_and_recommended_models(verdict):
    curves = {s.model: [(227, around(0.92)), (113, around(0.9)), (455, around(0.95))]
              for s in verdict.scores}  # fmt: skip
    verdict = verdict.model_copy(update={"recommended": "knn"})
    plot = learning_plot(verdict, curves)
    named = [name for _, name in plot.legend]
    assert named == ["qsvc iqp", "qsvc projected iqp", "rbf_svm", "logistic", "knn",
                     "9 other models"]  # fmt: skip
    assert len({style for style, _ in plot.legend}) == len(named)
    xs = [float(p.split()[0]) for p in marks(plot, "second others")[0].lstrip("M").split("L")]
    assert xs == pytest.approx(across(plot.x, [113, 227, 455]).tolist(), abs=0.06)
    assert learning_plot(verdict, {}) is None
    assert learning_plot(verdict, {"knn": [(113, around(0.9))], "mlp": []}) is None


def test_ranks_stand_on_their_axis_and_cliques_join_their_models(verdict):
    ranks = {"knn": 3.0, "qsvc iqp": 1.0, "mlp": 2.0, "dummy": 4.0}
    across_data = AcrossData(data_sets=8, ranks=ranks, critical_difference=1.5,
                             cliques=(("qsvc iqp", "mlp"), ("mlp", "knn"), ("dummy",)))  # fmt: skip
    drawn = rank_diagram(across_data, (verdict,))
    assert [row.name for row in drawn.rows] == ["qsvc iqp", "mlp", "knn", "dummy"]
    xs = [float(row.x) for row in drawn.rows]
    assert np.diff(xs) == pytest.approx(np.full(3, (xs[3] - xs[0]) / 3), abs=0.11)
    assert [mark.style for mark in drawn.marks][:2] == ["quantum dots", "baseline dots"]
    assert len(drawn.cliques) == 2
    start, end = (float(drawn.rows[k].y) for k in (0, 1))
    _, top, bottom = map(float, NUMBER.findall(drawn.cliques[0]))
    assert (top, bottom) == (start - 5, end + 5)
    bar = [float(v) for v in NUMBER.findall(drawn.critical)]
    assert bar[5] - bar[3] == pytest.approx(1.5 * (xs[1] - xs[0]), abs=0.2)
    assert rank_diagram(None, (verdict,)) is None
    assert rank_diagram(AcrossData(data_sets=1, ranks={"knn": 1.0}), (verdict,)) is None


def test_the_best_model_is_first_whichever_way_the_metric_points():
    verdict, _ = verdict_and_folds(task="regression", models=("qsvc iqp", "knn", "mlp"))
    by_r2 = [s.model for s in ordered(verdict)]
    assert [s.metrics["r2"].value for s in ordered(verdict)] == sorted(
        (s.metrics["r2"].value for s in verdict.scores), reverse=True
    )
    by_error = verdict.model_copy(update={"metric": "rmse"})
    assert [s.model for s in ordered(by_error)] == by_r2
    assert metrics_of(by_error) == ("rmse", "r2", "mae")


def test_over_data_sets_the_largest_p_of_each_quantum_model_counts():
    def test(model, against, p):
        return AcrossTest(model=model, against=against, data_sets=6, difference=0.1, p=p)

    found = hardest_over_data(AcrossData(data_sets=6, tests=(
        test("q", "a", 0.01), test("q", "b", 0.3), test("v", "a", 0.2), test("v", "b", None),
    )))  # fmt: skip
    assert [(t.model, t.against) for t in found] == [("q", "b"), ("v", "b")]


def test_a_control_is_better_worse_or_cannot_be_told_apart():
    def said(**fields):
        return control_words(PairedTest(model="q", against="c", folds=25, **fields), 0.05)

    assert said(difference=0.1, p=0.01) == "the quantum model is better"
    assert said(difference=-0.1, p=0.01) == "the control is better"
    assert said(difference=-0.1, p=0.05) == "cannot be told apart"
    assert said() == "not tested"


def test_only_addresses_of_stores_are_followed():
    assert all(map(followed, ("file:///a", "s3://b/c", "https://d")))
    assert not any(map(followed, ("javascript:alert(1)//", "data:text/html,x", "", "x file://")))


def test_dots_at_the_edge_stay_inside_the_frame(verdict):
    plot = cost_plots(verdict)[0]
    heights = [points(p)[0][1] for p in marks(plot, "baseline dots")]
    assert max(heights) == BOTTOM
