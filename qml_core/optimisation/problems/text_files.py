"""Lines, words and numbers of text files, with messages that name the place."""

import json
import math
from collections.abc import Iterator
from typing import Any

from qml_core.errors import DataError

_COMMENTS = ("#", "%")
_DIGITS = 18


def text_of(data: bytes, name: str) -> str:
    """The text; raises DataError where it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is no text in UTF-8: {error}", "save it as UTF-8") from error


def json_of(data: bytes, name: str) -> Any:
    """The JSON document; raises DataError where it is none."""
    try:
        return json.loads(text_of(data, name))
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{name} is no JSON: {error}", "check it with python -m json.tool"
        ) from error


def rows_of(text: str) -> Iterator[tuple[int, str]]:
    """Line numbers from 1 and the lines, without empty ones and comments (# and %)."""
    for line, row in enumerate(text.splitlines(), start=1):
        if row.strip() and not row.lstrip().startswith(_COMMENTS):
            yield line, row.strip()


def number(word: Any, owner: str) -> float:
    """The finite number; raises DataError naming its owner."""
    try:
        found = math.nan if isinstance(word, bool) else float(word)
    except (OverflowError, TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise DataError(f"{owner} is {word!r}, needed: a finite number", "correct it")
    return found


def whole(word: Any, owner: str) -> int:
    """The index from 0; raises DataError naming its owner."""
    text = str(word)
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise DataError(
            f"{owner} is {word!r}, needed: a whole number from 0", "count bits from 0 upwards"
        )
    return int(text)
