"""A user's function as the objective: package.module:name."""

import inspect
import math
import numbers
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from qml_core.errors import DataError, SpecError
from qml_core.keys import digest
from qml_core.specs.space import Value

_sources: WeakKeyDictionary[ModuleType, dict[str, str]] = WeakKeyDictionary()
"""Digests of the files as they were imported: what runs, whatever the files hold since."""


@dataclass(frozen=True)
class Function:
    """An imported objective."""

    name: str
    call: Callable[..., Any]
    takes_seed: bool
    source: str
    """Digest of its file when it was imported, so that an edited function is evaluated anew;
    empty: it has none."""

    def __call__(self, configuration: Mapping[str, Value], seed: int) -> float:
        """Its value at a configuration; raises DataError unless it is a finite real number."""
        extra = {"seed": seed} if self.takes_seed else {}
        found = self.call(dict(configuration), **extra)
        if isinstance(found, bool) or not isinstance(found, numbers.Real):
            raise DataError(f"{self.name} returned {found!r:.80}, expected a real number")
        if not math.isfinite(found):
            raise DataError(f"{self.name} returned {float(found)}, expected a finite number")
        return float(found)


def load_function(name: str) -> Function:
    """The function of package.module:name, also of a module in the working folder.

    It is called with the configuration as a dict, and with `seed` where it has such a parameter.

    Raises:
        SpecError: no such module or name, an import that fails, or what cannot be called so.
    """
    module_name, _, attribute = name.partition(":")
    module = _imported(module_name, name)
    if not hasattr(module, attribute):
        from qml_core.near_names import near_names

        public = [word for word in vars(module) if not word.startswith("_")]
        raise SpecError(
            f"objective.function={name}: module {module_name} has no {attribute}; "
            f"{near_names(attribute, public)}",
            "write package.module:name",
        )
    found = getattr(module, attribute)
    if not callable(found):
        raise SpecError(
            f"objective.function={name} is a {type(found).__name__}, not a function",
            "name a function that takes the configuration and returns a number",
        )
    sources = _sources.setdefault(module, {})
    if attribute not in sources:
        sources[attribute] = _source(found, module)
    return Function(name, found, _takes_seed(found, name), sources[attribute])


def _imported(module: str, name: str) -> ModuleType:
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.append(folder)  # last, so that it hides nothing
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module}.".startswith(f"{error.name}."):
            raise SpecError(
                f"objective.function={name}: there is no module {error.name}",
                "run in the folder that holds it, or install it",
            ) from error
        raise _import_failed(name, module, error) from error
    except (Exception, SystemExit) as error:
        raise _import_failed(name, module, error) from error


def _import_failed(name: str, module: str, error: BaseException) -> SpecError:
    said = " ".join(str(error).split())[:200]
    return SpecError(
        f"objective.function={name}: importing {module} raised {type(error).__name__}: {said}",
        "mend the module: python -c 'import …' shows where",
    )


def _takes_seed(function: Callable[..., Any], name: str) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C say nothing
        return False
    parameter = signature.parameters.get("seed")
    seed = parameter is not None and parameter.kind in (
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    try:
        signature.bind({}, **({"seed": 0} if seed else {}))
    except TypeError as error:
        raise SpecError(
            f"objective.function={name} cannot be called with one mapping: its signature is "
            f"{signature}",
            "write it as f(configuration), or f(configuration, seed)",
        ) from error
    return seed


def _source(function: Callable[..., Any], module: ModuleType) -> str:
    try:
        file = inspect.getsourcefile(inspect.unwrap(function)) or inspect.getsourcefile(module)
    except TypeError:
        file = getattr(module, "__file__", None)
    try:
        return digest(Path(file).read_bytes()) if file else ""
    except OSError:
        return ""
