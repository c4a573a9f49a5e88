"""Charts of a benchmark: differences of every fold, quality against cost, learning curves."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from qml_core.evaluation.report.benchmark import Pair
from qml_core.evaluation.report.benchmark_words import interval_of
from qml_core.evaluation.report.content import FloatArray
from qml_core.evaluation.report.metric_names import title_and_direction, title_of
from qml_core.evaluation.report.numbers import bounds, centre, short
from qml_core.evaluation.report.parallel_coordinates import shortened
from qml_core.evaluation.report.plot import (
    LEFT,
    RIGHT,
    Axis,
    Mark,
    Plot,
    across,
    dots,
    level,
    line,
    padded,
    pixel,
    up,
    whiskers,
)
from qml_core.references import Interval
from qml_core.references.benchmark import DataVerdict, Judgement, PairedTest
from qml_core.specs.benchmark import MetricName
from qml_core.specs.search import LOWER_IS_BETTER

_COLUMN = 0.34
"""Half the width that the folds of one comparison take, in columns."""
_LONGEST_NAME = 24
_MOST_FOLDS = 600
_MOST_CURVES = 6
_SQUASHED = 0.4
"""Where the better three quarters take less of the axis, the rest is drawn at its edge."""
_CURVES = {
    "quantum": ("quantum strong", "quantum strong dash-1", "quantum strong dash-2"),
    "classical": ("baseline", "baseline dash-3", "baseline dash-2"),
    "control": ("mean dash-4", "mean dash-2", "mean dash-3"),
}


def opponents(judgement: Judgement) -> tuple[str, ...]:
    """The reference and the hardest classical model, each once."""
    return tuple(dict.fromkeys(name for name in (judgement.reference, judgement.hardest) if name))


def difference_plot(
    judgement: Judgement, verdict: DataVerdict, differences: Mapping[Pair, Sequence[float]]
) -> Plot | None:
    """Every fold's difference to the reference and to the hardest classical model.

    None where no fold is left to draw.
    """
    tests = {t.against: t for t in verdict.tests if t.model == judgement.model}
    shown = []
    for against in opponents(judgement):
        values = np.asarray(differences.get((judgement.model, against), ()), dtype=np.float64)
        if np.isfinite(values).any():
            shown.append((against, values, tests.get(against)))
    if not shown:
        return None
    y = _differences_axis(shown, verdict)
    named = tuple((k + 1.0, shortened(name, _LONGEST_NAME)) for k, (name, _, _) in enumerate(shown))
    x = Axis("held against", 0.5, len(shown) + 0.5, named=named)
    marks = [_threshold_band(y, verdict.threshold), level(float(up(y, 0.0)))]
    for place, (_, values, test) in enumerate(shown, 1):
        marks += _column(x, y, place, values, test)
    lost = sum(int(np.isnan(values).sum()) for _, values, _ in shown)
    return Plot(
        title=f"{judgement.model}, fold by fold",
        description=_differences_said(judgement, shown),
        x=x,
        y=y,
        marks=tuple(marks),
        legend=(
            ("quantum cloud dots", "a fold"),
            ("mean strong", "mean, 95 % interval"),
            ("second thick others", f"± threshold {short(verdict.threshold)}"),
        ),
        caption=f"{title_of(verdict.metric)}, quantum − other: above 0 the quantum model is "
        "better. Folds in their order, repeat by repeat; they "
        "overlap, which the interval allows for."
        + (f" {lost} failed folds are left out." if lost else ""),
    )


def _differences_axis(
    shown: Sequence[tuple[str, FloatArray, PairedTest | None]], verdict: DataVerdict
) -> Axis:
    ends = [0.0, -verdict.threshold, verdict.threshold]
    for _, values, test in shown:
        ends += values.tolist()
        if test is not None and test.low is not None and test.high is not None:
            ends += [test.low, test.high]
    return padded(ends, "")


def _threshold_band(y: Axis, threshold: float) -> Mark:
    top, bottom = pixel(up(y, threshold)), pixel(up(y, -threshold))
    return Mark(f"M{LEFT} {top}H{RIGHT}V{bottom}H{LEFT}Z", "second spread")


def _column(
    x: Axis, y: Axis, place: int, values: FloatArray, test: PairedTest | None
) -> list[Mark]:
    step = math.ceil(len(values) / _MOST_FOLDS)
    at = place + np.linspace(-_COLUMN, _COLUMN, len(values)) if len(values) > 1 else [place]
    known = np.flatnonzero(np.isfinite(values))[::step]
    marks = [dots(across(x, np.asarray(at)[known]), up(y, values[known]), "quantum cloud")]
    found = None if test is None else interval_of(test)
    if found is None:
        return marks
    low, high = ends_of(found)
    middle = across(x, [place])
    ends = across(x, [place - _COLUMN, place + _COLUMN])
    return [
        *marks,
        whiskers(middle, up(y, [low]), up(y, [high]), "mean strong"),
        line(ends, up(y, [found.value, found.value]), "mean strong"),
    ]


def _differences_said(
    judgement: Judgement, shown: Sequence[tuple[str, FloatArray, PairedTest | None]]
) -> str:
    said = []
    for name, values, test in shown:
        above = int((values > 0).sum())
        found = None if test is None else interval_of(test)
        mean = "" if found is None else f", mean {centre(found, True)} {bounds(found, True)}"
        said.append(f"better than {name} on {above} of {np.isfinite(values).sum()} folds{mean}")
    return f"{judgement.model} is {'; '.join(said)}."


def ends_of(interval: Interval) -> tuple[float, float]:
    """Its bounds; the value itself where there are none."""
    low = interval.value if interval.low is None else interval.low
    high = interval.value if interval.high is None else interval.high
    return low, high


def metric_axis(intervals: Sequence[Interval], metric: MetricName) -> Axis:
    """Around the intervals; those of a far worse quarter that would squash the others, as of a
    dummy, lie beyond it."""
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    found = sorted(intervals, key=lambda i: -sign * i.value)
    values = np.array([i.value for i in found])
    least = len(found) - len(found) // 4
    kept = next(
        (k for k in range(least, len(found)) if _reach(values[:k]) < _SQUASHED * _reach(values)),
        len(found),
    )
    while kept < len(found) and _reach(values[: kept + 1]) < _SQUASHED * _reach(values):
        kept += 1
    ends = [v for i in found[:kept] for v in (i.value, *ends_of(i))]
    return padded(ends, title_and_direction(metric))


def _reach(values: FloatArray) -> float:
    return float(np.ptp(values)) if len(values) else 0.0


def learning_plot(
    verdict: DataVerdict, curves: Mapping[str, Sequence[tuple[int, Interval]]]
) -> Plot | None:
    """The primary metric over the training rows: quantum models, the classical models that they
    are judged against and the recommended one by name, the others faint."""
    drawable = {name: sorted(points, key=lambda p: p[0]) for name, points in curves.items()}
    drawable = {name: points for name, points in drawable.items() if points}
    sizes = sorted({n for points in drawable.values() for n, _ in points})
    if len(sizes) < 2:
        return None
    styles = _curve_styles(verdict, drawable)
    x = _sizes_axis(sizes)
    y = metric_axis([i for points in drawable.values() for _, i in points], verdict.metric)
    named = {name: drawable[name] for name in styles}
    rest = [points for name, points in drawable.items() if name not in styles]
    marks = [m for points in rest for m in _curve(x, y, points, "second others", None)]
    for k, (name, points) in enumerate(named.items()):
        marks += _curve(x, y, points, styles[name], 4.0 * (k - (len(named) - 1) / 2))
    others = (("second others", f"{len(rest)} other models"),) if rest else ()
    return Plot(
        title="Learning curve",
        description=f"{title_of(verdict.metric)} of {len(drawable)} models on {sizes[0]} to "
        f"{sizes[-1]} training rows.",
        x=x,
        y=y,
        marks=tuple(marks),
        legend=(*((styles[name], name) for name in named), *others),
        caption="Fitted again on shares of the training rows, judged on the same held-out rows. "
        "Bars are confidence intervals; far worse values are at the edge.",
    )


def _curve_styles(verdict: DataVerdict, drawable: Mapping[str, object]) -> dict[str, str]:
    """Model -> style of those that are named."""
    kinds = {score.model: score.kind for score in verdict.scores}
    wanted = [name for name, kind in kinds.items() if kind == "quantum"][:3]
    wanted += [name for j in verdict.judgements for name in opponents(j)]
    wanted = list(dict.fromkeys([*wanted[:_MOST_CURVES], verdict.recommended]))
    styles, used = {}, dict.fromkeys(_CURVES, 0)
    for name in wanted:
        kind = kinds.get(name)
        if name not in drawable or kind is None or used[kind] == len(_CURVES[kind]):
            continue
        styles[name] = _CURVES[kind][used[kind]]
        used[kind] += 1
    return styles


def _sizes_axis(sizes: Sequence[int]) -> Axis:
    room = 0.06 * (sizes[-1] - sizes[0])
    apart = min(b - a for a, b in pairwise(sizes))
    few = len(sizes) <= 6 and apart > 0.13 * (sizes[-1] - sizes[0])
    named = tuple((float(n), f"{n:,}") for n in sizes) if few else ()
    return Axis("training rows", sizes[0] - room, sizes[-1] + room, named=named)


def _curve(
    x: Axis, y: Axis, points: Sequence[tuple[int, Interval]], style: str, beside: float | None
) -> list[Mark]:
    """A line with whiskers, `beside` pixels off the others; None: the line alone."""
    at = across(x, [float(n) for n, _ in points])
    values = up(y, [i.value for _, i in points])
    if beside is None:
        return [line(at, values, style)]
    low, high = up(y, np.array([ends_of(i) for _, i in points]).reshape(-1, 2)).T
    colour = style.split()[0]
    return [
        line(at + beside, values, style),
        whiskers(at + beside, low, high, f"{colour} others"),
        dots(at + beside, values, f"{colour} cloud"),
    ]
