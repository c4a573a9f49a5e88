"""From the words of a command line to validated specs: files, `--set a.b=value`, near names."""

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import click
from pydantic import ValidationError

from qml_core.errors import SpecError
from qml_core.specs import Spec

MAX_FILE_BYTES = 2**20

Specs = Mapping[str, type[Spec]]


def read_file(path: str) -> dict[str, Any]:
    """Parameters by spec name from a JSON or YAML file; raises SpecError."""
    file = Path(path)
    try:
        size = file.stat().st_size
        if size > MAX_FILE_BYTES:
            raise SpecError(f"--params {path} has {size:,} bytes, the limit is {MAX_FILE_BYTES:,}")
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"--params {path} cannot be read: {error}") from error
    try:
        document = _json(text) if file.suffix == ".json" else _yaml(text)
    except (ValueError, RecursionError) as error:
        raise SpecError(
            f"--params {path} is not valid {file.suffix[1:] or 'YAML'}: {error}"
        ) from error
    if not isinstance(document, dict):
        raise SpecError(f"--params {path} must hold a mapping, found {type(document).__name__}")
    return document


def _json(text: str) -> Any:
    """JSON whose mappings name nothing twice."""

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        _refuse_twice([name for name, _ in pairs])
        return dict(pairs)

    return json.loads(text, object_pairs_hook=mapping)


def _yaml(text: str) -> Any:
    """Plain YAML; aliases are refused since a few bytes of them can mean gigabytes."""
    import yaml

    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise ValueError("aliases (*name) are not allowed")
        _check_names(yaml.compose(text, Loader=yaml.SafeLoader))
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _check_names(node: Any) -> None:
    """Refuse a mapping of YAML that names something twice: the parser would keep the last."""
    children = getattr(node, "value", None)
    if not isinstance(children, list):
        return
    pairs = [child for child in children if isinstance(child, tuple)]
    _refuse_twice([key.value for key, _ in pairs if isinstance(key.value, str)])
    for child in children:
        _check_names(child[1] if isinstance(child, tuple) else child)


def _refuse_twice(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} is there twice; each name may occur once")


def apply_settings(document: dict[str, Any], settings: Iterable[str], specs: Specs) -> None:
    """Write each `a.b=value` into the document; the value is JSON, else a string."""
    for setting in settings:
        path, found, text = setting.partition("=")
        if not found:
            raise SpecError(f"--set {setting}: expected path=value, e.g. kernel.encoding.reps=3")
        names = path.split(".")
        value = _value(text, check_path(names, specs))
        target = document
        for depth, name in enumerate(names[:-1]):
            target = target.setdefault(name, {})
            if not isinstance(target, dict):
                above = ".".join(names[: depth + 1])
                raise SpecError(
                    f"--set {path}: {above} is {type(target).__name__}, not a mapping",
                    "correct the file of --params",
                )
        target[names[-1]] = value


def _value(text: str, kind: Any) -> Any:
    """JSON, else a string; in a field of text digits are text too: a key may have no letter."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if kind in (str, str | None) and isinstance(value, (int, float)) else value


def check_path(names: list[str], specs: Specs) -> Any:
    """The type of the field a path leads to; raises SpecError with near names if there is none."""
    known: Mapping[str, Any] = specs
    for depth, name in enumerate(names):
        if name not in known:
            raise SpecError(_unknown(".".join(names), name, list(known), names[:depth]))
        kind = known[name] if depth == 0 else known[name].annotation
        if not (isinstance(kind, type) and issubclass(kind, Spec)):
            return kind  # a plain value or a mapping: pydantic judges the rest
        known = kind.model_fields
    raise SpecError(f"--set {'.'.join(names)}=… needs one of its fields: {', '.join(known)}")


def _unknown(path: str, name: str, known: list[str], above: list[str]) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.5) or known
    where = ".".join(above) or "the top"
    return f"--set {path}: no {name!r} in {where}; near: {', '.join(near)}"


def validate(document: Mapping[str, Any], specs: Specs) -> dict[str, Spec]:
    """One frozen spec per name; raises SpecError with the field, what was found, the limit."""
    unknown = [name for name in document if name not in specs]
    if unknown:
        near = get_close_matches(unknown[0], specs, n=1) or list(specs)
        raise SpecError(f"unknown parameter {unknown[0]!r}; near: {', '.join(near)}")
    return {name: _one(name, kind, document.get(name, {})) for name, kind in specs.items()}


def _one(name: str, kind: type[Spec], value: Any) -> Spec:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join((name, *_named(first["loc"], value)))
        if first["type"] == "extra_forbidden":
            fields = _fields_at(kind, first["loc"][:-1])
            near = get_close_matches(str(first["loc"][-1]), fields, n=3) or fields
            raise SpecError(f"{path} is unknown; near: {', '.join(near)}") from error
        raise SpecError(f"{path}: {_said(first)}") from error


def _said(found: Any) -> str:
    """What pydantic found, in the words of the command line."""
    value, kind = found["input"], found["type"]
    if kind == "value_error":
        return str(found["msg"].removeprefix("Value error, "))
    if kind == "tuple_type":
        return f'expected a list such as [1, 2] or ["a", "b"], found {value!r:.80}'
    if kind == "model_type":
        return f"expected a mapping of its fields, found {value!r:.80}"
    if kind == "string_pattern_mismatch":
        return f"no {value!r:.80}; expected text of the form {found['ctx']['pattern']}"
    if kind == "literal_error":
        known = found["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        near = get_close_matches(str(value).lower(), known, n=3)
        close = f"near: {', '.join(near)}; " if near else ""
        return f"no {value!r:.80}; {close}known: {', '.join(known)}"
    return f"{found['msg']}, found {value!r:.80}"


def _named(location: tuple[int | str, ...], value: Any) -> list[str]:
    """Parts of a path; where a mapping stands for a list, its names instead of numbers."""
    parts = []
    for part in location:
        if isinstance(part, int) and isinstance(value, dict) and part < len(value):
            part = list(value)[part]
        parts.append(str(part))
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            value = None
    return parts


def _fields_at(kind: type[Spec], location: tuple[int | str, ...]) -> list[str]:
    for part in location:
        if isinstance(part, int):  # an item of the list that `kind` is of
            continue
        field = kind.model_fields.get(part)
        inner = () if field is None else (field.annotation, *get_args(field.annotation))
        found = [each for each in inner if isinstance(each, type) and issubclass(each, Spec)]
        if not found:
            return []
        kind = found[0]
    return list(kind.model_fields)


PARAMS = click.option("--params", metavar="FILE", help="Parameters as JSON or YAML, by spec name.")
SET = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="One parameter, e.g. run.seed=1; may be repeated.",
)
JSON = click.option(
    "--json", "as_json", is_flag=True, help="The result as JSON on standard output."
)
