"""Charts of trainings say what the numbers say."""

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from report_training import grown, history, picture, with_shots

from qml_core.errors import SpecError
from qml_core.evaluation.report.angles import histogram
from qml_core.evaluation.report.epochs import Curve, epoch_axis, known, value_axis
from qml_core.evaluation.report.plot import LEFT, RIGHT, across, up
from qml_core.evaluation.report.training import Parameters
from qml_core.evaluation.report.training_charts import (
    gradient,
    layer_norms,
    learning_curve,
    learning_rate,
    signal_to_noise,
    training_plots,
)


def corners(mark):
    """(n, 2) points of a path of lines or dots."""
    return np.array(
        [[float(v) for v in p.split()] for p in re.findall(r"[ML]([^MLh]+)", mark.path)]
    )


def styled(plot, style):
    return [mark for mark in plot.marks if mark.style == style]


def test_a_learning_curve_draws_every_epoch_of_training_and_validation():
    plot = learning_curve(picture(history()), "loss", "Loss")
    for style, name in (("quantum line", "loss"), ("validation line", "validation_loss")):
        (mark,) = styled(plot, style)
        drawn = corners(mark)
        assert drawn[:, 0] == pytest.approx(across(plot.x, np.arange(1, 31)), abs=0.05)
        assert drawn[:, 1] == pytest.approx(up(plot.y, history()[name]), abs=0.05)


def test_the_best_epoch_of_every_split_is_marked_on_its_validation_curve():
    splits = [history(seed, 30 - 5 * seed) for seed in range(3)]
    (dots,) = styled(learning_curve(picture(*splits), "loss", "Loss"), "best dots")
    plot = learning_curve(picture(*splits), "loss", "Loss")
    expected = [
        (
            float(across(plot.x, h.best_epoch)),
            float(up(plot.y, h["validation_loss"][h.best_epoch - 1])),
        )
        for h in splits
    ]
    assert corners(dots) == pytest.approx(np.array(expected), abs=0.05)


def test_other_splits_are_faint_and_the_longest_sets_the_axis():
    plot = learning_curve(picture(*(history(s, 10 + 5 * s) for s in range(4))), "loss", "Loss")
    assert plot.x.high == 25
    assert len(styled(plot, "quantum others")) == 3
    assert ("quantum others", "faint: other splits than 0") in plot.legend


def test_without_validation_the_best_epoch_lies_on_the_training_curve():
    nothing = np.full(30, np.nan)
    columns = {"validation_loss": nothing, "validation_score": nothing}
    plot = learning_curve(picture(history(columns=columns, best_epoch=30)), "loss", "Loss")
    assert not styled(plot, "validation line")
    (dot,) = styled(plot, "best dots")
    assert corners(dot)[0, 0] == RIGHT


def test_unknown_epochs_are_gaps_and_a_lone_epoch_is_a_dot():
    loss = np.array([0.9, 0.8, np.nan, 0.6, np.nan, 0.4, 0.3])
    plot = learning_curve(picture(history(epochs=7, columns={"loss": loss})), "loss", "Loss")
    assert [len(corners(m)) for m in styled(plot, "quantum line")] == [2, 2]
    (lone,) = styled(plot, "quantum line dots")
    assert corners(lone)[0] == pytest.approx(
        [float(across(plot.x, 4)), float(up(plot.y, 0.6))], abs=0.05
    )


def test_layers_that_are_added_are_marked_with_their_number():
    plot = learning_curve(picture(grown()), "loss", "Loss")
    at = [
        corners(mark.__class__(mark.path.replace("V", " L0 "), ""))
        for mark in styled(plot, "phase")
    ]
    assert [found[0, 0] for found in at] == pytest.approx(
        across(plot.x, [4.5, 8.5, 12.5]).tolist(), abs=0.05
    )
    assert [label for _, _, label in plot.labels] == ["1", "2", "3", "4"]
    assert "layers in use" in plot.caption
    assert learning_curve(picture(history()), "loss", "Loss").labels == ()


def test_frozen_layers_have_no_gradient_to_draw():
    plot = layer_norms(picture(grown()))
    lengths = [len(corners(mark)) for mark in styled(plot, "layer-0 line")]
    assert lengths == [4, 8]


@pytest.mark.parametrize(("layers", "shown"), [(0, 0), (1, 0), (2, 2), (6, 6), (256, 6)])
def test_at_most_six_layers_are_drawn_the_first_and_the_last_among_them(layers, shown):
    plot = layer_norms(picture(history(layers=layers)))
    assert (0 if plot is None else len(plot.legend)) == shown
    if shown:
        assert plot.legend[0][1] == "layer 1"
        assert plot.legend[-1][1] == f"layer {layers}"


def test_the_learning_rate_is_drawn_only_where_it_varies():
    assert learning_rate(picture(history())) is None
    rates = 0.05 * 0.9 ** np.arange(30)
    plot = learning_rate(picture(history(columns={"learning_rate": rates})))
    assert corners(styled(plot, "quantum line")[0])[:, 1] == pytest.approx(
        up(plot.y, rates), abs=0.05
    )


def test_plateaus_are_marked_on_the_gradient():
    plot = gradient(picture(with_shots()), "gradient_variance", "Gradient variance")
    (dots,) = styled(plot, "plateau dots")
    assert corners(dots)[:, 0] == pytest.approx(across(plot.x, np.arange(16, 21)), abs=0.05)


def test_signal_to_noise_is_held_against_one():
    plot = signal_to_noise(picture(with_shots()))
    (level,) = styled(plot, "reference")
    assert level.path == f"M{LEFT} {float(up(plot.y, 1.0)):.1f}".removesuffix(".0") + f"H{RIGHT}"
    assert signal_to_noise(picture(history())) is None


def test_a_loss_that_does_not_move_looks_flat():
    loss = 0.6931 + 1e-6 * np.sin(np.arange(30))
    axis = value_axis([Curve(np.arange(30), loss, "")], "loss")
    assert np.ptp(up(axis, loss)) < 0.1


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), min_size=1, max_size=9),
    st.booleans(),
)
@example([5e-324], False)
def test_any_values_have_an_axis_that_holds_those_that_can_be_drawn(values, log):
    found = np.array(values)
    axis = value_axis([Curve(np.arange(len(found)), found, "")], "loss", log)
    assert axis.low < axis.high
    drawable = found[known(found, axis.log)]
    assert np.all(drawable >= axis.low * (1 - 1e-9 * np.sign(axis.low)))
    assert np.isfinite(axis.share(drawable)).all()


def test_epochs_are_whole_numbers_on_the_axis():
    for last in (1, 2, 3, 7, 30, 200, 100_000):
        named = epoch_axis(picture(history(epochs=last))).ticks()
        assert all(float(value).is_integer() for value, _ in named)
        assert named[0] == (1, "1")


def test_angles_are_counted_on_the_circle():
    plot = histogram(Parameters(np.array([0.1, 0.1 + 2 * np.pi, -0.1, np.pi + 0.1]), np.zeros(4)))
    counts = np.zeros(24)
    counts[[0, 12, 23]] = 2, 1, 1
    steps = np.array([float(v) for v in re.findall(r"V([\d.]+)H", plot.marks[0].path)])
    assert steps == pytest.approx(up(plot.y, counts), abs=0.05)
    assert [name for _, name in plot.legend] == ["after", "before"]


def test_histories_that_do_not_fit_together_are_refused_with_what_was_found():
    with pytest.raises(SpecError, match=r"0 epochs"):
        history(epochs=0, best_epoch=0)
    with pytest.raises(SpecError, match=r"30 epochs and columns of \[29, 30\] rows"):
        history(columns={"loss": np.zeros(29)})


def test_every_chart_has_words_for_who_cannot_see_it():
    for plot in training_plots(picture(with_shots())):
        assert len(plot.description) > 20
