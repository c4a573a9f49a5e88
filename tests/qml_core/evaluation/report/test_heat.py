"""The heat map shows the matrix, pixel by pixel."""

import base64
import io
from dataclasses import replace

import matplotlib
import numpy as np
from PIL import Image

from qml_core.evaluation.report.heat import heat


def pixels(url):
    raw = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))


def picture(binary, values, labels=None, classes=()):
    labels = None if labels is None else np.array(labels)
    return replace(binary().kernel, heat=np.array(values), labels=labels, classes=classes)


def test_every_pixel_has_the_colour_of_its_kernel_value(binary):
    values = [[1.0, 0.6, 0.0], [0.6, 1.0, 0.2], [0.0, 0.2, 1.0]]
    expected = matplotlib.colormaps["viridis"](np.round(255 * np.array(values)).astype(int))
    drawn = pixels(heat(picture(binary, values)).image)
    assert np.abs(drawn - 255 * expected[..., :3]).max() < 1


def test_concentrated_values_get_their_own_scale_with_an_open_end(binary):
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 0.02, (50, 50))
    np.fill_diagonal(values, 1.0)
    found = heat(picture(binary, values))
    assert found.ticks[-1][1].startswith("≥ 0.0")
    assert len(np.unique(pixels(found.image).reshape(-1, 3), axis=0)) > 100


def test_bands_follow_the_classes_and_cover_the_side(binary):
    values, labels = np.full((5, 5), 0.7), [0, 0, 0, 1, 1]
    bands = heat(picture(binary, values, labels, ("setosa", "virginica"))).bands
    assert [(band.start, band.size, band.label) for band in bands] == [
        (0.0, 0.6, "A"),
        (0.6, 0.4, "B"),
    ]


def test_short_class_names_stand_for_themselves(binary):
    found = heat(picture(binary, np.full((2, 2), 0.7), [0, 1], ("0", "1")))
    assert [band.label for band in found.bands] == ["0", "1"]


def test_regression_has_no_bands(regression):
    found = heat(regression().kernel)
    assert not found.bands
    assert "sorted by target value" in found.description


def test_values_close_to_one_are_told_apart_and_the_scale_says_its_ends(binary):
    rng = np.random.default_rng(0)
    values = rng.uniform(0.97, 0.99, (50, 50))
    np.fill_diagonal(values, 1.0)
    found = heat(picture(binary, values))
    assert found.ticks[0][1] == "≤ 0.970"
    assert found.ticks[-1][1] == "≥ 0.990"
    assert len(np.unique(pixels(found.image).reshape(-1, 3), axis=0)) > 100


def test_equal_values_are_drawn_on_the_whole_scale(binary):
    ticks = heat(picture(binary, np.ones((4, 4)))).ticks
    assert [label for _, label in ticks] == ["0.00", "0.25", "0.50", "0.75", "1.00"]
