"""Random search without replacement (Bergstra & Bengio 2012)."""

from qml_core.optimisation.searchers._searcher import History, Propose, generator
from qml_core.optimisation.space import Codes, Space


def random(space: Space, seed: int) -> Propose:
    """Uniform draws from what was not told."""

    def propose(history: History, count: int) -> Codes:
        return space.random(count, generator(seed, "random", len(history)), history.codes)

    return propose
