"""The couplings of a surrogate as heat maps: one cell per pair of variables, or of levels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, pairwise

import numpy as np

from qml_core.evaluation.report.content import FloatArray
from qml_core.evaluation.report.numbers import number
from qml_core.evaluation.report.parallel_coordinates import level_text, shortened
from qml_core.evaluation.report.plot import pixel
from qml_core.evaluation.report.search import SurrogatePicture
from qml_core.specs.space import Value

Couplings = Mapping[tuple[int, int], FloatArray]

_MARGIN, _HEAD = 124.0, 22.0
_MOST_VARIABLES = 40
_MOST_NUMBERS = 9
_FAINTEST = 0.004
_LABEL_WIDTH = 17.0


@dataclass(frozen=True)
class Cell:
    """One square: style of its fill, its opacity, percents of the largest, words for hovering."""

    x: str
    y: str
    style: str
    opacity: str
    text: str
    words: str


@dataclass(frozen=True)
class CouplingMap:
    """`rows`: (y, label); `columns`: (x, label); `borders`: between variables, one path."""

    cells: tuple[Cell, ...]
    rows: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]
    borders: str
    side: str
    width: int
    height: int
    fine: bool
    description: str
    largest: str
    left_out: int = 0


def zero_sum(
    fields: Sequence[FloatArray], couplings: Couplings
) -> tuple[list[FloatArray], dict[tuple[int, int], FloatArray]]:
    """The same energies up to a constant, every row and column of a coupling with mean 0.

    Only there is the size of a coupling its own: otherwise parts of it can be moved into the
    fields (Ekeberg et al., Phys. Rev. E 87, 012707 (2013), eq. 9).
    """
    h = [np.asarray(field, dtype=np.float64).copy() for field in fields]
    centred = {}
    for (i, j), found in couplings.items():
        rows, columns, mean = found.mean(1), found.mean(0), found.mean()
        h[i] += rows
        h[j] += columns
        centred[i, j] = np.asarray(found - rows[:, None] - columns + mean)
    return [field - field.mean() for field in h], centred


def pair_map(surrogate: SurrogatePicture, names: Sequence[str]) -> CouplingMap:
    """Frobenius norms of the couplings, those of the fields on the diagonal; of more than 40
    variables the most strongly coupled."""
    strengths = pair_strengths(surrogate)
    total = strengths.sum(0)
    chosen = np.sort(np.argsort(-total, kind="stable")[:_MOST_VARIABLES])
    strengths = strengths[np.ix_(chosen, chosen)]
    count = len(chosen)
    side = min(40.0, 280.0 / count)
    labels = [f"{shortened(names[k])} · {n + 1}" for n, k in enumerate(chosen)]
    cells = _cells(strengths, side, [names[k] for k in chosen], count <= _MOST_NUMBERS)
    i, j = _strongest_pair(strengths)
    said = f"strongest pair {names[chosen[i]]} and {names[chosen[j]]}" if count > 1 else ""
    return _map(
        cells, labels, _numbered(range(count), side), side, count,
        description=f"Strengths of fields and couplings of {count} variables; {said}.",
        largest=number(float(strengths.max())),
        left_out=len(names) - count,
    )  # fmt: skip


def level_map(
    surrogate: SurrogatePicture, names: Sequence[str], levels: Sequence[Sequence[Value]]
) -> CouplingMap:
    """The whole one-hot matrix, fields on the diagonal; what lowers the loss and what raises it."""
    sizes = surrogate.sizes
    starts = np.concatenate([[0], np.cumsum(sizes)])
    matrix = one_hot_matrix(surrogate)
    side = min(22.0, 480.0 / len(matrix))
    words = [
        f"{shortened(name, 11)} = {shortened(level_text(value), 8)}"
        for name, found in zip(names, levels, strict=True)
        for value in found
    ]
    middles = [(a + b - 1) / 2 for a, b in pairwise(starts)]
    return _map(
        _cells(matrix, side, words, numbers=False, signed=True), words,
        _numbered(middles, side), side, len(matrix),
        description=f"Fields and couplings of {len(matrix)} levels of {len(sizes)} variables.",
        largest=number(float(np.abs(matrix).max())),
        starts=starts[1:-1],
    )  # fmt: skip


def pair_strengths(surrogate: SurrogatePicture) -> FloatArray:
    """(v, v) symmetric: Frobenius norms of zero-sum couplings, of zero-sum fields on the
    diagonal."""
    fields, couplings = zero_sum(surrogate.fields, surrogate.couplings)
    found = np.diag([float(np.linalg.norm(field)) for field in fields])
    for (i, j), coupling in couplings.items():
        found[i, j] = found[j, i] = float(np.linalg.norm(coupling))
    return found


def one_hot_matrix(surrogate: SurrogatePicture) -> FloatArray:
    """(Σk, Σk) symmetric: zero-sum couplings of the levels, zero-sum fields on the diagonal."""
    fields, couplings = zero_sum(surrogate.fields, surrogate.couplings)
    starts = np.concatenate([[0], np.cumsum(surrogate.sizes)])
    found = np.diag(np.concatenate(fields))
    for (i, j), coupling in couplings.items():
        rows, columns = slice(starts[i], starts[i + 1]), slice(starts[j], starts[j + 1])
        found[rows, columns] = coupling
        found[columns, rows] = coupling.T
    return found


def _strongest_pair(strengths: FloatArray) -> tuple[int, int]:
    off = strengths - np.diag(np.diag(strengths))
    i, j = np.unravel_index(int(off.argmax()), off.shape)
    return int(i), int(j)


def _cells(
    values: FloatArray, side: float, names: Sequence[str], numbers: bool, signed: bool = False
) -> tuple[Cell, ...]:
    """On and below the diagonal: the rest is its mirror image."""
    top = float(np.abs(values).max()) or 1.0
    cells = []
    for i, j in combinations_with_replacement(range(len(values)), 2):
        value = float(values[j, i])
        share = abs(value) / top
        if share < _FAINTEST and not numbers:
            continue
        pair = names[i] if i == j else f"{names[i]} × {names[j]}"
        cells.append(
            Cell(
                x=pixel(_MARGIN + side * i),
                y=pixel(_HEAD + side * j),
                style="raising" if signed and value > 0 else "lowering",
                opacity=f"{(0.55 if numbers else 0.95) * share:.3f}",
                text=f"{100 * share:.0f}" if numbers else "",
                words=f"{pair}: {number(value)}",
            )
        )
    return tuple(cells)


def _map(
    cells: tuple[Cell, ...], rows: Sequence[str], columns: tuple[tuple[str, str], ...],
    side: float, count: int, description: str, largest: str, left_out: int = 0,
    starts: Sequence[int] | FloatArray = (),
) -> CouplingMap:  # fmt: skip
    end = side * count
    at = [side * float(start) for start in starts]
    across = [f"M{_MARGIN} {pixel(_HEAD + a)}H{pixel(_MARGIN + end)}" for a in at]
    upright = [f"M{pixel(_MARGIN + a)} {_HEAD}V{pixel(_HEAD + end)}" for a in at]
    return CouplingMap(
        cells=cells,
        rows=tuple((pixel(_HEAD + side * (k + 0.5)), label) for k, label in enumerate(rows)),
        columns=columns,
        borders="".join([*across, *upright]),
        side=pixel(side),
        width=round(_MARGIN + end + 4),
        height=round(_HEAD + end + 4),
        fine=side < 14,
        description=description,
        largest=largest,
        left_out=left_out,
    )


def _numbered(places: Sequence[float] | range, side: float) -> tuple[tuple[str, str], ...]:
    """Every label, or every fifth where they would touch."""
    apart = side * (places[-1] - places[0]) / max(1, len(places) - 1)
    step = 1 if len(places) == 1 or apart >= _LABEL_WIDTH else 5
    return tuple(
        (pixel(_MARGIN + side * (place + 0.5)), str(n + 1))
        for n, place in enumerate(places)
        if (n + 1) % step == 0 or step == 1
    )
