"""The map of a classifier says what its probabilities say."""

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from report_training import boundary

from qml_core.errors import SpecError
from qml_core.evaluation.report.boundary import Boundary, grid, plane
from qml_core.evaluation.report.boundary_chart import COLOURS, boundary_plot
from qml_core.evaluation.report.plot import BOTTOM, TOP, across, up


def corners(mark):
    """(n, 2) points of a path of lines or dots."""
    return np.array(
        [[float(v) for v in p.split()] for p in re.findall(r"[ML]([^MLh]+)", mark.path)]
    )


def styled(plot, style):
    return [mark for mark in plot.marks if mark.style == style]


def test_the_map_has_the_colour_of_the_likeliest_class_and_more_of_it_where_it_is_sure():
    P = np.array([[[0.9, 0.1], [0.6, 0.4]], [[0.5, 0.5], [0.0, 1.0]]])
    picture_ = Boundary(
        "a", "b", np.array([0.0, 1.0]), np.array([0.0, 1.0]), P, ("u", "v"),
        np.array([[0.1, 0.1], [0.9, 0.9], [1.0, 0.0]]), np.array([0, 1, 1]), np.arange(3) > 0,
    )  # fmt: skip
    plot = boundary_plot(picture_)
    png = base64.b64decode(plot.image.removeprefix("data:image/png;base64,"))
    pixels = np.asarray(Image.open(io.BytesIO(png)))
    colours = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS[:2]]
    assert pixels[1, 0, :3].tolist() == colours[0]  # low y is the last row
    assert pixels[0, 1, :3].tolist() == colours[1]
    assert pixels[0, 1, 3] > pixels[1, 0, 3] > pixels[1, 1, 3] > pixels[0, 0, 3]
    assert "50 % of the held-out rows" in plot.caption.replace("\u00a0", " ")


def test_the_border_lies_where_two_classes_are_equally_likely():
    found = boundary()
    plot = boundary_plot(found)  # centres at x = 1 and x = −1
    (border,) = styled(plot, "border-line")
    assert corners(border)[:, 0] == pytest.approx(float(across(plot.x, 0.0)), abs=0.2)
    assert np.ptp(corners(border)[:, 1]) > 0.95 * (BOTTOM - TOP)


def test_rows_stand_where_their_features_are_in_the_colour_of_their_class():
    found = boundary(("a", "b", "c"))
    plot = boundary_plot(found)
    for label in range(3):
        chosen = (found.labels == label) & found.held_out
        (mark,) = styled(plot, f"class-{label} test dots")
        expected = np.stack(
            [across(plot.x, found.points[chosen, 0]), up(plot.y, found.points[chosen, 1])], axis=1
        )
        assert corners(mark) == pytest.approx(expected, abs=0.05)


def test_the_plane_holds_all_points_and_its_grid_runs_along_x_first():
    points = np.array([[0.0, 5.0], [2.0, 5.0]])
    x, y = plane(points, 3)
    assert x.tolist() == pytest.approx([-0.16, 1.0, 2.16])
    assert y.tolist() == [4.5, 5.0, 5.5]
    assert grid(x, y)[:2].tolist() == [[x[0], y[0]], [x[1], y[0]]]


@pytest.mark.parametrize(
    "fields",
    [{"labels": np.zeros(3, dtype=np.int64)}, {"x": np.zeros(61)}, {"points": np.zeros((200, 3))}],
)
def test_a_boundary_that_does_not_fit_together_is_refused(fields):
    with pytest.raises(SpecError, match="decision boundary"):
        replace(boundary(), **fields)


def test_a_map_of_too_many_cells_is_refused():
    with pytest.raises(SpecError, match="61 × 61 cells asked, limit 2 to 60"):
        boundary(cells=61)
