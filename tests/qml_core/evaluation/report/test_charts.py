"""Charts say what the numbers say."""

import re
from dataclasses import replace

import numpy as np
import pytest

from qml_core.evaluation.report import concentration_charts, model_charts
from qml_core.evaluation.report.content import Residuals
from qml_core.evaluation.report.plot import BOTTOM, LEFT, RIGHT, TOP, Axis, across, up
from qml_core.evaluation.report.spectrum import spectrum


def points(mark):
    return np.array([[float(v) for v in p.split()] for p in re.findall(r"M([^MVh]+)h0", mark.path)])


def test_an_axis_maps_its_ends_to_the_frame_and_clips_beyond():
    axis = Axis("x", 0.01, 1.0, log=True)
    assert across(axis, [0.01, 0.1, 1.0, 5.0]).tolist() == pytest.approx(
        [LEFT, (LEFT + RIGHT) / 2, RIGHT, RIGHT]
    )
    assert up(Axis("y", 0, 10), [0, 10]).tolist() == [BOTTOM, TOP]


@pytest.mark.parametrize(
    "axis",
    [
        Axis("a", 0, 1),
        Axis("b", -123.0, 457.0),
        Axis("c", 3.3e-10, 1, log=True),
        Axis("d", 0.2, 0.9, log=True),
        Axis("e", 1e-16, 1e3, log=True),
    ],
)
def test_ticks_lie_inside_the_axis_and_are_at_least_two(axis):
    values = [value for value, _ in axis.ticks()]
    assert len(values) >= 2
    assert all(axis.low * (1 - 1e-9) <= value <= axis.high * (1 + 1e-9) for value in values)


def test_the_spectrum_draws_positive_eigenvalues_and_counts_the_others(binary):
    values = np.array([3.0, 1.0, 0.1, 0.0, -1e-17])
    plot = spectrum(replace(binary().kernel, eigenvalues=values, rows=5))
    (dots,) = plot.marks
    heights = up(plot.y, values[:3])
    assert points(dots)[:, 1] == pytest.approx(heights, abs=0.05)
    assert "2 that are zero or negative are not drawn" in plot.caption
    assert "All eigenvalues; 90 % of the trace lies in 2 of 5" in plot.caption


def test_leading_eigenvalues_claim_no_more_than_they_know(large):
    caption = spectrum(large().kernel).caption
    assert (
        "The 100 leading eigenvalues, estimated; 90 % of the trace reaches beyond the first 100 of"
        in caption
    )


def test_rounding_error_is_marked_where_eigenvalues_sink_into_it(binary):
    values = np.array([100.0, 1.0, 1e-14])
    assert spectrum(replace(binary().kernel, eigenvalues=values)).legend
    assert not spectrum(replace(binary().kernel, eigenvalues=values[:2])).legend


def test_in_single_precision_eigenvalues_sink_sooner(binary):
    kernel = replace(binary().kernel, eigenvalues=np.array([100.0, 1.0, 1e-6]))
    assert not spectrum(kernel).legend
    assert spectrum(replace(kernel, epsilon=2**-23)).legend


@pytest.mark.parametrize(("spread", "log"), [((0.3, 0.9), False), ((1e-5, 1e-2), True)])
def test_the_histogram_holds_every_pair(binary, spread, log):
    values = np.random.default_rng(0).uniform(*spread, 5000)
    plot = concentration_charts.off_diagonals(replace(binary().kernel, off_diagonal=values))
    tops = [float(v) for v in re.findall(r"V([\d.]+)H", plot.marks[0].path)]
    shares = (BOTTOM - np.array(tops)) / (BOTTOM - TOP) * plot.y.high
    assert plot.x.log == log
    assert shares.sum() == pytest.approx(100, abs=0.5)
    assert f"mean {values.mean():.3g}"[:9] in plot.description


def test_values_close_to_one_get_an_axis_of_their_own_that_tells_where_one_over_d_is(binary):
    values = np.random.default_rng(0).uniform(0.97, 0.99, 5000)
    plot = concentration_charts.off_diagonals(replace(binary().kernel, off_diagonal=values))
    assert 0.9 < plot.x.low < 0.97
    assert plot.legend[0][1] == "1/d = 9.77×10⁻⁴, left of the axis"
    assert [mark.style for mark in plot.marks] == ["quantum fill", "mean"]


def test_only_the_chosen_bandwidth_is_marked(binary):
    plot = concentration_charts.score_by_bandwidth(binary().concentration)
    chosen = next(mark for mark in plot.marks if mark.style == "chosen")
    at = across(plot.x, 0.2), up(plot.y, 0.958)
    assert points(chosen)[0] == pytest.approx(at, abs=0.05)
    assert len(points(chosen)) == 1


def test_without_inner_scores_there_is_no_chart_of_them(binary):
    found = binary().concentration
    bare = tuple(replace(candidate, score=None) for candidate in found.candidates)
    assert concentration_charts.score_by_bandwidth(replace(found, candidates=bare)) is None


def test_a_split_without_the_metric_leaves_a_gap(binary):
    evaluation = binary().evaluation
    first = replace(evaluation.splits[0], quantum={})
    plot = model_charts.splits(replace(evaluation, splits=(first, *evaluation.splits[1:])))
    dots = next(mark for mark in plot.marks if mark.style == "quantum dots")
    assert len(points(dots)) == len(evaluation.splits) - 1


def test_both_models_residuals_share_their_axes_and_large_ones_are_thinned():
    truth = np.linspace(0, 1, 5001)
    plots = model_charts.residual_plots(Residuals(truth, truth + 1, truth - 3), "Q", "B")
    assert plots[0].x.low == plots[1].x.low < -2.9
    assert len(points(plots[0].marks[1])) <= 2000
    assert "Mean residual 1, RMSE 1 over all rows. Every 3th" in plots[0].caption.replace(".00", "")
