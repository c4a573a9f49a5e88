"""A landscape with planted pairwise structure, which a pairwise surrogate is to find."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.potts import PottsModel

MOST_CONFIGURATIONS = 2**22
"""A table is kept whole."""


@dataclass(frozen=True)
class Planted:
    """Losses (Π sizes,) of all configurations in C order: the model's energies and noise."""

    sizes: tuple[int, ...]
    model: PottsModel
    losses: NDArray[np.float64]


def planted(
    sizes: Sequence[int],
    seed: int,
    *,
    coupled: int | None = None,
    strength: float = 1.0,
    fields: float = 0.3,
    noise: float = 0.05,
) -> Planted:
    """A table whose sparse strong couplings are known.

    Args:
        sizes: levels of each variable, at least two, (v,).
        coupled: pairs of variables that interact, drawn at random; none: as many as variables, or
            as there are.
        strength, fields, noise: standard deviations over the space of a coupling, of a variable's
            own effect, and of what is added to each configuration once and for all.

    Raises:
        SpecError: more than 2²² configurations, or a variable of one level.
    """
    if math.prod(sizes) > MOST_CONFIGURATIONS or min(sizes, default=0) < 2:
        raise SpecError(
            f"planted landscape of sizes {tuple(sizes)} asked, needed: at least 2 levels each, at "
            f"most {MOST_CONFIGURATIONS:,} configurations",
            "give fewer variables or levels",
        )
    rng = np.random.default_rng(seed)
    pairs = list(combinations(range(len(sizes)), 2))
    count = min(len(pairs), len(sizes) if coupled is None else coupled)
    chosen = [pairs[at] for at in sorted(rng.choice(len(pairs), count, replace=False))]
    own = tuple(fields * _effect((k,), rng) for k in sizes)
    drawn = {(i, j): strength * _effect((sizes[i], sizes[j]), rng) for i, j in chosen}
    model = PottsModel(0.0, own, drawn)
    codes = np.indices(tuple(sizes), np.int64).reshape(len(sizes), -1).T
    losses = model.energies(codes) + noise * rng.standard_normal(len(codes))
    return Planted(tuple(sizes), model, losses)


def _effect(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Normal numbers of mean 0 along each axis and variance 1."""
    table = rng.standard_normal(shape)
    for axis in range(table.ndim):
        table -= table.mean(axis, keepdims=True)
    return np.asarray(table / table.std())
