"""The kernel heat map: one pixel per entry as a palette PNG, with class bands and a colour bar."""

import base64
import io
from dataclasses import dataclass
from itertools import groupby
from string import ascii_uppercase

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from qml_core.evaluation.report.content import FloatArray, KernelPicture
from qml_core.evaluation.report.numbers import number, short

_COLOURS = "viridis"
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
    """Colours run from the lowest value to the 99.5 % quantile of the off-diagonals."""
    low, high, open_end = _range(kernel.heat)
    shares = np.clip((kernel.heat - low) / (high - low), 0, 1)
    key = _letters(kernel.classes)
    ticks = [(s, short(low + s * (high - low))) for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    ticks[-1] = (1.0, f"≥ {ticks[-1][1]}" if open_end else ticks[-1][1])
    rows = kernel.heat.shape[0]
    return Heat(
        image=_png(np.round(255 * shares).astype(np.uint8)),
        bar=_png(np.arange(255, -1, -1, dtype=np.uint8).reshape(256, 1)),
        bands=() if kernel.labels is None else _bands(kernel, key),
        key=() if kernel.labels is None else tuple(zip(key, kernel.classes, strict=True)),
        ticks=tuple(ticks),
        description=f"Heat map of {rows} by {rows} kernel values, {ORDERS[kernel.order]}; "
        f"off-diagonal mean {number(float(kernel.off_diagonal.mean()))}.",
    )


ORDERS = {
    "class": "rows sorted by class",
    "target": "rows sorted by target value",
    "dataset": "rows in the order of the data set",
}


def _range(values: FloatArray) -> tuple[float, float, bool]:
    """Ends of the colour scale, and whether values lie above it."""
    others = values[~np.eye(len(values), dtype=bool)] if len(values) > 1 else values.ravel()
    low, high = min(0.0, float(others.min())), float(np.quantile(others, 0.995))
    if high > 0.5 or high <= low:
        return low, max(1.0, float(values.max())), False
    return low, high, True


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
