"""A search on a tabulated landscape: what the searcher would have found, without evaluating."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.comparison.landscape import Landscape
from qml_core.optimisation.searchers import Searcher, initial_design, open_searcher
from qml_core.optimisation.space import Codes
from qml_core.specs.search import SearchSpec

Clock = Callable[[], float]
"""Seconds from any start."""


@dataclass(frozen=True, eq=False)
class Replay:
    """One searcher with one seed on one landscape.

    Args:
        landscape: its name.
        design: trials of the initial design, the same for every searcher of the seed.
        codes: in the order of the trials, (trials, v).
        losses: of each, (trials,); NaN: failed.
        best_so_far: (trials,); the worst of the landscape before the first success.
        evaluations: of the QAOA objective, by the searcher itself.
        readouts: of tuned circuits, by the searcher itself.
        seconds: that the searcher itself took, by the clock passed in; without one 0.
    """

    landscape: str
    searcher: str
    seed: int
    design: int
    codes: Codes
    losses: NDArray[np.float64]
    best_so_far: NDArray[np.float64]
    evaluations: int = 0
    readouts: int = 0
    seconds: float = 0.0


def replay(
    landscape: Landscape,
    searcher: str,
    search: SearchSpec,
    seed: int,
    trials: int,
    clock: Clock | None = None,
) -> Replay:
    """A search of `trials` evaluations (fewer where the space has fewer), in rounds of
    `search.batch` after the design that every searcher of the seed begins with.

    The space is the landscape's; of the search count the batch, the size of the design, and what
    the searcher reads. Raises SpecError for fewer than one trial.
    """
    if trials < 1:
        raise SpecError(f"replay of {trials} trials asked", "give at least 1")
    spec = _shared(search, searcher, min(trials, landscape.space.size))
    now = clock or (lambda: 0.0)
    start = now()
    opened = open_searcher(searcher, landscape.space, spec, seed)
    codes = initial_design(landscape.space, spec.design, seed)
    opened.tell(codes, landscape.loss(codes))
    while len(codes) < spec.trials:
        codes = np.concatenate([codes, _round(opened, landscape, spec, len(codes))])
    losses = landscape.loss(codes)
    return Replay(
        landscape.name,
        searcher,
        seed,
        spec.design,
        codes,
        losses,
        best_so_far(losses, landscape.worst),
        opened.spent.evaluations,
        opened.spent.readouts,
        now() - start,
    )


def best_so_far(losses: NDArray[np.float64], worst: float) -> NDArray[np.float64]:
    """The least of the losses (…, trials) up to each; `worst` while all of them failed."""
    least: NDArray[np.float64] = np.fmin.accumulate(losses, axis=-1)
    return np.where(np.isnan(least), worst, least)


def _shared(search: SearchSpec, searcher: str, trials: int) -> SearchSpec:
    """With the design of a searcher that needs one, also where this one does not."""
    asked = search.model_copy(update={"trials": trials})
    return asked.model_copy(update={"searcher": searcher, "initial": asked.common_design})


def _round(opened: Searcher, landscape: Landscape, spec: SearchSpec, done: int) -> Codes:
    asked = opened.ask(min(spec.batch, spec.trials - done))
    opened.tell(asked, landscape.loss(asked))
    return asked
