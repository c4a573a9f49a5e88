"""Grid search: an even sub-grid that fits the budget of trials, then the rest of the space."""

import math
from collections.abc import Sequence

import numpy as np

from qml_core.optimisation.searchers._searcher import History, Propose, generator, unseen
from qml_core.optimisation.space import Codes, Space


def grid(space: Space, budget: int, seed: int) -> Propose:
    """The sub-grid in a seeded order; when all of it was told, uniform draws from the rest."""
    rng = generator(seed, "grid")
    counts = levels_within(space.sizes, budget)
    axes = [_spread(size, count) for size, count in zip(space.sizes, counts, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    ordered = rng.permutation(points)

    def propose(history: History, count: int) -> Codes:
        first = unseen(space, ordered, history.codes)[:count]
        rest = generator(seed, "rest of the grid", len(history))
        taken = np.concatenate([history.codes, first])
        return np.concatenate([first, space.random(count - len(first), rest, taken)])

    return propose


def levels_within(sizes: Sequence[int], budget: int) -> tuple[int, ...]:
    """Levels per dimension with a product ≤ budget: one more where there are fewest, while it fits.

    Of dimensions with equally many the first grows, so a budget below 2 ** v leaves the last ones
    at one level.
    """
    counts = [1] * len(sizes)
    growing = set(range(len(sizes)))
    while growing:
        j = min(growing, key=lambda k: (counts[k], k))
        more = math.prod(counts) // counts[j] * (counts[j] + 1)
        if counts[j] < sizes[j] and more <= budget:
            counts[j] += 1
        else:
            growing.remove(j)
    return tuple(counts)


def _spread(size: int, count: int) -> np.ndarray:
    """Level numbers from the first to the last; one: the middle."""
    if count == 1:
        return np.array([(size - 1) // 2])
    return np.rint(np.linspace(0, size - 1, count)).astype(np.int64)
