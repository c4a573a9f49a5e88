"""Encodings by name: this project's files first, then entry points."""

from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from qml_core.circuits.encodings._encoding import Encoding
from qml_core.encoding_names import known_encodings, own_encodings
from qml_core.errors import SpecError

_GROUP = "qml.encodings"


def get(name: str) -> Encoding:
    """The encoding of this name, importing only its own module; raises SpecError if unknown."""
    if name in own_encodings():
        own: Encoding = import_module(f"qml_core.circuits.encodings.{name}").ENCODING
        return own
    for entry in entry_points(group=_GROUP, name=name):
        return _load(entry)
    near = get_close_matches(name, known_encodings(), n=3)
    found = f", near: {', '.join(near)}" if near else ""
    raise SpecError(f"unknown encoding {name!r}{found}", "see `qml list encodings`")


def all_encodings() -> tuple[Encoding, ...]:
    """Every known encoding: this project's by name, then those of entry points."""
    return tuple(get(name) for name in known_encodings())


def _load(entry: EntryPoint) -> Encoding:
    try:
        found = entry.load()
    except (ImportError, AttributeError) as error:
        raise SpecError(
            f"encoding {entry.name!r} of {entry.value} cannot be imported: {error}",
            "repair or uninstall the package that registers it",
        ) from error
    if isinstance(found, Encoding) and found.name == entry.name:
        return found
    raise SpecError(
        f"entry point {entry.name!r} of {_GROUP} is no Encoding of that name, found {found!r:.60}",
        "let it name an object of qml_core.circuits.encodings.Encoding",
    )
