"""Charts of a search: the best value so far, and what its template needs besides."""

from collections.abc import Sequence

import numpy as np

from qml_core.evaluation.report.content import FloatArray
from qml_core.evaluation.report.coupling_map import level_map, pair_map
from qml_core.evaluation.report.numbers import number
from qml_core.evaluation.report.parallel_coordinates import parallel_coordinates, shortened
from qml_core.evaluation.report.plot import (
    BOTTOM,
    LEFT,
    TOP,
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
)
from qml_core.evaluation.report.search import SearchSection
from qml_core.evaluation.report.search_words import encoding_words, how_words

_MOST_LEVELS = 40
_MOST_DOTS = 2000
_LONGEST_TITLE = 32
_SQUASHED = 0.4
"""Where the better nine tenths take less of the axis, the rest is drawn at its edge."""


def search_parts(search: SearchSection | None) -> dict[str, object]:
    """What the page's template draws of a search."""
    if search is None:
        return {}
    surrogate, names, levels = search.surrogate, search.names, search.levels
    small = surrogate is not None and sum(surrogate.sizes) <= _MOST_LEVELS
    return {
        "search_plot": best_so_far(search) if search.finished else None,
        "search_lines": parallel_coordinates(search),
        "pair_map": None if surrogate is None else pair_map(surrogate, names),
        "level_map": level_map(surrogate, names, levels) if surrogate and small else None,
        "search_how": how_words(search),
        "search_encoding": encoding_words(search),
    }


def best_so_far(search: SearchSection) -> Plot:
    """Every trial's value, the best so far as a staircase, the random design shaded."""
    trials = search.searched
    values = np.array([np.nan if t.value is None else t.value for t in trials])
    place = np.arange(1.0, len(trials) + 1)
    x = Axis("trial", 0.5, len(trials) + 0.5)
    y, beyond = _value_axis(search, values)
    optimum = () if search.optimum is None else (level(float(up(y, search.optimum))),)
    best = running_best(values, search.maximised)
    reached = int(np.flatnonzero(values == best[-1])[0])
    return Plot(
        title="Best so far",
        description=f"From {number(float(best[np.isfinite(best)][0]))} to {number(best[-1])}, "
        f"which trial {trials[reached].number} reached.",
        x=x,
        y=y,
        marks=(
            *_design(search, x),
            *optimum,
            *_trials(x, y, place, values),
            _staircase(x, y, place, best),
            dots(across(x, place[[reached]]), up(y, best[[-1]]), "best halo"),
            dots(across(x, place[[reached]]), up(y, best[[-1]]), "best dots"),
        ),
        legend=_legend(search, bool(np.isnan(values).any())),
        caption=_caption(search, beyond),
    )


def running_best(values: FloatArray, maximised: bool) -> FloatArray:
    """Best of the values up to each; NaN before the first that is known."""
    found = np.maximum if maximised else np.minimum
    return np.asarray(
        found.accumulate(np.where(np.isnan(values), -np.inf, values))
        if maximised
        else found.accumulate(np.where(np.isnan(values), np.inf, values))
    )


def axis_title(search: SearchSection) -> str:
    """What a trial evaluates, as far as it fits beside an axis."""
    return shortened(search.objective.split(",")[0], _LONGEST_TITLE) or "value"


def _value_axis(search: SearchSection, values: FloatArray) -> tuple[Axis, int]:
    """Around the values; those of the worst tenth that would squash the others lie beyond it."""
    known = values[np.isfinite(values)]
    marks = [*known, *([] if search.optimum is None else [search.optimum])]
    edge = float(np.quantile(known, 0.1 if search.maximised else 0.9))
    best = float(known.max() if search.maximised else known.min())
    if abs(edge - best) >= _SQUASHED * np.ptp(known):
        return padded(marks, axis_title(search)), 0
    limit = best + 1.25 * (edge - best)
    inside = [v for v in marks if (v >= limit if search.maximised else v <= limit)]
    return padded(inside, axis_title(search)), len(marks) - len(inside)


def _design(search: SearchSection, x: Axis) -> tuple[Mark, ...]:
    if not search.design:
        return ()
    end = pixel(across(x, min(search.design, len(search.searched)) + 0.5))
    return (Mark(f"M{LEFT} {TOP}H{end}V{BOTTOM}H{LEFT}Z", "second spread"),)


def _trials(x: Axis, y: Axis, place: FloatArray, values: FloatArray) -> tuple[Mark, ...]:
    """Dots of the finished, squares at the foot for the failed; of very many every so many."""
    failed = np.isnan(values)
    step = -(-len(values) // _MOST_DOTS)
    done = np.flatnonzero(~failed)[::step]
    marks = [dots(across(x, place[done]), up(y, values[done]), "quantum cloud")]
    if failed.any():
        foot = np.full(int(failed.sum()), BOTTOM - 3.0)
        marks.append(dots(across(x, place[failed]), foot, "baseline dots"))
    return tuple(marks)


def _staircase(x: Axis, y: Axis, place: FloatArray, best: FloatArray) -> Mark:
    known = np.isfinite(best)
    first = float(place[known][0])
    at = np.append(np.repeat(place[known], 2)[1:], x.high)
    return line(across(x, np.maximum(at, first)), up(y, np.repeat(best[known], 2)), "quantum")


def _legend(search: SearchSection, failed: bool) -> tuple[tuple[str, str], ...]:
    entries: Sequence[tuple[bool, str, str]] = (
        (True, "quantum", "best so far"),
        (True, "quantum cloud dots", "a trial"),
        (True, "best dots", "best of the search"),
        (failed, "baseline dots", "failed"),
        (search.optimum is not None, "reference", "optimum of the space"),
        (search.design > 0, "second thick others", "random design"),
    )
    return tuple((style, name) for there, style, name in entries if there)


def _caption(search: SearchSection, beyond: int) -> str:
    better = "Larger" if search.maximised else "Smaller"
    rest = f" {beyond} far worse trials are drawn at the edge." if beyond else ""
    return f"{better} values are better.{rest}"
