"""Charts of a comparison: best value so far of every searcher, with its band."""

from dataclasses import dataclass

import numpy as np

from qml_core.evaluation.report.comparison import (
    ComparedSearcher,
    ComparedSpace,
    ComparisonSection,
    DeclaredContrast,
)
from qml_core.evaluation.report.content import FloatArray
from qml_core.evaluation.report.numbers import number, usd
from qml_core.evaluation.report.plot import (
    Axis,
    Mark,
    Plot,
    across,
    level,
    line,
    padded,
    pixel,
    up,
)

STYLES = {
    "qaoa": "quantum strong",
    "anneal": "baseline dash-1",
    "random": "second dash-2",
    "tpe": "mean dash-3",
    "gp": "class-2 dash-4",
    "grid": "class-4 dash-1",
    "exhaustive": "class-3 dash-2",
}
"""Colour and dashes of each searcher, the same on every page."""

_ANOTHER = "any dash-4"
_LEVEL_OF_TESTS = 0.05


@dataclass(frozen=True)
class SpaceView:
    """A space with what is drawn of it."""

    space: ComparedSpace
    plot: Plot


def comparison_parts(comparison: ComparisonSection | None) -> dict[str, object]:
    """What the page's template draws of a comparison."""
    if comparison is None:
        return {}
    views = [
        SpaceView(space, anytime_plot(space, comparison.confidence)) for space in comparison.spaces
    ]
    return {"compared": views}


def anytime_plot(space: ComparedSpace, confidence: float) -> Plot:
    """From the end of the shared random design on: before it all searchers are the same."""
    longest = max(len(found.mean) for found in space.searchers)
    first = min(max(1, space.design), longest)
    x = Axis("trial", first - 0.5 if first == longest else float(first), longest + 0.0001)
    y = _values(space, first)
    marks: list[Mark] = []
    for found in reversed(space.ranked):
        marks += _band(found, x, y, first)
    for found in reversed(space.ranked):
        marks.append(_curve(found.mean, x, y, first, style_of(found.name)))
    optimum = () if space.optimum is None else (level(float(up(y, space.optimum))),)
    best = space.ranked[0]
    return Plot(
        title="Best so far",
        description=f"After {longest} trials {best.name} is at {number(float(best.mean[-1]))}, "
        f"the best average rank.",
        x=x,
        y=y,
        marks=(*optimum, *marks),
        legend=(
            *((style_of(found.name), found.name) for found in space.ranked),
            *((("reference", "optimum"),) if space.optimum is not None else ()),
        ),
        caption=f"Mean over {space.seeds} seeds, bands of {100 * confidence:.0f} % confidence"
        + (f", after the {space.design} random trials that all share." if space.design else ".")
        + (" Larger is better." if space.maximised else " Smaller is better."),
    )


def style_of(name: str) -> str:
    return STYLES.get(name, _ANOTHER)


def contrast_words(contrast: DeclaredContrast) -> str:
    """What a corrected p and the interval say, in words."""
    if contrast.corrected >= _LEVEL_OF_TESTS:
        return "cannot be told apart"
    return f"{contrast.first if contrast.estimate.value < 0 else contrast.second} is better"


def qpu_words(found: ComparedSearcher) -> str:
    """Shots that a device would take for a searcher itself, and what it charges, per search."""
    if not found.circuits:
        return ""
    priced = "" if found.usd is None else f", {usd(found.usd)}"
    return f"{found.shots:,} shots{priced}"


def p_text(p: float | None) -> str:
    """A p value; tiny ones as a bound."""
    if p is None or not np.isfinite(p):
        return "–"
    return "< 0.001" if p < 0.001 else number(p, 2)


def _values(space: ComparedSpace, first: int) -> Axis:
    shown = [
        v for s in space.searchers for curve in (s.mean, s.low, s.high) for v in curve[first - 1 :]
    ]
    return padded([*shown, *([] if space.optimum is None else [space.optimum])], space.value_name)


def _at(curve: FloatArray, x: Axis, first: int) -> tuple[FloatArray, FloatArray]:
    """(places, values) of what is known from the first trial on."""
    place = np.arange(1.0, len(curve) + 1)[first - 1 :]
    values = curve[first - 1 :]
    known = np.isfinite(values)
    return across(x, place[known]), values[known]


def _curve(curve: FloatArray, x: Axis, y: Axis, first: int, style: str) -> Mark:
    at, values = _at(curve, x, first)
    return line(at, up(y, values), style) if len(at) else Mark("", style)


def _band(found: ComparedSearcher, x: Axis, y: Axis, first: int) -> list[Mark]:
    low_at, low = _at(found.low, x, first)
    high_at, high = _at(found.high, x, first)
    if len(low_at) < 2 or len(high_at) < 2:
        return []
    ends = [*zip(high_at, up(y, high), strict=True)]
    ends += reversed([*zip(low_at, up(y, low), strict=True)])
    path = "M" + "L".join(f"{pixel(a)} {pixel(b)}" for a, b in ends) + "Z"
    return [Mark(path, f"{style_of(found.name).split()[0]} spread faint-band")]
