"""A critical-difference diagram (Demšar 2006): average ranks, and what cannot be told apart.

Drawn with a row a model, so that its names are read on a phone.
"""

from dataclasses import dataclass

from qml_core.evaluation.report.benchmark_costs import STYLES, shape
from qml_core.evaluation.report.numbers import number, short
from qml_core.evaluation.report.parallel_coordinates import shortened
from qml_core.evaluation.report.plot import Mark, pixel
from qml_core.references.benchmark import AcrossData, DataVerdict
from qml_core.specs.contestant import Kind

WIDTH = 360
_NAMES, _BEST, _WORST, _CLIQUES = 132, 146, 284, 322
_TOP, _ROW = 62, 19
_LONGEST_NAME = 21
_MOST_TICKS = 8


@dataclass(frozen=True)
class RankRow:
    """A model: its name, the place of its rank, and the rank."""

    name: str
    x: str
    y: str
    rank: str


@dataclass(frozen=True)
class RankDiagram:
    """Coordinates of a drawing WIDTH wide. `ticks`: (x, rank); `critical`: path and label of the
    critical difference; `cliques`: bars over the rows of models that it does not tell apart."""

    height: int
    rows: tuple[RankRow, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[tuple[str, str], ...]
    critical: str
    critical_label: str
    cliques: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]
    description: str


def rank_diagram(across: AcrossData | None, data: tuple[DataVerdict, ...]) -> RankDiagram | None:
    """None without average ranks of two models or more."""
    if across is None or len(across.ranks) < 2:
        return None
    ranked = sorted(across.ranks.items(), key=lambda found: (found[1], found[0]))
    kinds: dict[str, Kind] = {s.model: s.kind for verdict in data for s in verdict.scores}
    worst = len(ranked)
    rows = tuple(
        RankRow(shortened(name, _LONGEST_NAME), pixel(_across(rank, worst)), pixel(_down(k)),
                number(rank))
        for k, (name, rank) in enumerate(ranked)
    )  # fmt: skip
    marks = tuple(
        shape(kinds.get(name, "classical"), _across(rank, worst), _down(k))
        for k, (name, rank) in enumerate(ranked)
    )
    places = {name: k for k, (name, _) in enumerate(ranked)}
    shown = dict.fromkeys(kinds.get(name, "classical") for name, _ in ranked)
    return RankDiagram(
        height=int(_down(worst)),
        rows=rows,
        marks=marks,
        ticks=_ticks(worst),
        critical=_critical(across, worst),
        critical_label=_critical_label(across),
        cliques=tuple(_cliques(across, places)),
        kinds=tuple((STYLES[kind], kind) for kind in shown),
        description=", ".join(f"{name} {number(rank)}" for name, rank in ranked),
    )


def _across(rank: float, worst: int) -> float:
    return _BEST + (_WORST - _BEST) * (rank - 1) / (worst - 1)


def _down(row: int) -> float:
    return _TOP + _ROW * (row + 0.5)


def _ticks(worst: int) -> tuple[tuple[str, str], ...]:
    step = -(-worst // _MOST_TICKS)
    return tuple((pixel(_across(rank, worst)), str(rank)) for rank in range(1, worst + 1, step))


def _critical(across: AcrossData, worst: int) -> str:
    """A bar as long as the critical difference, at most as long as the axis."""
    if across.critical_difference is None:
        return ""
    end = pixel(_across(min(1 + across.critical_difference, worst), worst))
    return f"M{_BEST} 14v8M{_BEST} 18H{end}M{end} 14v8"


def _critical_label(across: AcrossData) -> str:
    if across.critical_difference is None:
        return ""
    return f"critical difference {short(across.critical_difference)}"


def _cliques(across: AcrossData, places: dict[str, int]) -> list[str]:
    groups = [sorted(places[name] for name in group if name in places) for group in across.cliques]
    groups = [group for group in groups if len(group) > 1]
    apart = min(9.0, (WIDTH - 4 - _CLIQUES) / max(1, len(groups) - 1))
    return [
        f"M{pixel(_CLIQUES + apart * k)} {pixel(_down(group[0]) - 5)}V{pixel(_down(group[-1]) + 5)}"
        for k, group in enumerate(groups)
    ]
