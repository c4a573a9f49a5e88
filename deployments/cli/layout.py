"""Plain text on a screen: labels in a column, texts wrapped beside them, addresses left whole."""

import shutil
import textwrap
from collections.abc import Iterable

WIDEST = 100


def width() -> int:
    """Columns to write in: those of the terminal, between 40 and 100; 80 where there is none."""
    return max(40, min(WIDEST, shutil.get_terminal_size().columns))


def paragraph(text: str, indent: str = "", first: str | None = None) -> str:
    """Wrapped text; `first` replaces the indent of the first line. Long words stay whole."""
    return textwrap.fill(
        text,
        width(),
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def labelled(rows: Iterable[tuple[str, str]], column: int = 10, indent: str = "") -> str:
    """A line or more per row: label, then its text from `column` on; empty texts are left out."""
    hanging = indent + " " * column
    return "\n".join(
        paragraph(text, hanging, f"{indent}{label:<{column}}") for label, text in rows if text
    )


def seconds(number: float) -> str:
    """A time that is only estimated."""
    return "under 1 s" if number < 1 else f"about {number:,.0f} s"


def size(n_bytes: float) -> str:
    """Bytes in the unit that reads best."""
    for unit in ("B", "KiB", "MiB"):
        if n_bytes < 1024:
            return f"{n_bytes:,.0f} {unit}"
        n_bytes /= 1024
    return f"{n_bytes:,.1f} GiB"
