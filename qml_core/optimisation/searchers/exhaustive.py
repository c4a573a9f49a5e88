"""Every configuration in C order, of spaces small enough to be enumerated."""

import numpy as np

from qml_core.errors import SpecError
from qml_core.optimisation.searchers._searcher import History, Propose
from qml_core.optimisation.space import Codes, Space

LIMIT = 10**6
"""Configurations that are enumerated at most."""


def exhaustive(space: Space) -> Propose:
    """The first configurations in C order that were not told; raises SpecError above LIMIT."""
    if space.size > LIMIT:
        raise SpecError(
            f"exhaustive search of {space.size:,} configurations, the limit is {LIMIT:,}",
            "give fewer levels, or use another searcher",
        )

    def propose(history: History, count: int) -> Codes:
        free = np.ones(space.size, bool)
        free[space.flat(history.codes)] = False
        return space.unflat(np.flatnonzero(free)[:count])

    return propose
