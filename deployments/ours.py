"""Whether `flows` and `tasks` are this project's, and not a folder of the user's with that name."""

from importlib.util import find_spec
from pathlib import Path

import deployments
from qml_core.errors import QMLError

PACKAGES = ("flows", "tasks", "qml_core")


def where() -> dict[str, Path | None]:
    """Folder each package would be imported from."""
    found: dict[str, Path | None] = {}
    for name in PACKAGES:
        spec = find_spec(name)
        locations = list(spec.submodule_search_locations or ()) if spec else []
        found[name] = Path(locations[0]).resolve() if locations else None
    return found


def check_ours() -> None:
    """Raise QMLError where a package of ours is shadowed by another folder."""
    home = Path(deployments.__file__).resolve().parent.parent
    for name, folder in where().items():
        if folder != home / name:
            raise QMLError(
                f"package {name!r} is imported from {folder}, this project's is {home / name}",
                f"rename that folder, or start from elsewhere than {Path.cwd()}",
            )
