"""What the user may have meant by a name that does not exist."""

import difflib
from collections.abc import Iterable

_SHOWN = 20


def near_names(asked: str, known: Iterable[str]) -> str:
    """The known names most like the one asked for, else the first 20, comma separated."""
    names = list(known)
    close = difflib.get_close_matches(asked, names, n=3)
    if close:
        return f"near names: {', '.join(close)}"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"known: {', '.join(names[:_SHOWN]) or 'none'}{more}"
