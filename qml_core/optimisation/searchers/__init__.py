"""Searchers of finite spaces behind one ask/tell protocol, by the names of a search."""

from collections.abc import Callable

from qml_core.errors import SpecError
from qml_core.optimisation.searchers._searcher import AskTell, History, Searcher, Spent, generator
from qml_core.optimisation.space import Codes, Space
from qml_core.specs.search import SearchSpec

__all__ = ["History", "Searcher", "Spent", "initial_design", "open_searcher"]

Opener = Callable[[Space, SearchSpec, int], Searcher]


def initial_design(space: Space, count: int, seed: int) -> Codes:
    """Distinct random configurations (≤ count, v), the same for every searcher of a seed."""
    return space.random(count, generator(seed, "initial design"))


def open_searcher(name: str, space: Space, search: SearchSpec, seed: int) -> Searcher:
    """A searcher that was told nothing; raises SpecError for unknown names.

    Of the search it reads the budget of trials, the size of the design and the surrogate.
    """
    if name not in _OPENERS:
        raise SpecError(f"searcher={name!r} is unknown", f"take one of {', '.join(_OPENERS)}")
    return _OPENERS[name](space, search, seed)


def _random(space: Space, search: SearchSpec, seed: int) -> Searcher:
    from qml_core.optimisation.searchers.random import random

    return AskTell(space, random(space, seed))


def _grid(space: Space, search: SearchSpec, seed: int) -> Searcher:
    from qml_core.optimisation.searchers.grid import grid

    return AskTell(space, grid(space, search.budget, seed))


def _exhaustive(space: Space, search: SearchSpec, seed: int) -> Searcher:
    from qml_core.optimisation.searchers.exhaustive import exhaustive

    return AskTell(space, exhaustive(space))


def _tpe(space: Space, search: SearchSpec, seed: int) -> Searcher:
    from qml_core.optimisation.searchers.tpe import tpe

    return AskTell(space, tpe(space, search.design, seed))


def _gp(space: Space, search: SearchSpec, seed: int) -> Searcher:
    from qml_core.optimisation.searchers.gp import gp

    return AskTell(space, gp(space, search.design, seed))


def _qaoa(space: Space, search: SearchSpec, seed: int) -> Searcher:
    from qml_core.optimisation.searchers.surrogate import SurrogateSearcher

    return SurrogateSearcher(space, search, seed, solver="qaoa")


def _anneal(space: Space, search: SearchSpec, seed: int) -> Searcher:
    from qml_core.optimisation.searchers.surrogate import SurrogateSearcher

    return SurrogateSearcher(space, search, seed, solver="anneal")


_OPENERS: dict[str, Opener] = {
    "qaoa": _qaoa,
    "anneal": _anneal,
    "random": _random,
    "grid": _grid,
    "tpe": _tpe,
    "gp": _gp,
    "exhaustive": _exhaustive,
}
