"""CSV files of results as entries to audit: a row per seed, or a row per mean over seeds."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from qml_core.errors import DataError
from qml_core.evaluation.reproduction.audit import Entry
from qml_core.near_names import near_names

_TEST = ("test", "test_acc", "test_accuracy", "test_score", "accuracy_test")
_TRAIN = ("train", "train_acc", "train_accuracy", "train_score", "accuracy_train")


@dataclass(frozen=True)
class Layout:
    """Which columns hold what.

    Args:
        test: accuracies on the test set.
        train: on the training set; none: the file has none.
        by: columns that name an entry; its rows are its seeds. Empty: every row is one.
        mean: whether a row is a mean over seeds.
    """

    test: str
    train: str | None
    by: tuple[str, ...]
    mean: bool


def layout_of(
    columns: Sequence[str],
    *,
    test: str | None = None,
    train: str | None = None,
    by: Sequence[str] = (),
    mean: bool = False,
) -> Layout:
    """The columns that were named, else those of the usual names.

    Raises:
        DataError: a column that is not there, or none with test scores.
    """
    for name in filter(None, (test, train, *by)):
        if name not in columns:
            raise DataError(f"no column {name!r} in the file", near_names(name, columns))
    found = test or _first(columns, _TEST)
    if found is None:
        raise DataError(
            f"no column of test scores among {', '.join(columns[:12])}", "name it with --test"
        )
    return Layout(found, train or _first(columns, _TRAIN), tuple(by), mean)


def entries_of(
    text: str,
    *,
    test: str | None = None,
    train: str | None = None,
    by: Sequence[str] = (),
    mean: bool = False,
) -> tuple[Entry, ...]:
    """The entries of a CSV file with a header; arguments as in `Layout`.

    Raises:
        DataError: no rows, rows of other lengths, or a column that is not there.
    """
    reader = csv.DictReader(io.StringIO(text))
    columns = list(reader.fieldnames or ())
    layout = layout_of(columns, test=test, train=train, by=by, mean=mean)
    rows: dict[tuple[str, ...], list[tuple[int, dict[str, str]]]] = {}
    for line, row in enumerate(reader, start=2):
        if None in row or None in row.values():
            raise DataError(f"line {line} has another number of fields than the header's")
        name = tuple(row[column] for column in layout.by) or (str(line),)
        rows.setdefault(name, []).append((line, row))
    if not rows:
        raise DataError("the file has no rows", "give one row per seed, or per mean over seeds")
    return tuple(_entry(name, own, layout, columns) for name, own in rows.items())


def _entry(
    name: tuple[str, ...],
    rows: Sequence[tuple[int, dict[str, str]]],
    layout: Layout,
    columns: Sequence[str],
) -> Entry:
    first = rows[0][1]
    scores = (layout.test, layout.train)
    named = name if layout.by else [first[c] for c in columns if c not in scores][:4]
    return Entry(
        line=rows[0][0],
        name=" ".join(filter(None, named)),
        test=tuple(row[layout.test].strip() for _, row in rows),
        train=() if layout.train is None else tuple(row[layout.train].strip() for _, row in rows),
        mean=layout.mean,
    )


def _first(columns: Sequence[str], known: Sequence[str]) -> str | None:
    return next((c for name in known for c in columns if c.lower() == name), None)
