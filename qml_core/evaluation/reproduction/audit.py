"""Scores that no test set of their size can give: k/n for a seed, k/(n·seeds) for a mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from qml_core.errors import DataError
from qml_core.evaluation.reproduction.scores import Digits, Score, check_no_percent, digits_of

_SAME = 1e-12
_LARGEST = 10**12
_FEWEST_DIGITS = 2
"""Decimals from which equal scores of several seeds are no chance."""


@dataclass(frozen=True)
class Entry:
    """What a file says of one thing.

    Args:
        name: what it is of.
        lines: of its rows in the file, counted from 1 with the header.
        test: accuracies on the test set, one per row.
        train: on the training set; empty: the file has none.
    """

    name: str
    lines: tuple[int, ...]
    test: tuple[Score, ...]
    train: tuple[Score, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What is wrong with an entry."""

    line: int
    """The first of the entry."""
    name: str
    kind: str
    """impossible, outside, test = train; suspect: it may be so, and by chance."""
    said: str

    @property
    def certain(self) -> bool:
        return self.kind != "suspect"


@dataclass(frozen=True)
class Audit:
    """Findings, and how much it means that there are no others.

    Args:
        digits: decimals that the test scores are written with.
        share_possible: of all numbers from 0 to 1 with so many decimals; 1: nothing can be found.
    """

    findings: tuple[Finding, ...]
    digits: int
    share_possible: float


def audit(entries: Sequence[Entry], n_test: int, seeds: int | None = None) -> Audit:
    """All that is impossible about accuracies of a test set of n_test rows.

    A score of one seed is k/n_test, a mean over seeds k/(n_test·seeds), to the digits that the
    column is written with. Where the test scores of all seeds are the train scores, they are
    training scores if n_test rows cannot give them, and suspect if they can.

    Args:
        seeds: behind each score, a mean; none: each score is of one seed.

    Raises:
        DataError: no row in the test set, no seed, too many, or scores in percent.
    """
    size = n_test * (1 if seeds is None else seeds)
    if n_test < 1 or size < 1 or size > _LARGEST:
        over = "" if seeds is None else f" over {seeds} seeds"
        raise DataError(
            f"audit of a test set of {n_test} rows{over} asked",
            f"both are at least 1, their product at most {_LARGEST:,}",
        )
    tests = [score for entry in entries for score in entry.test]
    check_no_percent(tests)
    digits = digits_of(tests)
    common = min(
        digits.decimals, digits_of(score for entry in entries for score in entry.train).decimals
    )
    found = [one for entry in entries for one in _of_entry(entry, n_test, seeds, digits, common)]
    return Audit(tuple(found), digits.decimals, share_possible(size, digits.decimals))


def possible(value: float, size: int, digits: int) -> bool:
    """Whether some k/size, 0 ≤ k ≤ size, is this value when rounded to so many decimals."""
    return abs(_nearest(value, size) / size - value) <= 0.5 * 10.0**-digits + _SAME


def share_possible(size: int, digits: int) -> float:
    """Of the numbers 0 … 1 with so many decimals, the share that some k/size is rounded to."""
    return min(1.0, (size + 1) / (10.0**digits + 1))


def _nearest(value: float, size: int) -> int:
    return min(max(round(value * size), 0), size)


def _of_entry(
    entry: Entry, n_test: int, seeds: int | None, digits: Digits, common: int
) -> list[Finding]:
    size, first = n_test * (seeds or 1), entry.lines[0]
    found = []
    rows = list(zip(entry.lines, entry.test, strict=True))
    outside = [row for row in rows if not row[1].is_share]
    inside = [row for row in rows if row[1].is_share]
    wrong = [row for row in inside if not possible(row[1].value, size, digits.of(row[1]))]
    if outside:
        said = f"{_listed(outside, first)}: not between 0 and 1"
        found.append(Finding(first, entry.name, "outside", said))
    if wrong:
        k = _nearest(wrong[0][1].value, size)
        what = "no multiple" if seeds is None else f"no mean of {seeds} multiples"
        near = f"{k}/{size} = {k / size:.{digits.decimals}f}"
        said = f"{_listed(wrong, first)}: {what} of 1/{n_test} (near: {near})"
        found.append(Finding(first, entry.name, "impossible", said))
    if _equal(entry, common):
        found += _test_is_train(entry, bool(wrong), common)
    return found


def _equal(entry: Entry, common: int) -> bool:
    """Whether every test score is the train score, to the digits of the coarser column."""
    if not entry.train:
        return False
    near = 0.5 * 10.0**-common + _SAME
    pairs = zip(entry.test, entry.train, strict=True)
    return all(abs(test.value - train.value) < near for test, train in pairs)


def _test_is_train(entry: Entry, wrong: bool, common: int) -> list[Finding]:
    """Scores of all right or all wrong may well be equal; so may the one of a single fit."""
    values = {score.value for score in entry.test} - {0.0, 1.0}
    if not values:
        return []
    kind = "test = train"
    if wrong:
        said = "every test score equals the train score: these are training scores"
    elif len(values) > 1 and common >= _FEWEST_DIGITS:
        said = "every test score equals the train score of its seed: probably training scores"
    else:
        kind, said = "suspect", "the test score equals the train score; it may by chance"
    return [Finding(entry.lines[0], entry.name, kind, said)]


def _listed(rows: Sequence[tuple[int, Score]], first: int) -> str:
    """Three of them, with their lines where these are not the entry's first."""
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    texts = [
        score.text if line == first else f"{score.text} (line {line})" for line, score in rows[:3]
    ]
    return ", ".join(texts) + more
