"""Optuna's samplers as rules that propose from a history."""

from collections.abc import Callable

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from qml_core.optimisation.quiet_optuna import quiet_optuna
from qml_core.optimisation.searchers._searcher import History, Propose, generator
from qml_core.optimisation.space import Codes, Space

SamplerOf = Callable[[int], BaseSampler]
"""A sampler of a seed."""


def sampled(space: Space, name: str, sampler_of: SamplerOf, seed: int, tries: int) -> Propose:
    """Proposals of an optuna sampler in a study of its own, rebuilt from the history each time.

    Integer and real dimensions are integer distributions over level numbers (the grid already
    holds the scale), categorical ones are categorical. Earlier proposals of a batch are running
    trials of the study. A proposal that was told or proposed before is sampled again, `tries`
    times in all; then an unseen configuration near it takes its place.
    """
    distributions = _distributions(space)

    def propose(history: History, count: int) -> Codes:
        rng = generator(seed, name, len(history))
        taken = set(space.flat(history.codes).tolist())
        rows: list[Codes] = []
        with quiet_optuna():
            study = _study(space, history, sampler_of(int(rng.integers(2**32))), distributions)
            while len(rows) < count:
                row = _next(space, study, distributions, taken, tries)
                if int(space.flat(row[None])[0]) in taken:
                    row = near(space, row, taken, rng)
                    study.add_trial(_running(row, distributions))
                taken.add(int(space.flat(row[None])[0]))
                rows.append(row)
        return np.array(rows)

    return propose


def near(space: Space, code: Codes, taken: set[int], rng: np.random.Generator) -> Codes:
    """An untaken configuration (v,) that differs from code (v,) in few dimensions.

    Some must be left. Changes of one dimension at random are tried first, then of two, and so on.
    """
    several = np.flatnonzero(np.array(space.sizes) > 1)
    sizes = np.array(space.sizes)
    for distance in range(1, len(several) + 1):
        for _ in range(32):
            moved = code.copy()
            where = rng.choice(several, distance, replace=False)
            moved[where] = (moved[where] + rng.integers(1, sizes[where])) % sizes[where]
            if int(space.flat(moved[None])[0]) not in taken:
                return moved
    drawn: Codes = space.random(1, rng, space.unflat(sorted(taken)))[0]
    return drawn


def _distributions(space: Space) -> dict[str, BaseDistribution]:
    """By column number, of dimensions with a choice."""
    return {
        str(j): CategoricalDistribution(range(size))
        if kind == "categorical"
        else IntDistribution(0, size - 1)
        for j, (size, kind) in enumerate(zip(space.sizes, space.kinds, strict=True))
        if size > 1
    }


def _study(
    space: Space,
    history: History,
    sampler: BaseSampler,
    distributions: dict[str, BaseDistribution],
) -> optuna.Study:
    study = optuna.create_study(sampler=sampler, direction="minimize")
    for row, loss in zip(history.codes, history.losses, strict=True):
        failed = bool(np.isnan(loss))
        study.add_trial(
            create_trial(
                state=TrialState.FAIL if failed else TrialState.COMPLETE,
                value=None if failed else float(loss),
                params=_params(row, distributions),
                distributions=distributions,
            )
        )
    return study


def _next(
    space: Space,
    study: optuna.Study,
    distributions: dict[str, BaseDistribution],
    taken: set[int],
    tries: int,
) -> Codes:
    """A sampled row (v,), left running in the study unless it is taken after all tries."""
    row = np.zeros(len(space.sizes), np.int64)
    for _ in range(tries):
        trial = study.ask(distributions)
        for column, level in trial.params.items():
            row[int(column)] = level
        if int(space.flat(row[None])[0]) not in taken:
            break
        study.tell(trial, state=TrialState.FAIL)
    return row


def _running(row: Codes, distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    return create_trial(
        state=TrialState.RUNNING, params=_params(row, distributions), distributions=distributions
    )


def _params(row: Codes, distributions: dict[str, BaseDistribution]) -> dict[str, int]:
    return {column: int(row[int(column)]) for column in distributions}
