"""The command that repeats a run: every value that is not a default, as `--set a.b=value`."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from qml_core.specs import Spec


def repeat_command(verb: str, specs: Mapping[str, Spec]) -> str:
    """`qml <verb> --set …` for specs by parameter name, quoted for a POSIX shell."""
    words = ["qml", verb]
    for name, spec in specs.items():
        changed = spec.model_dump(mode="json", exclude_defaults=True)
        for path, value in _leaves(name, changed):
            words += ["--set", f"{path}={_text(value)}"]
    return shlex.join(words)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner)
    else:
        yield path, value


def _text(value: Any) -> str:
    """A string as it is, unless it would be read as JSON; anything else as JSON."""
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        json.loads(value)
    except ValueError:
        return value
    return json.dumps(value)
