"""Charts of concentration: off-diagonals against 1/d, and both against the bandwidth."""

from itertools import pairwise

import numpy as np

from qml_core.evaluation.report.concentration import BandwidthCandidate, Concentration
from qml_core.evaluation.report.content import FloatArray, KernelPicture
from qml_core.evaluation.report.metric_names import title_of
from qml_core.evaluation.report.numbers import number, one_over, short
from qml_core.evaluation.report.plot import (
    LEFT,
    RIGHT,
    Axis,
    Mark,
    Plot,
    across,
    bars,
    dots,
    level,
    line,
    padded,
    up,
    upright,
)

_BINS = 40
_LEAST = 1e-12  # of a logarithmic axis
_CROWDED = {True: "1/d, the mean of random states,", False: "one another"}
_MOST_TICKS = 6
_LEAST_RATIO = 1.15  # of bandwidths whose names do not overlap


def off_diagonals(kernel: KernelPicture) -> Plot:
    """Histogram of the off-diagonals, with their mean and, of overlaps, 1/d."""
    values = np.clip(kernel.off_diagonal, 0.0, 1.0)
    haar, mean = _haar(kernel.dimension), float(values.mean())
    x = _value_axis(values, haar)
    counts, edges = np.histogram(x.share(values), np.linspace(0, 1, _BINS + 1))
    shares = 100 * counts / len(values)
    y = Axis("pairs, % of all", 0, 1.08 * float(shares.max()))
    haar_line = () if haar is None or haar < x.low else (upright(float(across(x, haar))),)
    return Plot(
        title="Off-diagonal values",
        description=f"Histogram of {len(values):,} off-diagonal kernel values; mean "
        f"{number(mean)}, standard deviation {number(float(values.std()))}"
        f"{_said(kernel.dimension)}.",
        x=x,
        y=y,
        marks=(
            bars(LEFT + (RIGHT - LEFT) * edges, up(y, shares), "quantum fill"),
            *haar_line,
            upright(float(across(x, mean)), "mean"),
        ),
        legend=(
            *_reference(kernel.dimension, "" if haar_line else ", left of the axis"),
            ("mean", f"mean = {number(mean)}"),
        ),
        caption=f"Values that crowd around {_CROWDED[haar is not None]} make all samples look "
        "equally unlike; values near 1 make them look alike."
        + (" Values left of the axis are in the first bin." if values.min() < x.low else ""),
    )


def mean_by_bandwidth(concentration: Concentration) -> Plot:
    """Mean and standard deviation of the off-diagonals, and 1/d."""
    candidates = _ordered(concentration)
    haar = _haar(concentration.dimension)
    means = np.array([c.mean for c in candidates])
    stds = np.array([c.std for c in candidates])
    lowest = _lowest(min(float(means.min()), float(stds.min())), haar)
    x, y = _bandwidth_axis(candidates), Axis("off-diagonal", lowest, 1, log=True)
    haar_line = () if haar is None or haar < lowest else (level(float(up(y, haar))),)
    at = across(x, [c.bandwidth for c in candidates])
    return Plot(
        title="Off-diagonals by bandwidth",
        description=f"Mean off-diagonal by bandwidth, from {number(float(means[0]))} to "
        f"{number(float(means[-1]))}{_said(concentration.dimension)}.",
        x=x,
        y=y,
        marks=(
            *haar_line,
            line(at, up(y, stds), "second line"),
            dots(at, up(y, stds), "second dots"),
            line(at, up(y, means), "quantum line"),
            *_points(candidates, at, up(y, means)),
        ),
        legend=(
            ("quantum dots", "mean"),
            ("second dots", "standard deviation"),
            ("chosen", "chosen"),
            *_reference(concentration.dimension, "" if haar_line else ", below the axis"),
        ),
        caption="Where both reach 1/d, every pair of samples looks as unlike as two random states."
        if haar is not None
        else "Where the standard deviation vanishes, every pair of samples looks equally alike.",
    )


def score_by_bandwidth(concentration: Concentration) -> Plot | None:
    """Inner cross-validation score of each candidate; None where there are no scores."""
    candidates = [c for c in _ordered(concentration) if c.score is not None]
    if not candidates:
        return None
    scores = np.array([c.score for c in candidates])
    name = title_of(concentration.score_name)
    x, y = _bandwidth_axis(candidates), padded(scores.tolist(), f"inner score: {name}", 0.12)
    at = across(x, [c.bandwidth for c in candidates])
    return Plot(
        title="Inner score by bandwidth",
        description=f"Inner cross-validation {name} of {len(candidates)} candidate bandwidths, "
        f"best {number(float(scores.max()))}.",
        x=x,
        y=y,
        marks=(
            line(at, up(y, scores), "quantum line"),
            *_points(candidates, at, up(y, scores)),
        ),
        legend=_LEGEND,
        caption="Chosen inside the training rows only; the held-out rows play no part.",
    )


_LEGEND = (("quantum dots", "candidate"), ("chosen", "chosen"))


def _ordered(concentration: Concentration) -> list[BandwidthCandidate]:
    return sorted(concentration.candidates, key=lambda c: c.bandwidth)


def _points(candidates: list[BandwidthCandidate], x: FloatArray, y: FloatArray) -> list[Mark]:
    chosen = np.array([c.chosen for c in candidates])
    return [dots(x[chosen], y[chosen], "chosen"), dots(x, y, "quantum dots")]


def _bandwidth_axis(candidates: list[BandwidthCandidate]) -> Axis:
    values = [c.bandwidth for c in candidates]
    apart = all(b >= _LEAST_RATIO * a for a, b in pairwise(values))
    named = tuple((v, short(v)) for v in values) if apart and len(values) <= _MOST_TICKS else ()
    return Axis("bandwidth", values[0] / 1.3, values[-1] * 1.3, log=True, named=named)


def _haar(dimension: int | None) -> float | None:
    """Mean overlap of random states; None where entries are no overlaps."""
    return None if dimension is None else 1 / dimension


def _said(dimension: int | None) -> str:
    return "" if dimension is None else f"; {one_over(dimension)}"


def _reference(dimension: int | None, where: str) -> tuple[tuple[str, str], ...]:
    return () if dimension is None else (("reference", f"{one_over(dimension)}{where}"),)


def _lowest(smallest: float, haar: float | None) -> float:
    """Where a logarithmic axis starts: below 1/d as well, if that is within reach."""
    within = smallest if haar is None or haar < _LEAST else min(smallest, haar)
    return max(within / 2, _LEAST)


def _value_axis(values: FloatArray, haar: float | None) -> Axis:
    """Linear for large values, from where they start; logarithmic, down to 1/d, for small ones."""
    start = float(np.quantile(values, 0.01))
    if start > 0.5:
        return Axis("kernel value", 1 - 1.2 * max(1 - start, 0.005), 1)
    if float(np.median(values)) >= 0.1:
        return Axis("kernel value", 0, 1)
    return Axis("kernel value", _lowest(start, haar), 1, log=True)
