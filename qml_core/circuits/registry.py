"""Circuits by name: a file of this project's each, then entry points of other packages."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from qml_core.errors import SpecError

T = TypeVar("T")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """What has a name: `<package>/<name>.py` with a constant, or an entry point."""

    kind: type[T]
    noun: str
    plural: str
    """Of the package below qml_core.circuits, of the entry points `qml.<plural>` and of
    `qml list <plural>`."""
    own: Callable[[], tuple[str, ...]]
    known: Callable[[], tuple[str, ...]]
    """Own names and those of entry points."""

    def get(self, name: str) -> T:
        """The one of this name, importing only its own module; raises SpecError if unknown."""
        if name in self.own():
            own: T = getattr(import_module(f"{self._package}.{name}"), self.noun.upper())
            return own
        for entry in entry_points(group=self._group, name=name):
            return self._load(entry)
        near = get_close_matches(name, self.known(), n=3)
        found = f", near: {', '.join(near)}" if near else ""
        raise SpecError(f"unknown {self.noun} {name!r}{found}", f"see `qml list {self.plural}`")

    def all(self) -> tuple[T, ...]:
        """Every known one: this project's by name, then those of entry points."""
        return tuple(self.get(name) for name in self.known())

    @property
    def _package(self) -> str:
        return f"qml_core.circuits.{self.plural}"

    @property
    def _group(self) -> str:
        return f"qml.{self.plural}"

    def _load(self, entry: EntryPoint) -> T:
        try:
            found = entry.load()
        except (ImportError, AttributeError) as error:
            raise SpecError(
                f"{self.noun} {entry.name!r} of {entry.value} cannot be imported: {error}",
                "repair or uninstall the package that registers it",
            ) from error
        if isinstance(found, self.kind) and getattr(found, "name", None) == entry.name:
            return found
        kind = self.kind.__name__
        raise SpecError(
            f"entry point {entry.name!r} of {self._group} is no {kind} of that name, found "
            f"{found!r:.60}",
            f"let it name an object of {self._package}.{kind}",
        )
