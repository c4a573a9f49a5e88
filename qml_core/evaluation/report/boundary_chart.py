"""The map of a classifier of two features: colour by the likeliest class, pale where unsure."""

import base64
import io

import numpy as np
from contourpy import contour_generator
from numpy.typing import NDArray
from PIL import Image

from qml_core.evaluation.report.boundary import Boundary, FloatArray
from qml_core.evaluation.report.numbers import percent
from qml_core.evaluation.report.plot import Axis, Mark, Plot, across, dots, line, up

COLOURS = ("#2f86c9", "#d8642a", "#1f9e77", "#b0569b", "#b8960c", "#7d8790")
"""Of classes 0 to 5, then again from the start; `class-0` … in the style sheet."""
_STRONGEST = 0.62
_MOST_POINTS = 800
_MOST_CLASSES = 12
"""Named in the legend."""


def boundary_plot(boundary: Boundary) -> Plot:
    """Map, lines where the likeliest class changes, and the rows."""
    x, y = _axis(boundary.x_name, boundary.x), _axis(boundary.y_name, boundary.y)
    held_out = boundary.held_out
    return Plot(
        title="Decision boundary",
        description=f"Likeliest of {len(boundary.classes)} classes over {boundary.x_name} and "
        f"{boundary.y_name}, with {len(boundary.points):,} rows.",
        x=x,
        y=y,
        marks=(
            *_borders(boundary, x, y),
            *_rows(boundary, ~held_out, x, y, "train"),
            *_rows(boundary, held_out, x, y, "test"),
        ),
        legend=_legend(boundary),
        caption=_caption(boundary),
        image=_image(boundary),
    )


def _axis(title: str, values: FloatArray) -> Axis:
    half = (values[-1] - values[0]) / (len(values) - 1) / 2
    return Axis(title, float(values[0] - half), float(values[-1] + half))


def _borders(boundary: Boundary, x: Axis, y: Axis) -> list[Mark]:
    """Where a class is as likely as the likeliest other one."""
    P, marks = boundary.probabilities, []
    for index in range(P.shape[-1] if P.shape[-1] > 2 else 1):
        lead = P[..., index] - np.delete(P, index, axis=-1).max(axis=-1)
        for found in contour_generator(boundary.x, boundary.y, lead).lines(0.0):
            corners = np.asarray(found)
            marks.append(line(across(x, corners[:, 0]), up(y, corners[:, 1]), "border-line"))
    return marks


def _rows(
    boundary: Boundary, chosen: NDArray[np.bool_], x: Axis, y: Axis, style: str
) -> list[Mark]:
    marks = []
    for label in range(len(boundary.classes)):
        points = boundary.points[chosen & (boundary.labels == label)]
        points = points[:: max(1, -(-len(boundary.points) // _MOST_POINTS))]
        if len(points):
            at, height = across(x, points[:, 0]), up(y, points[:, 1])
            marks.append(dots(at, height, f"{style} halo"))
            marks.append(dots(at, height, f"class-{label % len(COLOURS)} {style} dots"))
    return marks


def _legend(boundary: Boundary) -> tuple[tuple[str, str], ...]:
    names = [
        (f"class-{label % len(COLOURS)} line thick", name)
        for label, name in enumerate(boundary.classes[:_MOST_CLASSES])
    ]
    seen = [("any train dots", "trained on")] if not boundary.held_out.all() else []
    unseen = [("any test dots", "held out")] if boundary.held_out.any() else []
    return (*names, *seen, *unseen)


def _caption(boundary: Boundary) -> str:
    held_out = boundary.held_out
    cells = boundary.probabilities.shape
    said = f"Colour: the likeliest class on {cells[1]} × {cells[0]} cells, pale where it is unsure"
    if not held_out.any():
        return said + "."
    place = [
        np.abs(axis[:, None] - points[None]).argmin(axis=0)
        for axis, points in zip(
            (boundary.y, boundary.x), boundary.points[held_out][:, ::-1].T, strict=True
        )
    ]
    right = boundary.probabilities[place[0], place[1]].argmax(-1) == boundary.labels[held_out]
    return f"{said}. {percent(float(right.mean()))} of the held-out rows lie in their colour."


def _image(boundary: Boundary) -> str:
    """Data URL of the map as PNG: colour of the likeliest class, opaque where it is certain."""
    P = boundary.probabilities[::-1]
    colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS])
    share = 1 / P.shape[-1]
    sure = np.clip((P.max(axis=-1) - share) / (1 - share), 0, 1)
    pixels = np.empty((*P.shape[:2], 4), dtype=np.uint8)
    pixels[..., :3] = colours[P.argmax(axis=-1) % len(COLOURS)]
    pixels[..., 3] = np.round(255 * (0.06 + (_STRONGEST - 0.06) * sure))
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
