"""The kernel heat map: one pixel per entry as a palette PNG, with class bands and a colour bar."""

import base64
import io
import math
from dataclasses import dataclass
from itertools import groupby
from string import ascii_uppercase

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from qml_core.evaluation.report.content import FloatArray, KernelPicture
from qml_core.evaluation.report.numbers import number

_COLOURS = "viridis"
_WIDE = 0.4
"""Off-diagonals that spread wider get the whole scale; low ones one that starts at 0."""
_NAMED_SHARE = 0.04
"""Narrower bands carry no name: it would not fit."""


@dataclass(frozen=True)
class Band:
    """Rows of one class, as shares of the picture's side."""

    start: float
    size: float
    label: str


@dataclass(frozen=True)
class Heat:
    """The picture: data URLs of map and colour bar, bands, (share, label) ticks of the bar."""

    image: str
    bar: str
    bands: tuple[Band, ...]
    key: tuple[tuple[str, str], ...]
    ticks: tuple[tuple[float, str], ...]
    description: str


def heat(kernel: KernelPicture) -> Heat:
    """Colours span 0 to 1, or the middle 99 % of the off-diagonals where these lie close."""
    low, high = _range(kernel.heat)
    shares = np.clip((kernel.heat - low) / (high - low), 0, 1)
    key = _letters(kernel.classes)
    rows = kernel.heat.shape[0]
    return Heat(
        image=_png(np.round(255 * shares).astype(np.uint8)),
        bar=_png(np.arange(255, -1, -1, dtype=np.uint8).reshape(256, 1)),
        bands=() if kernel.labels is None else _bands(kernel, key),
        key=() if kernel.labels is None else tuple(zip(key, kernel.classes, strict=True)),
        ticks=_ticks(low, high, float(kernel.heat.min()), float(kernel.heat.max())),
        description=f"Heat map of {rows} by {rows} kernel values, {ORDERS[kernel.order]}; "
        f"off-diagonal mean {number(float(kernel.off_diagonal.mean()))}.",
    )


ORDERS = {
    "class": "rows sorted by class",
    "target": "rows sorted by target value",
    "dataset": "rows in the order of the data set",
}


def _range(values: FloatArray) -> tuple[float, float]:
    others = values[~np.eye(len(values), dtype=bool)] if len(values) > 1 else values.ravel()
    low, high = (float(end) for end in np.quantile(others, (0.005, 0.995)))
    if high - low > _WIDE or high - low < 1e-12:
        return min(0.0, float(values.min())), max(1.0, float(values.max()))
    return (min(0.0, low), high) if low < _WIDE * high else (low, high)


def _ticks(low: float, high: float, least: float, largest: float) -> tuple[tuple[float, str], ...]:
    """Five labels of the colour bar; an end says so where values lie beyond it."""
    places = max(2, math.ceil(-math.log10(high - low)) + 1)
    values = np.linspace(low, high, 5)
    labels = [f"{value:.{places}f}" if places <= 6 else number(value) for value in values]
    labels[0] = f"≤ {labels[0]}" if least < low else labels[0]
    labels[-1] = f"≥ {labels[-1]}" if largest > high else labels[-1]
    return tuple((index / 4, label) for index, label in enumerate(labels))


def _letters(classes: tuple[str, ...]) -> tuple[str, ...]:
    """Class names where all are short, else letters (numbers beyond 26)."""
    if all(len(name) <= 2 for name in classes):
        return classes
    if len(classes) <= len(ascii_uppercase):
        return tuple(ascii_uppercase[: len(classes)])
    return tuple(str(index + 1) for index in range(len(classes)))


def _bands(kernel: KernelPicture, key: tuple[str, ...]) -> tuple[Band, ...]:
    assert kernel.labels is not None
    rows, start, bands = len(kernel.labels), 0, []
    for label, run in groupby(kernel.labels.tolist()):
        size = sum(1 for _ in run)
        name = key[label] if size / rows >= _NAMED_SHARE else ""
        bands.append(Band(start / rows, size / rows, name))
        start += size
    return tuple(bands)


def _png(indices: NDArray[np.uint8]) -> str:
    """Palette indices (h, w) as the data URL of a PNG."""
    palette = matplotlib.colormaps[_COLOURS](np.arange(256), bytes=True)[:, :3]
    image = Image.fromarray(indices)
    image.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
