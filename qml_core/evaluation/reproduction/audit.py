"""Scores that no test set of their size can give: k/n for a seed, k/(n·seeds) for a mean."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qml_core.errors import DataError

_SAME = 1e-12
_MOST_DIGITS = 12


@dataclass(frozen=True)
class Entry:
    """One row of a file of results.

    Args:
        line: in the file, counted from 1 with the header.
        name: what it is of.
        test: accuracies as the file writes them, one per seed, or one mean.
        train: the same of the training rows, where the file has them.
        mean: whether `test` is a mean over seeds.
    """

    line: int
    name: str
    test: tuple[str, ...]
    train: tuple[str, ...] = ()
    mean: bool = False


@dataclass(frozen=True)
class Finding:
    """Why an entry cannot be what it says."""

    line: int
    name: str
    kind: str
    """impossible, outside or test = train."""
    said: str


def audit(entries: Sequence[Entry], n_test: int, seeds: int = 1) -> tuple[Finding, ...]:
    """All that is impossible about accuracies of a test set of n_test rows.

    A score of one seed is k/n_test, a mean over seeds k/(n_test·seeds), to the digits that the
    file writes. Test scores that equal the train scores of every seed, though they are no multiples
    of 1/n_test, are training scores; where they are multiples they are suspect from two seeds on.

    Args:
        seeds: behind a mean.

    Raises:
        DataError: no row in the test set, no seed, or a score that is no number.
    """
    if n_test < 1 or seeds < 1:
        raise DataError(
            f"audit of a test set of {n_test} rows over {seeds} seeds asked",
            "give --n-test and --seeds of at least 1",
        )
    digits = most_digits(text for entry in entries for text in entry.test)
    return tuple(found for entry in entries for found in _of_entry(entry, n_test, seeds, digits))


def most_digits(texts: Iterable[str]) -> int:
    """Decimals that a column of texts is written with: of the longest, 12 at most."""
    return min(max(map(_decimals, texts), default=0), _MOST_DIGITS)


def possible(value: float, size: int, digits: int) -> bool:
    """Whether some k/size, 0 ≤ k ≤ size, is this value when rounded to so many decimals."""
    half, nearest = 0.5 * 10.0**-digits, round(value * size)
    return any(
        0 <= k <= size and abs(k / size - value) <= half + _SAME
        for k in (nearest - 1, nearest, nearest + 1)
    )


def _of_entry(entry: Entry, n_test: int, seeds: int, digits: int) -> list[Finding]:
    size = n_test * seeds if entry.mean else n_test
    found = []
    outside = [text for text in entry.test if not 0.0 <= _number(text) <= 1.0]
    inside = [text for text in entry.test if text not in outside]
    wrong = [text for text in inside if not possible(_number(text), size, digits)]
    if outside:
        said = f"accuracy {_some(outside)} is not between 0 and 1"
        found.append(Finding(entry.line, entry.name, "outside", said))
    if wrong:
        mean = f" and no mean of {seeds} such scores" if entry.mean else ""
        said = f"{_some(wrong)} is no multiple of 1/{n_test}{mean}"
        found.append(Finding(entry.line, entry.name, "impossible", said))
    if _equal(entry) and (wrong or len(entry.test) > 1) and not _perfect(entry):
        said = "every test score equals the train score: these are training scores"
        if not wrong:
            said = "every test score equals the train score of its seed: suspect"
        found.append(Finding(entry.line, entry.name, "test = train", said))
    return found


def _equal(entry: Entry) -> bool:
    if len(entry.train) != len(entry.test) or not entry.test:
        return False
    pairs = zip(entry.test, entry.train, strict=True)
    return all(math.isclose(_number(a), _number(b), rel_tol=0, abs_tol=_SAME) for a, b in pairs)


def _perfect(entry: Entry) -> bool:
    """All right, or all wrong: nothing strange about being equal."""
    return all(_number(text) in (0.0, 1.0) for text in entry.test)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise DataError(f"score {text!r:.40} is no number", "name another column") from error
    if not math.isfinite(value):
        raise DataError(f"score {text!r:.40} is not finite", "leave the row out")
    return value


def _decimals(text: str) -> int:
    mantissa, _, exponent = text.strip().lower().partition("e")
    try:
        return max(0, len(mantissa.partition(".")[2]) - int(exponent or 0))
    except ValueError as error:
        raise DataError(f"score {text!r:.40} is no number", "name another column") from error


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - 3} more" if len(texts) > 3 else ""
    return ", ".join(texts[:3]) + more
