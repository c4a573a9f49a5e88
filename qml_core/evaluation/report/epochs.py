"""Curves over the epochs of one training or several: axes, gaps, phases, thinning."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from qml_core.evaluation.report.plot import (
    TOP,
    Axis,
    Mark,
    Plot,
    Ticks,
    across,
    dots,
    line,
    padded,
    pixel,
    up,
    upright,
)
from qml_core.evaluation.report.training import (
    FloatArray,
    IntArray,
    TrainingHistory,
    TrainingPicture,
)

Drawable = NDArray[np.bool_]
Labels = tuple[tuple[str, str, str], ...]

_MOST_POINTS, _ALL_POINTS, _LEAST_POINTS = 400, 4000, 40
"""Points of a curve; of all curves of a chart together; of a curve where there are very many."""
_TINY = 1e-300
"""Numbers below have no width that could be drawn."""
_FLAT = 0.02
"""Least span of a linear axis, of the values' size: what varies less looks flat, as it is."""
_DECADES = 3.0
"""Values on a linear axis span at most so many decades."""
_NARROWEST_PHASE = 9.0
_LARGEST = 1e100


@dataclass(frozen=True)
class Curve:
    """One line of a chart: a history's own values, or one of its layers."""

    epoch: IntArray
    values: FloatArray
    style: str
    name: str = ""


def known(values: FloatArray, log: bool = False) -> Drawable:
    """What can be drawn: of a size that a chart can hold, and positive on a logarithmic axis."""
    size = np.abs(values)
    drawable = np.isfinite(size) & (size < _LARGEST)
    return drawable & (values > 1 / _LARGEST) if log else drawable


def epoch_axis(training: TrainingPicture) -> Axis:
    """From the first epoch to the last of all splits, ticks at whole ones."""
    last = max(history.last for history in training.histories)
    first = min(int(history.epoch[0]) for history in training.histories)
    if first == last:
        return Axis("epoch", first - 0.5, last + 0.5, named=((first, f"{first:,}"),))
    return Axis("epoch", first, last, named=_whole(first, last))


def _whole(first: int, last: int) -> Ticks:
    ticks = MaxNLocator(nbins=5, integer=True, steps=[1, 2, 2.5, 5, 10]).tick_values(first, last)
    inside = [t for t in ticks if first + 0.08 * (last - first) < t <= last]
    return tuple((t, f"{int(t):,}") for t in (first, *inside))


def value_axis(curves: Sequence[Curve], title: str, log: bool = False) -> Axis:
    """Around all curves; logarithmic where asked, and where values span many decades."""
    values = np.concatenate([curve.values for curve in curves])
    finite = values[known(values)]
    if len(finite) and finite.min() > 0:
        log = log or bool(finite.max() > 10**_DECADES * finite.min())
    if log:
        return _decades(values[known(values, log=True)], title)
    middle = float(np.mean(finite)) if len(finite) else 0.0
    least = 0.5 * _FLAT * (max(abs(middle), _TINY) if middle else 1.0)
    return padded([*finite.tolist(), middle - least, middle + least], title)


def _decades(values: FloatArray, title: str) -> Axis:
    """Whole decades around the values, two at least."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.1, 1.0)
    least, most = np.floor(np.log10(low)), np.ceil(np.log10(high))
    least -= most - least < 2
    return Axis(title, 10.0**least, 10.0 ** max(most, least + 2), log=True)


def drawn(x: Axis, y: Axis, curves: Iterable[Curve]) -> list[Mark]:
    """Lines with gaps where nothing is known; points between two gaps are dots."""
    marks = []
    shown = list(curves)
    limit = max(_LEAST_POINTS, min(_MOST_POINTS, _ALL_POINTS // max(1, len(shown))))
    for curve in shown:
        chosen = _thinned(len(curve.epoch), limit)
        epoch, values = curve.epoch[chosen], curve.values[chosen]
        for run in _runs(known(values, y.log)):
            at, height = across(x, epoch[run]), up(y, values[run])
            make = dots if len(at) == 1 else line
            marks.append(make(at, height, curve.style if len(at) > 1 else f"{curve.style} dots"))
    return marks


def _thinned(length: int, limit: int) -> IntArray:
    """Places of evenly spaced points, both ends among them."""
    return np.unique(np.linspace(0, length - 1, min(length, limit)).round().astype(np.int64))


def _runs(drawable: Drawable) -> list[IntArray]:
    """Places of each unbroken run of points that can be drawn."""
    places = np.flatnonzero(drawable).astype(np.int64)
    return [run for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(run)]


def phases(
    x: Axis, history: TrainingHistory
) -> tuple[list[Mark], tuple[tuple[str, str, str], ...]]:
    """A line where layers are added, and how many layers are trained above each phase."""
    active = history.active_layers
    starts = np.flatnonzero(np.diff(active)) + 1
    if not len(starts):
        return [], ()
    edges = across(x, [history.epoch[0] - 0.5, *(history.epoch[starts] - 0.5), history.last + 0.5])
    labels = [
        (pixel((low + high) / 2), pixel(TOP - 2), str(active[place]))
        for low, high, place in zip(edges, edges[1:], [0, *starts], strict=False)
        if high - low >= _NARROWEST_PHASE
    ]
    return [upright(float(at), "phase") for at in edges[1:-1]], tuple(labels)


def epoch_plot(
    training: TrainingPicture,
    title: str,
    curves: Sequence[Curve],
    y: Axis,
    caption: str,
    extra: Sequence[Mark] = (),
    legend: Sequence[tuple[str, str]] = (),
) -> Plot:
    """A chart of curves over the epochs, with the phases of the first split behind them."""
    x = epoch_axis(training)
    lines, labels = phases(x, training.first)
    names = {curve.style: curve.name for curve in curves if curve.name}
    growing = " Numbers on top: layers in use." if labels else ""
    return Plot(
        title=title,
        description=_described(curves),
        x=x,
        y=y,
        marks=(*lines, *drawn(x, y, reversed(curves)), *extra),
        legend=(*names.items(), *legend),
        caption=caption + growing,
        labels=labels,
    )


def _described(curves: Sequence[Curve]) -> str:
    """First and last known value of the named curves."""
    said = []
    for curve in curves:
        values = curve.values[known(curve.values)]
        if curve.name and len(values):
            said.append(f"{curve.name} from {values[0]:.3g} to {values[-1]:.3g}")
    return f"Over {len(curves[0].epoch):,} epochs: {'; '.join(said)}." if said else "No values."
