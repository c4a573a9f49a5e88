"""A small chart as SVG paths: axes, ticks and marks in the drawing's coordinates.

The page's template draws it, and the style sheet colours it, so that one drawing serves light and
dark, and its text scales with the page.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator
from numpy.typing import ArrayLike

from qml_core.evaluation.report.content import FloatArray
from qml_core.evaluation.report.numbers import power_of_ten, short

WIDTH, HEIGHT = 360, 250
LEFT, RIGHT, TOP, BOTTOM = 54, 350, 10, 208

Ticks = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Axis:
    """From low to high; `named` replaces the ticks by (value, label) pairs."""

    title: str
    low: float
    high: float
    log: bool = False
    named: Ticks = ()

    def share(self, values: ArrayLike) -> FloatArray:
        """0 at low, 1 at high; values outside are clipped."""
        inside = np.clip(np.asarray(values, dtype=np.float64), self.low, self.high)
        scale = np.log10 if self.log else np.asarray
        low, high = scale(self.low), scale(self.high)
        return np.asarray((scale(inside) - low) / (high - low), dtype=np.float64)

    def ticks(self) -> Ticks:
        if self.named:
            return self.named
        if self.log and math.log10(self.high / self.low) > 1.5:
            values = LogLocator(numticks=6).tick_values(self.low, self.high)
            labelled = [(v, power_of_ten(round(math.log10(v)))) for v in values]
        else:
            steps = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10])
            labelled = [(v, short(v, 5)) for v in steps.tick_values(self.low, self.high)]
        room = 1e-9 * (self.low if self.log else self.high - self.low)
        return tuple((v, s) for v, s in labelled if self.low - room <= v <= self.high + room)


@dataclass(frozen=True)
class Mark:
    """One SVG path; `style` is its class in the style sheet."""

    path: str
    style: str


@dataclass(frozen=True)
class Plot:
    """A chart; `description` says in words what it shows, `legend` is (style, name) pairs;
    `labels`: (x, y, text) inside it; `image`: data URL of a picture that fills its frame."""

    title: str
    description: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    legend: tuple[tuple[str, str], ...] = ()
    caption: str = ""
    labels: tuple[tuple[str, str, str], ...] = ()
    image: str = ""
    width: int = field(default=WIDTH, init=False)
    height: int = field(default=HEIGHT, init=False)

    @property
    def x_ticks(self) -> list[tuple[str, str]]:
        return [(pixel(across(self.x, value)), label) for value, label in self.x.ticks()]

    @property
    def y_ticks(self) -> list[tuple[str, str]]:
        return [(pixel(up(self.y, value)), label) for value, label in self.y.ticks()]


def padded(values: Iterable[float], title: str, room: float = 0.06) -> Axis:
    """A linear axis around the finite values."""
    finite = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    span = (high - low) or abs(high) or 1.0
    return Axis(title, low - room * span, high + room * span)


def across(axis: Axis, values: ArrayLike) -> FloatArray:
    return LEFT + (RIGHT - LEFT) * axis.share(values)


def up(axis: Axis, values: ArrayLike) -> FloatArray:
    return BOTTOM - (BOTTOM - TOP) * axis.share(values)


def pixel(value: float | FloatArray) -> str:
    return f"{float(value):.1f}".removesuffix(".0")


def dots(x: FloatArray, y: FloatArray, style: str) -> Mark:
    """Zero-length strokes: the style's line cap makes them round or square."""
    return Mark("".join(f"M{pixel(a)} {pixel(b)}h0" for a, b in zip(x, y, strict=True)), style)


def line(x: FloatArray, y: FloatArray, style: str) -> Mark:
    return Mark("M" + "L".join(f"{pixel(a)} {pixel(b)}" for a, b in zip(x, y, strict=True)), style)


def whiskers(x: FloatArray, low: FloatArray, high: FloatArray, style: str) -> Mark:
    ends = zip(x, low, high, strict=True)
    return Mark("".join(f"M{pixel(a)} {pixel(b)}V{pixel(c)}" for a, b, c in ends), style)


def bars(edges: FloatArray, tops: FloatArray, style: str) -> Mark:
    """A filled outline over adjoining bins; edges (n + 1,), tops (n,)."""
    steps = "".join(f"V{pixel(top)}H{pixel(end)}" for top, end in zip(tops, edges[1:], strict=True))
    return Mark(f"M{pixel(edges[0])} {BOTTOM}{steps}V{BOTTOM}Z", style)


def upright(x: float, style: str = "reference") -> Mark:
    return Mark(f"M{pixel(x)} {TOP}V{BOTTOM}", style)


def level(y: float, style: str = "reference") -> Mark:
    return Mark(f"M{LEFT} {pixel(y)}H{RIGHT}", style)
