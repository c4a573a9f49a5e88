"""The primary metric of every model against what it costs, on a logarithmic axis."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from qml_core.evaluation.report.benchmark_charts import ends_of, metric_axis
from qml_core.evaluation.report.metric_names import title_of
from qml_core.evaluation.report.numbers import short, usd
from qml_core.evaluation.report.parallel_coordinates import shortened
from qml_core.evaluation.report.plot import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Axis,
    Mark,
    Plot,
    across,
    dots,
    pixel,
    up,
    whiskers,
)
from qml_core.references.benchmark import DataVerdict, ModelScore
from qml_core.specs.contestant import Kind

STYLES: dict[Kind, str] = {
    "quantum": "quantum dots",
    "classical": "baseline dots",
    "control": "mean cross",
}
"""Shape and colour of each kind of model: round, square, a cross."""

_LONGEST_NAME = 22
_LETTER, _LINE = 5.6, 12.0
"""Pixels that a letter and a line of text take."""

_HALF = 3.5
"""Half a cross, in pixels."""
_SPREAD = 14.0
"""How far from their tick models that cost nothing stand, in pixels."""

Box = tuple[float, float, float, float]


def cost_plots(verdict: DataVerdict) -> list[Plot]:
    """Over dollars where any model cost some, and over seconds; none without any score."""
    scores = [score for score in verdict.scores if verdict.metric in score.metrics]
    if not scores:
        return []
    plots = [_plot(verdict, scores, [score.seconds for score in scores], priced=False)]
    if any(score.usd > 0 for score in scores):
        plots.insert(0, _plot(verdict, scores, [score.usd for score in scores], priced=True))
    return plots


def shape(kind: Kind, x: float, y: float) -> Mark:
    """The mark of a model."""
    if kind == "control":
        return _cross(x, y)
    return dots(np.array([x]), np.array([y]), STYLES[kind])


def _plot(
    verdict: DataVerdict, scores: Sequence[ModelScore], costs: Sequence[float], *, priced: bool
) -> Plot:
    x = _cost_axis(costs, priced)
    intervals = [score.metrics[verdict.metric] for score in scores]
    y = metric_axis(intervals, verdict.metric)
    at = _places(x, costs)
    height = up(y, [i.value for i in intervals]).tolist()
    low, high = up(y, np.array([ends_of(i) for i in intervals])).T
    kinds = tuple(dict.fromkeys(score.kind for score in scores))
    return Plot(
        title=f"{title_of(verdict.metric)} against {'cost' if priced else 'time'}",
        description=_said(verdict, scores, costs, priced),
        x=x,
        y=y,
        marks=(
            whiskers(np.array(at), low, high, "thin"),
            *map(shape, (score.kind for score in scores), at, height),
        ),
        labels=tuple(_labels(_first_named(verdict, scores), scores, at, height)),
        legend=tuple((STYLES[kind], kind) for kind in kinds),
        caption=("What devices charged" if priced else "Wall time") + ", all folds together, "
        "tuning included; bars are intervals of the metric, far worse models are at the edge.",
    )


def _places(x: Axis, costs: Sequence[float]) -> list[float]:
    """Pixels; models that cost nothing stand beside each other around the first tick."""
    least = x.named[0][0]
    at: list[float] = across(x, [max(cost, least) for cost in costs]).tolist()
    free = [k for k, cost in enumerate(costs) if cost <= 0]
    for k, beside in zip(free, np.linspace(-_SPREAD, _SPREAD, len(free)), strict=True):
        at[k] += float(beside) if len(free) > 1 else 0.0
    return at


def _cost_axis(costs: Sequence[float], priced: bool) -> Axis:
    """Powers of ten around the positive costs; what costs nothing stands left of them."""
    positive = [cost for cost in costs if cost > 0] or [1.0]
    low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
    high = max(high, low + 1)
    step = max(1, math.ceil((high - low) / 5))
    ticks = [(10.0**k, _tick(10.0**k, priced)) for k in range(low, high + 1, step)]
    if min(costs) <= 0:
        ticks.insert(0, (10.0 ** (low - step), "$0" if priced else "0"))
    title = "US dollars (log)" if priced else "seconds (log)"
    room = 10 ** (0.1 * (math.log10(ticks[-1][0]) - math.log10(ticks[0][0])))
    return Axis(title, ticks[0][0] / room, 10.0**high * room, log=True, named=tuple(ticks))


def _tick(value: float, priced: bool) -> str:
    return f"${value:,.0f}" if priced and value >= 1 else ("$" if priced else "") + short(value)


def _cross(x: float, y: float) -> Mark:
    left, right, top, bottom = map(pixel, (x - _HALF, x + _HALF, y - _HALF, y + _HALF))
    path = f"M{left} {top}L{right} {bottom}M{right} {top}L{left} {bottom}"
    return Mark(path, STYLES["control"])


def _first_named(verdict: DataVerdict, scores: Sequence[ModelScore]) -> list[int]:
    """Which models get their name first where not all can: quantum, recommended, compared."""
    compared = {name for j in verdict.judgements for name in (j.reference, j.hardest)}
    order = [
        (
            score.kind != "quantum",
            score.model != verdict.recommended,
            score.model not in compared,
            score.kind == "control",
            place,
        )
        for place, score in enumerate(scores)
    ]
    return [key[-1] for key in sorted(order)]


def _labels(
    order: Sequence[int], scores: Sequence[ModelScore], at: Sequence[float], height: Sequence[float]
) -> Iterator[tuple[str, str, str]]:
    """(x, y, name) of those that lie on no mark and on no other name."""
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in zip(at, height, strict=True)]
    for place in order:
        name = shortened(scores[place].model, _LONGEST_NAME)
        for x, y in _around(float(at[place]), float(height[place]), _LETTER * len(name)):
            half = _LETTER * len(name) / 2
            box = (x - half, y - 0.8 * _LINE, x + half, y + 0.2 * _LINE)
            inside = box[0] >= LEFT and box[2] <= RIGHT and box[1] >= TOP and box[3] <= BOTTOM
            if inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                yield pixel(x), pixel(y), name
                break


def _around(x: float, y: float, width: float) -> tuple[tuple[float, float], ...]:
    """Beside a mark, above and below it."""
    beside = 9 + width / 2
    return (
        (x + beside, y + 4),
        (x - beside, y + 4),
        (x, y - 9),
        (x, y + 16),
        (x + beside, y - 8),
        (x - beside, y - 8),
        (x + beside, y + 15),
        (x - beside, y + 15),
    )


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _said(
    verdict: DataVerdict, scores: Sequence[ModelScore], costs: Sequence[float], priced: bool
) -> str:
    def cost(value: float) -> str:
        return usd(value) if priced else f"{short(value)} s"

    dearest = int(np.argmax(costs))
    return (
        f"{len(scores)} models from {cost(min(costs))} to {cost(max(costs))}, the dearest "
        f"{scores[dearest].model}; recommended is {verdict.recommended}."
    )
