"""Records of the folds of a benchmark: a link each, as many as a page can hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qml_core.evaluation.report.benchmark import BenchmarkSection
from qml_core.evaluation.report.numbers import number, percent
from qml_core.references.benchmark import DataVerdict, FoldScore

_MOST_LINKS = 3600
_MOST_FAILURES = 20
_FOLLOWED = re.compile(r"(file|https?|s3|gs|abfss?)://", re.IGNORECASE)

Place = tuple[int, int]
"""Repeat and fold, from 0."""


@dataclass(frozen=True)
class FoldCell:
    """A fold's value and where its record lies; `uri` empty: it is not linked."""

    text: str
    uri: str


@dataclass(frozen=True)
class RecordRow:
    """All folds of a model on one share of the training rows; `anchor` is what the numbers of the
    page link to, `n_train` the mean number of rows."""

    model: str
    share: float
    n_train: float
    anchor: str
    cells: tuple[FoldCell, ...]

    @property
    def name(self) -> str:
        if self.share == 1.0:
            return self.model
        return f"{self.model}, {percent(self.share)} of the training rows"


@dataclass(frozen=True)
class Records:
    """Of one data set. `heads`: repeat.fold; `failures`: one sentence each."""

    heads: tuple[str, ...]
    rows: tuple[RecordRow, ...]
    failures: tuple[str, ...]
    left_out: int = 0

    def anchor(self, model: str) -> str:
        """Where the records of a model are listed; empty: nowhere."""
        return self.nearest(model, float("inf"))

    def nearest(self, model: str, n_train: float) -> str:
        """Where those on the number of training rows next to `n_train` are listed."""
        found = [row for row in self.rows if row.model == model]
        if n_train == float("inf"):
            found = [row for row in found if row.share == 1.0]
        return min(found, key=lambda row: abs(row.n_train - n_train)).anchor if found else ""


NO_RECORDS = Records((), (), ())


def records_of(section: BenchmarkSection, verdict: DataVerdict, place: int) -> Records:
    """Models in the order of their scores, all training rows before shares of them.

    Args:
        place: of the data set on the page, from 1.
    """
    folds = _grouped(section, verdict)
    places = sorted({at for found in folds.values() for at in found})
    room = _MOST_LINKS // len(section.data)
    rows, left_out = [], 0
    for k, ((share, model), found) in enumerate(folds.items(), 1):
        if len(found) > room:
            left_out += len(found)
            continue
        room -= len(found)
        n_train = sum(fold.n_train for fold in found.values()) / len(found)
        cells = tuple(_cell(found.get(at), verdict) for at in places)
        rows.append(RecordRow(model, share, n_train, f"records-{place}-{k}", cells))
    heads = tuple(f"{repeat + 1}.{fold + 1}" for repeat, fold in places)
    return Records(heads, tuple(rows), _failures(list(folds.values())), left_out)


def followed(uri: str) -> bool:
    """Whether an address is a link that a reader may follow."""
    return _FOLLOWED.match(uri) is not None


def _grouped(
    section: BenchmarkSection, verdict: DataVerdict
) -> dict[tuple[float, str], dict[Place, FoldScore]]:
    """(share, model) -> place -> fold, the largest share first."""
    order = {score.model: k for k, score in enumerate(verdict.scores)}
    found: dict[tuple[float, str], dict[Place, FoldScore]] = {}
    for fold in section.folds:
        if fold.data == verdict.data:
            found.setdefault((fold.share, fold.model), {})[fold.repeat, fold.fold] = fold
    keys = sorted(found, key=lambda key: (-key[0], order.get(key[1], len(order)), key[1]))
    return {key: found[key] for key in keys}


def _cell(fold: FoldScore | None, verdict: DataVerdict) -> FoldCell:
    if fold is None:
        return FoldCell("", "")
    text = "failed" if fold.status == "failed" else number(fold.metrics.get(verdict.metric))
    return FoldCell(text, fold.uri if followed(fold.uri) else "")


def _failures(groups: Sequence[Mapping[Place, FoldScore]]) -> tuple[str, ...]:
    """Model, fold and error; of very many the first."""
    failed = [
        f"{score.model}{_share_of(score)}, repeat {repeat + 1}, fold {fold + 1}: "
        f"{score.error or 'failed'}"
        for found in groups
        for (repeat, fold), score in sorted(found.items())
        if score.status == "failed"
    ]
    more = len(failed) - _MOST_FAILURES
    return (*failed[:_MOST_FAILURES], *((f"{more} more",) if more > 0 else ()))


def _share_of(score: FoldScore) -> str:
    return "" if score.share == 1.0 else f" on {percent(score.share)} of the training rows"
