"""Charts of a comparison: curves of every searcher, words of the contrasts."""

import re
from dataclasses import replace

import numpy as np
import pytest
from report_searches import compared_space

from qml_core.errors import SpecError
from qml_core.evaluation.report.comparison import DeclaredContrast
from qml_core.evaluation.report.comparison_charts import (
    STYLES,
    anytime_plot,
    contrast_words,
    p_text,
    qpu_words,
)
from qml_core.evaluation.report.plot import LEFT, RIGHT, across, up
from qml_core.references import Interval


def places(path):
    return np.array(re.findall(r"([\d.]+) ([\d.]+)", path), dtype=float)


def test_every_searcher_has_a_curve_and_a_band_after_the_design():
    space = compared_space()
    plot = anytime_plot(space, 0.95)
    for found in space.searchers:
        (curve,) = [m for m in plot.marks if m.style == STYLES[found.name]]
        at = places(curve.path)
        trials = np.arange(space.design, space.trials + 1)
        np.testing.assert_allclose(at[:, 0], across(plot.x, trials), atol=0.06)
        np.testing.assert_allclose(at[:, 1], up(plot.y, found.mean[trials - 1]), atol=0.06)
        colour = STYLES[found.name].split()[0]
        (band,) = [m for m in plot.marks if m.style == f"{colour} spread faint-band"]
        assert len(places(band.path)) == 2 * len(trials)
        assert np.all((places(band.path)[:, 0] >= LEFT) & (places(band.path)[:, 0] <= RIGHT))
    assert next(name for _, name in plot.legend) == "qaoa"


def test_colours_and_dashes_of_two_searchers_differ():
    assert len({style.split()[0] for style in STYLES.values()}) == len(STYLES)


def test_curves_with_failures_at_the_start_are_drawn_where_they_are_known():
    space = compared_space(design=0)
    first = space.searchers[0]
    unknown = np.where(np.arange(space.trials) < 3, np.nan, 0.0)
    found = replace(
        first, mean=first.mean + unknown, low=first.low + unknown, high=first.high + unknown
    )
    plot = anytime_plot(replace(space, searchers=(found,)), 0.95)
    (curve,) = [m for m in plot.marks if m.style == STYLES["qaoa"]]
    assert len(places(curve.path)) == space.trials - 3


def test_a_budget_of_the_design_alone_still_has_a_chart():
    plot = anytime_plot(compared_space(design=60), 0.95)
    assert plot.x.low < 60 <= plot.x.high


@pytest.mark.parametrize(
    ("corrected", "value", "words"),
    [(0.2, -1.0, "cannot be told apart"), (0.01, -1.0, "qaoa is better"),
     (0.01, 1.0, "random is better")],
)  # fmt: skip
def test_a_contrast_says_who_is_better_or_nobody(corrected, value, words):
    contrast = DeclaredContrast("qaoa", "random", 0.005, corrected, Interval(value=value))
    assert contrast_words(contrast) == words


def test_tiny_p_values_are_bounds():
    assert [p_text(p) for p in (None, 1e-9, 0.0421, 1.0)] == ["–", "< 0.001", "0.042", "1.0"]


def test_what_a_device_would_run_is_said_with_its_price_if_there_is_one():
    found = compared_space().searchers[0]
    assert qpu_words(found) == ""
    counted = replace(found, circuits=4100, shots=5_000_000)
    assert qpu_words(counted) == "5,000,000 shots"
    assert qpu_words(replace(counted, usd=4.5)) == "5,000,000 shots, $4.50"


def test_a_comparison_that_does_not_fit_together_is_refused():
    with pytest.raises(SpecError, match="no searcher"):
        compared_space(searchers=())
    with pytest.raises(SpecError, match="curve of qaoa"):
        replace(compared_space().searchers[0], low=np.zeros(2))
