"""What is known of the ansätze by name alone: nothing heavy is imported."""

from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "circuits" / "ansatze"
_ENTRY_POINTS = "qml.ansatze"


def own_ansatze() -> tuple[str, ...]:
    """Names of this project's ansätze: their file names, nothing imported."""
    return tuple(sorted(p.stem for p in _FOLDER.glob("[!_]*.py")))


def known_ansatze() -> tuple[str, ...]:
    """This project's ansätze and those registered as entry points `qml.ansatze`."""
    from importlib.metadata import entry_points

    return (*own_ansatze(), *sorted(entry_points(group=_ENTRY_POINTS).names))


def ansatz_enum(schema: dict[str, Any]) -> None:
    """Write the known names into a JSON schema, so that a form can offer them."""
    schema["enum"] = list(known_ansatze())
