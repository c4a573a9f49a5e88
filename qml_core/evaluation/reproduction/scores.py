"""Accuracies as a file writes them: the number, and the digits it was rounded to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from qml_core.errors import DataError

_SINGLE_PRECISION = 6
"""Decimals that survive in a float32; of more, nothing is concluded."""


@dataclass(frozen=True, slots=True)
class Score:
    """One accuracy.

    Args:
        text: as written.
        value: 0 … 1, unless it is no accuracy.
        decimals: written behind the point, trailing zeros included.
        significant: digits from the first that is not zero.
        leading: decimal exponent of that digit.
    """

    text: str
    value: float
    decimals: int
    significant: int
    leading: int

    @property
    def is_share(self) -> bool:
        return 0.0 <= self.value <= 1.0


@dataclass(frozen=True)
class Digits:
    """What the scores of a column are rounded to: decimals, or significant digits if fewer."""

    decimals: int
    significant: int

    def of(self, score: Score) -> int:
        """Decimals of one score; zeros at its end may have been left out."""
        return max(0, min(self.decimals, self.significant - 1 - score.leading))


def score_of(text: str, percent: bool = False) -> Score:
    """Read 0.95, 0,95, 9.5e-1 or 95 %; `percent`: 95 as well.

    Raises:
        DataError: no number, or not a finite one.
    """
    written = text.strip()
    try:
        number = Decimal(written.removesuffix("%").strip().replace(",", "."))
        if percent or written.endswith("%"):
            number = number.scaleb(-2)
        value = float(number)
    except ArithmeticError as error:
        raise DataError(
            f"score {written!r:.40} is no number", "name another column, or leave the row out"
        ) from error
    if not number.is_finite():
        raise DataError(f"score {written!r:.40} is not finite", "leave the row out")
    _, digits, exponent = number.as_tuple()
    decimals = max(0, -int(exponent))
    return Score(written, value, decimals, len(digits), number.adjusted())


def digits_of(scores: Iterable[Score]) -> Digits:
    """Of the score that is written the longest; 6 decimals at most."""
    decimals, significant = 0, 1
    for score in scores:
        decimals = max(decimals, score.decimals)
        significant = max(significant, score.significant)
    return Digits(min(decimals, _SINGLE_PRECISION), significant)


def check_no_percent(scores: Sequence[Score]) -> None:
    """Raise DataError where most scores are between 1 and 100."""
    above = [score for score in scores if score.value > 1.0]
    if 2 * len(above) > len(scores) and all(score.value <= 100.0 for score in above):
        raise DataError(f"test scores such as {above[0].text} look like percent", "give --percent")
