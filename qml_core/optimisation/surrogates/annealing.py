"""Simulated annealing of a pairwise model over categorical variables, many chains at once."""

from dataclasses import dataclass
from itertools import pairwise, starmap

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.problems.potts import PottsModel

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

COLDEST, GREEDY = 1e-3, 1e-9
"""Last temperatures in units of the first; at that of the greedy sweep only ties are random."""


READOUTS = 16
"""Sweeps after which a chain is read out, the last ones."""


@dataclass(frozen=True)
class Annealed:
    """Distinct configurations (m, v) by ascending energy (m,), and how often each was read (m,)."""

    codes: Codes
    energies: Floats
    counts: NDArray[np.int64]


def anneal(
    model: PottsModel, samples: int, rng: np.random.Generator, *, sweeps: int = 60
) -> Annealed:
    """At least `samples` readouts of independent chains, each read after its last 16 sweeps.

    Each sweep draws every variable in turn from its conditional distribution (heat bath), at
    temperatures that fall geometrically from the largest difference that one variable can make to
    a thousandth of it; a last sweep only goes down (Kirkpatrick, Gelatt, Vecchi, Science 220, 671,
    1983). The warmer readouts are what a search tries next where it has tried the minima.
    """
    fields, couplings, slices = _dense(model)
    codes = np.stack([rng.integers(0, k, -(-samples // READOUTS)) for k in model.levels], axis=1)
    local = fields + sum(couplings[at.start + codes[:, i]] for i, at in enumerate(slices))
    hottest = _largest_difference(fields, couplings, slices)
    read = []
    for temperature in hottest * np.append(np.geomspace(1.0, COLDEST, sweeps), GREEDY):
        for i in rng.permutation(len(slices)):
            _draw_variable(i, codes, local, couplings, slices[i], temperature, rng)
        read.append(codes.copy())
    return _distinct(model, np.concatenate(read[-READOUTS:]))


def _dense(model: PottsModel) -> tuple[Floats, Floats, list[slice]]:
    """Fields (s,) and symmetric couplings (s, s) of all levels, and where each variable's are."""
    ends = np.cumsum([0, *model.levels]).tolist()
    slices = list(starmap(slice, pairwise(ends)))
    couplings = np.zeros((ends[-1],) * 2)
    for (i, j), coupling in model.couplings.items():
        couplings[slices[i], slices[j]] += coupling
        couplings[slices[j], slices[i]] += coupling.T
    return np.concatenate([np.zeros(0), *model.fields]), couplings, slices


def _largest_difference(fields: Floats, couplings: Floats, slices: list[slice]) -> float:
    """Bound of the energy that a change of one variable can cost; 1 where nothing costs any."""
    bounds = [
        np.ptp(fields[at]) + sum(np.ptp(couplings[at, other], axis=0).max() for other in slices)
        for at in slices
    ]
    return float(max(bounds)) or 1.0


def _draw_variable(
    i: int,
    codes: Codes,
    local: Floats,
    couplings: Floats,
    at: slice,
    temperature: float,
    rng: np.random.Generator,
) -> None:
    """Level of variable i in every chain from its conditional, and the local energies with it."""
    noise = rng.gumbel(size=(len(codes), at.stop - at.start))
    # the argmin of energy − T·Gumbel noise is a draw from exp(−energy / T)
    levels = np.argmin(local[:, at] - temperature * noise, axis=1)
    moved = np.flatnonzero(levels != codes[:, i])
    before, after = codes[moved, i], levels[moved]
    local[moved] += couplings[at.start + after] - couplings[at.start + before]
    codes[moved, i] = after


def _distinct(model: PottsModel, codes: Codes) -> Annealed:
    distinct, counts = np.unique(codes, axis=0, return_counts=True)
    energies = model.energies(distinct)
    order = np.argsort(energies, kind="stable")
    return Annealed(distinct[order], energies[order], counts[order])
