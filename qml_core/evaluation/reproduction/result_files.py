"""CSV files of results as entries to audit: a row per seed, or a row per mean over seeds."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qml_core.errors import DataError
from qml_core.evaluation.reproduction.audit import Entry
from qml_core.evaluation.reproduction.scores import score_of
from qml_core.near_names import near_names

_TEST = ("test", "test_acc", "test_accuracy", "test_score", "accuracy_test")
_TRAIN = ("train", "train_acc", "train_accuracy", "train_score", "accuracy_train")
_SEED = ("", "index", "unnamed: 0", "seed", "random_state", "repeat", "repetition", "fold", "run")
"""Columns that tell rows of one entry apart; the first is pandas' index."""

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Layout:
    """Which columns hold what, by number.

    Args:
        test: accuracies on the test set.
        train: on the training set; none: the file has none.
        by: columns that name an entry; its rows are its seeds. None: every row is an entry.
        named: columns of its name.
    """

    test: int
    train: int | None
    by: tuple[int, ...] | None
    named: tuple[int, ...]


def entries_of(
    text: str,
    *,
    test: str | None = None,
    train: str | None = None,
    by: Sequence[str] = (),
    mean: bool = False,
    percent: bool = False,
) -> tuple[Entry, ...]:
    """The entries of a CSV file with a header, between commas, semicolons or tabs.

    Args:
        test, train: columns of the scores; none: those of the usual names.
        by: columns that name an entry; empty: all that hold neither scores nor seeds, so that
            rows alike in them are the seeds of one entry.
        mean: every row is an entry, a mean over seeds.
        percent: scores are 0 … 100.

    Raises:
        DataError: no rows, rows of other lengths, a score that is no number, or a column that is
            not there.
    """
    rows = _rows(text, _delimiter(text))
    columns = [name.strip() for name in next(rows, (0, [""]))[1]]
    layout = layout_of(columns, test=test, train=train, by=by, mean=mean)
    entries: dict[object, list[Row]] = {}
    for line, row in rows:
        if len(row) != len(columns):
            raise DataError(f"line {line} has {len(row)} fields, the header {len(columns)}")
        key = line if layout.by is None else tuple(row[column] for column in layout.by)
        entries.setdefault(key, []).append((line, row))
    if not entries:
        raise DataError("the file has no rows", "give one row per seed, or per mean over seeds")
    return tuple(_entry(own, layout, percent) for own in entries.values())


def layout_of(
    columns: Sequence[str],
    *,
    test: str | None = None,
    train: str | None = None,
    by: Sequence[str] = (),
    mean: bool = False,
) -> Layout:
    """The columns that were named, else those of the usual names; arguments of `entries_of`.

    Raises:
        DataError: a column that is not there or there twice, or none with test scores.
    """
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise DataError(f"column {twice[0]!r} is there twice", "give each a name of its own")
    at = _known(columns, test, _TEST)
    if at is None:
        found = ", ".join(filter(None, columns[:12])) or "none"
        raise DataError(f"no column of test scores; columns: {found}", "name it with --test")
    beside = _known(columns, train, _TRAIN)
    if beside == at:
        raise DataError(f"column {columns[at]!r} given as test and as train scores")
    others = [k for k in range(len(columns)) if k not in (at, beside)]
    named = [_at(columns, name) for name in by]
    named = named or [k for k in others if columns[k].lower() not in _SEED]
    own = None if mean and not by else tuple(named)
    return Layout(at, beside, own, tuple(named))


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    """Rows with the line that each ends on; empty lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from ((reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        raise DataError(f"line {reader.line_num} is no CSV: {error}") from error


def _delimiter(text: str) -> str:
    header = text.lstrip().partition("\n")[0]
    return max(",;\t", key=header.count)


def _known(columns: Sequence[str], asked: str | None, usual: Sequence[str]) -> int | None:
    if asked is not None:
        return _at(columns, asked)
    low = [name.lower() for name in columns]
    return next((low.index(name) for name in usual if name in low), None)


def _at(columns: Sequence[str], name: str) -> int:
    if name not in columns:
        raise DataError(f"no column {name!r} in the file", near_names(name, filter(None, columns)))
    return columns.index(name)


def _entry(rows: Sequence[Row], layout: Layout, percent: bool) -> Entry:
    test, train = [], []
    for line, row in rows:
        try:
            test.append(score_of(row[layout.test], percent))
            if layout.train is not None:
                train.append(score_of(row[layout.train], percent))
        except DataError as error:
            raise DataError(f"line {line}: {error.message}", error.remedy) from error
    name = " ".join(filter(None, (rows[0][1][column] for column in layout.named[:4])))
    return Entry(name, tuple(line for line, _ in rows), tuple(test), tuple(train))
