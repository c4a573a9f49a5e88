"""Tables of a benchmark: competitors with their times, ratios, and the bar each ratio must meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bench.timing import Timing

WIDTH = 44


@dataclass(frozen=True)
class Bar:
    """What a ratio must be; written down before anything was measured."""

    limit: float
    kind: Literal["at least", "at most"]

    def met(self, ratio: float) -> bool:
        return ratio >= self.limit if self.kind == "at least" else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.kind == 'at least' else '≤'} {self.limit:,.6g}"


@dataclass(frozen=True)
class Row:
    """One competitor, or one quantity in `unit`; neither time nor ratio: it is not installed."""

    name: str
    timing: Timing | None = None
    ratio: float | None = None
    bar: Bar | None = None
    unit: str = "×"
    note: str = ""

    @property
    def verdict(self) -> str:
        """`met`, `not met`, or empty where there is no bar; what is absent meets none."""
        if self.ratio is None:
            return "" if self.timing else "not installed"
        if self.bar is None:
            return ""
        return "met" if self.bar.met(self.ratio) else "not met"


@dataclass(frozen=True)
class Table:
    title: str
    rows: tuple[Row, ...]


def times_faster(
    name: str, ours: Timing, theirs: Timing | None, bar: float | None = None, note: str = ""
) -> Row:
    """A peer, whose median is to be at least `bar` times ours; no time: it is not installed."""
    ratio = theirs.median / ours.median if theirs else None
    return Row(name, theirs, ratio, None if bar is None else Bar(bar, "at least"), note=note)


def times_the_limit(
    name: str, ours: Timing, limit: Timing, bar: float | None = None, note: str = ""
) -> Row:
    """A lower limit, of whose median ours is to be at most `bar` times."""
    ratio = ours.median / limit.median
    return Row(name, limit, ratio, None if bar is None else Bar(bar, "at most"), note=note)


def as_json(tables: Sequence[Table]) -> list[dict[str, Any]]:
    """Every figure, and the verdict of each bar."""
    return [{"title": t.title, "rows": [_row_as_json(row) for row in t.rows]} for t in tables]


def _row_as_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "seconds": row.timing.seconds if row.timing else None,
        "median_s": row.timing.median if row.timing else None,
        "ratio": row.ratio,
        "unit": row.unit,
        "bar": str(row.bar) if row.bar else None,
        "verdict": row.verdict,
        "note": row.note,
    }


def as_text(table: Table) -> str:
    """The table for a terminal, times in milliseconds."""
    head = f"{'':<{WIDTH}}{'min':>11}{'median':>11}{'max':>11} ms {'ratio':>12}   bar"
    return "\n".join([table.title, head, *(_row_as_text(row) for row in table.rows)])


def _row_as_text(row: Row) -> str:
    times = (row.timing.low, row.timing.median, row.timing.high) if row.timing else ()
    cells = "".join(f"{1e3 * seconds:>11,.{2 if seconds < 1 else 0}f}" for seconds in times)
    digits = 0 if (row.ratio or 0) >= 100 else 2
    ratio = "" if row.ratio is None else f"{row.ratio:,.{digits}f}{row.unit}"
    bar = "" if row.bar is None else f"{row.bar}{row.unit}"
    line = f"  {row.name:<{WIDTH - 2}}{cells:<33}    {ratio:>12}   {bar:<14}{row.verdict}".rstrip()
    return f"{line}\n      {row.note}" if row.note else line
