"""Charts of concentration: off-diagonals against 1/d, and both against the bandwidth."""

from itertools import pairwise

import numpy as np

from qml_core.evaluation.report.concentration import BandwidthCandidate, Concentration
from qml_core.evaluation.report.content import FloatArray, KernelPicture
from qml_core.evaluation.report.metric_names import title_of
from qml_core.evaluation.report.numbers import number, short
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
_MOST_TICKS = 6
_LEAST_RATIO = 1.15  # of bandwidths whose names do not overlap


def off_diagonals(kernel: KernelPicture) -> Plot:
    """Histogram of the off-diagonals, with their mean and 1/d."""
    values = np.clip(kernel.off_diagonal, 0.0, 1.0)
    haar, mean = 1 / kernel.dimension, float(values.mean())
    x = _value_axis(values, haar)
    counts, edges = np.histogram(x.share(values), np.linspace(0, 1, _BINS + 1))
    shares = 100 * counts / len(values)
    y = Axis("pairs, % of all", 0, 1.08 * float(shares.max()))
    beyond = haar < x.low
    haar_line = () if beyond else (upright(float(across(x, haar))),)
    return Plot(
        title="Off-diagonal values",
        description=f"Histogram of {len(values):,} off-diagonal kernel values; mean "
        f"{number(mean)}, standard deviation {number(float(values.std()))}; 1/d is {number(haar)}.",
        x=x,
        y=y,
        marks=(
            bars(LEFT + (RIGHT - LEFT) * edges, up(y, shares), "quantum fill"),
            *haar_line,
            upright(float(across(x, mean)), "mean"),
        ),
        legend=(
            ("reference", f"1/d = {number(haar)}{', left of the axis' if beyond else ''}"),
            ("mean", f"mean = {number(mean)}"),
        ),
        caption="Values that crowd around 1/d, the mean of random states, make all samples look "
        "equally unlike; values near 1 make them look alike."
        + (" Values left of the axis are in the first bin." if values.min() < x.low else ""),
    )


def mean_by_bandwidth(concentration: Concentration) -> Plot:
    """Mean and standard deviation of the off-diagonals, and 1/d."""
    candidates = _ordered(concentration)
    haar = 1 / concentration.dimension
    means = np.array([c.mean for c in candidates])
    stds = np.array([c.std for c in candidates])
    lowest = min(haar, float(means.min()), float(stds.min())) / 2
    x, y = _bandwidth_axis(candidates), Axis("off-diagonal", max(lowest, 1e-12), 1, log=True)
    at = across(x, [c.bandwidth for c in candidates])
    return Plot(
        title="Off-diagonals by bandwidth",
        description=f"Mean off-diagonal by bandwidth, from {number(float(means[0]))} to "
        f"{number(float(means[-1]))}; 1/d is {number(haar)}.",
        x=x,
        y=y,
        marks=(
            level(float(up(y, haar))),
            line(at, up(y, stds), "second line"),
            dots(at, up(y, stds), "second dots"),
            line(at, up(y, means), "quantum line"),
            *_points(candidates, at, up(y, means)),
        ),
        legend=(
            ("quantum dots", "mean"),
            ("second dots", "standard deviation"),
            ("chosen", "chosen"),
            ("reference", f"1/d = {number(haar)}"),
        ),
        caption="Where both reach 1/d, every pair of samples looks as unlike as two random states.",
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


def _value_axis(values: FloatArray, haar: float) -> Axis:
    """Linear for large values, from where they start; logarithmic, down to 1/d, for small ones."""
    start = float(np.quantile(values, 0.01))
    if start > 0.5:
        return Axis("kernel value", 1 - 1.2 * max(1 - start, 0.005), 1)
    if float(np.median(values)) >= 0.1:
        return Axis("kernel value", 0, 1)
    return Axis("kernel value", max(min(haar, start) / 2, 1e-12), 1, log=True)
