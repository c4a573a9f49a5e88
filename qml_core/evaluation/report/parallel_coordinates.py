"""Parallel coordinates: a line per trial across an upright axis per variable, then its value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qml_core.evaluation.report.content import FloatArray
from qml_core.evaluation.report.numbers import number, short
from qml_core.evaluation.report.plot import Axis, Mark, padded, pixel
from qml_core.evaluation.report.search import SearchSection
from qml_core.references import Trial
from qml_core.specs.space import Value

TOP, BOTTOM, FIRST, APART = 34.0, 274.0, 56.0, 118.0
_SHADES = 6
_MOST_LINES = 400
_MOST_LABELS = 12
_LONGEST = 15


@dataclass(frozen=True)
class UprightAxis:
    """One variable: where it stands, (y, label) of its levels, its full name for the tooltip."""

    x: str
    name: str
    full: str
    ticks: tuple[tuple[str, str], ...]
    last: bool = False


@dataclass(frozen=True)
class ParallelCoordinates:
    """`marks`: worst first, so that better trials lie on top; the best one is the last."""

    axes: tuple[UprightAxis, ...]
    marks: tuple[Mark, ...]
    width: int
    height: int
    description: str
    left_out: int
    failed: bool


def parallel_coordinates(search: SearchSection) -> ParallelCoordinates | None:
    """Of the search's own trials; of more than 400 the best half and an even choice of the rest."""
    if not search.searched:
        return None
    drawn = _drawn(search)
    best = search.top(1)
    title = f"Best: {_said(search, best[0])}." if best else "Every trial failed."
    return ParallelCoordinates(
        axes=_axes(search),
        marks=tuple(_marks(search, drawn)),
        width=round(FIRST + APART * len(search.names) + 66),
        height=round(BOTTOM) + 12,
        description=f"{len(drawn)} trials over {len(search.names)} variables. {title}",
        left_out=len(search.searched) - len(drawn),
        failed=any(t.value is None for t in drawn),
    )


def shortened(name: str, longest: int = _LONGEST) -> str:
    """The end of a dotted name that fits, or its start and a dot row."""
    while len(name) > longest and "." in name:
        name = name.split(".", 1)[1]
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def level_text(value: Value) -> str:
    """A level as a reader wants it."""
    if isinstance(value, bool):
        return str(value).lower()
    return short(value) if isinstance(value, int | float) else str(value)


def _said(search: SearchSection, trial: Trial) -> str:
    pairs = zip(search.names, search.values_of(trial), strict=True)
    said = ", ".join(f"{name} {level_text(value)}" for name, value in pairs)
    return f"{said}, value {number(trial.value)}"


def _drawn(search: SearchSection) -> list[Trial]:
    """Worst first, after the failed ones."""
    ranked = [*search.top(len(search.finished))]
    half = _MOST_LINES // 2
    if len(ranked) > _MOST_LINES:
        rest = ranked[half:]
        chosen = np.unique(np.linspace(0, len(rest) - 1, half).round().astype(int))
        ranked = ranked[:half] + [rest[i] for i in chosen]
    failed = [t for t in search.searched if t.value is None][:half]
    return [*failed, *reversed(ranked)]


def _axes(search: SearchSection) -> tuple[UprightAxis, ...]:
    found = [
        UprightAxis(pixel(_x(i)), shortened(name), name, _ticks(values))
        for i, (name, values) in enumerate(zip(search.names, search.levels, strict=True))
    ]
    return (*found, _value_axis(search))


def _value_axis(search: SearchSection) -> UprightAxis:
    at, title = pixel(_x(len(search.names))), search.objective
    axis = _value_scale(search)
    ticks = tuple((pixel(_y(axis.share(v))), label) for v, label in axis.ticks())
    failed = ((pixel(BOTTOM), "failed"),) if len(search.finished) < len(search.searched) else ()
    name = title if 0 < len(title) <= _LONGEST else "value"
    return UprightAxis(at, name, title, (*ticks, *failed), last=True)


def _value_scale(search: SearchSection) -> Axis:
    values = [t.value for t in search.finished if t.value is not None]
    return padded(values, search.objective, room=0.0 if len(set(values)) > 1 else 0.5)


def _ticks(values: Sequence[Value]) -> tuple[tuple[str, str], ...]:
    step = -(-len(values) // _MOST_LABELS)
    heights = _heights(len(values))
    return tuple(
        (pixel(heights[i]), shortened(level_text(value)))
        for i, value in enumerate(values)
        if i % step == 0
    )


def _marks(search: SearchSection, drawn: Sequence[Trial]) -> list[Mark]:
    """Lines of one level are spread a little, the better the higher, so that they stay apart."""
    axis = _value_scale(search)
    done = [t for t in drawn if t.value is not None]
    order = {t.number: rank / max(1, len(done) - 1) for rank, t in enumerate(done)}
    marks = []
    for trial in drawn:
        share = order.get(trial.number, 0.0)
        heights = [
            _heights(size)[code] - (share - 0.5) * min(9.0, 90.0 / size)
            for size, code in zip(search.sizes, trial.codes, strict=True)
        ]
        end = BOTTOM if trial.value is None else float(_y(axis.share(trial.value)))
        style = "failed-line" if trial.value is None else f"shade-{int(share * (_SHADES - 0.01))}"
        marks.append(Mark(_path([*heights, end]), style))
    return [*marks[:-1], Mark(marks[-1].path, "best-line")] if done else marks


def _path(heights: Sequence[float]) -> str:
    return "M" + "L".join(f"{pixel(_x(i))} {pixel(y)}" for i, y in enumerate(heights))


def _heights(size: int) -> FloatArray:
    """Of the levels of one variable, the first at the foot; a single one stands in the middle."""
    if size == 1:
        return np.array([(_y(0.5))])
    return _y(np.arange(size) / (size - 1))


def _y(share: float | FloatArray) -> FloatArray:
    """Above a foot that is kept for failed trials."""
    return np.asarray(BOTTOM - 26 - (BOTTOM - 32 - TOP) * np.asarray(share), dtype=np.float64)


def _x(index: int) -> float:
    return FIRST + APART * index
