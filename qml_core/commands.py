"""The command that repeats a run: every value that is not a default, as `--set a.b=value`."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from qml_core.specs import Spec


def repeat_command(verb: str, specs: Mapping[str, Spec]) -> str:
    """`qml <verb> --set …` for specs by parameter name, quoted for a POSIX shell."""
    words = ["qml", *verb.split()]
    for name, spec in specs.items():
        for path, value in _changed(name, spec, None):
            words += ["--set", f"{path}={_text(value)}"]
    return shlex.join(words)


def _changed(path: str, spec: Spec, default: Spec | None) -> Iterator[tuple[str, Any]]:
    """Leaves that differ from the default where they stand, which may not be that of their type.

    Args:
        default: of the field that holds the spec; none: the defaults of its type.
    """
    dumped = spec.model_dump(mode="json")
    for name, field in type(spec).model_fields.items():
        value = getattr(spec, name)
        usual = field.get_default() if default is None else getattr(default, name)
        if _is_list_of_specs(value):
            if value != usual:
                shortest = [v.model_dump(mode="json", exclude_defaults=True) for v in value]
                yield f"{path}.{name}", shortest
        elif not isinstance(value, Spec):
            if value != usual:
                yield from _leaves(f"{path}.{name}", dumped[name])
        elif isinstance(usual, Spec):
            yield from _changed(f"{path}.{name}", value, usual)
        else:  # none unless it is asked for: as much of it as makes it
            own = value.model_dump(mode="json", exclude_defaults=True)
            yield from _leaves(f"{path}.{name}", own or dumped[name])


def _is_list_of_specs(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(v, Spec) for v in value)


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
