"""Ansätze by name: this project's files first, then entry points."""

from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from qml_core.ansatz_names import known_ansatze, own_ansatze
from qml_core.circuits.ansatze._ansatz import Ansatz
from qml_core.errors import SpecError

_GROUP = "qml.ansatze"


def get(name: str) -> Ansatz:
    """The ansatz of this name, importing only its own module; raises SpecError if unknown."""
    if name in own_ansatze():
        own: Ansatz = import_module(f"qml_core.circuits.ansatze.{name}").ANSATZ
        return own
    for entry in entry_points(group=_GROUP, name=name):
        return _load(entry)
    near = get_close_matches(name, known_ansatze(), n=3)
    found = f", near: {', '.join(near)}" if near else ""
    raise SpecError(f"unknown ansatz {name!r}{found}", "see `qml list ansatze`")


def all_ansatze() -> tuple[Ansatz, ...]:
    """Every known ansatz: this project's by name, then those of entry points."""
    return tuple(get(name) for name in known_ansatze())


def _load(entry: EntryPoint) -> Ansatz:
    try:
        found = entry.load()
    except (ImportError, AttributeError) as error:
        raise SpecError(
            f"ansatz {entry.name!r} of {entry.value} cannot be imported: {error}",
            "repair or uninstall the package that registers it",
        ) from error
    if isinstance(found, Ansatz) and found.name == entry.name:
        return found
    raise SpecError(
        f"entry point {entry.name!r} of {_GROUP} is no Ansatz of that name, found {found!r:.60}",
        "let it name an object of qml_core.circuits.ansatze.Ansatz",
    )
