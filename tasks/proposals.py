"""What a round of a search tries: a pure function of the trials so far, kept in the store."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from prefect import task

from qml_core.keys import key
from qml_core.optimisation.searchers import History, initial_design, open_searcher
from qml_core.optimisation.searchers.surrogate import (
    Round,
    Solver,
    choice_after,
    draws_after,
    propose_round,
)
from qml_core.optimisation.space import Codes, Space
from qml_core.optimisation.surrogates.rounds import nothing_found, read_out
from qml_core.references import Proposal, SearchPlan, Solution, Trial
from qml_core.settings import Settings
from qml_core.specs import RunSpec
from qml_core.specs.search import SURROGATE_SEARCHERS
from qml_core.storage.content import is_sound
from qml_core.storage.datasets import get_arrays
from qml_core.storage.probe import open_checked_store
from qml_core.storage.proposals import find_proposal as stored_proposal
from qml_core.storage.proposals import proposal_path, put_proposal
from qml_core.storage.surrogates import put_surrogate
from tasks.losses import losses_of
from tasks.options import STORE
from tasks.searches import qubit_limit


@dataclass(frozen=True)
class Solved:
    """What measured circuits found of the draws of a round, and what they cost, USD."""

    solutions: tuple[Solution | None, ...]
    """None: no sample of the circuits was a configuration."""
    usd: float

    @property
    def found(self) -> tuple[Solution, ...]:
        return tuple(solution for solution in self.solutions if solution is not None)


@task(name="propose", **STORE)
def propose(
    plan: SearchPlan,
    trials: Sequence[Trial],
    number: int,
    count: int,
    run: RunSpec,
    solved: Solved | None = None,
) -> Proposal:
    """The configurations of a round: found under the trials before it, or proposed and put there.

    Args:
        number: of the round, counted from 0.
        count: configurations wanted.
        solved: of the round, where its circuits were measured.
    """
    found = find_proposal(plan, trials, count)
    if found is not None:
        return _with_surrogate(plan, trials, run, found)
    began = time.perf_counter()
    made = _made(plan, trials, number, count, run, solved)
    made = made.model_copy(update={"seconds": time.perf_counter() - began})
    return put_proposal(open_checked_store(plan.store), _path(plan, trials, count), made)


def find_proposal(plan: SearchPlan, trials: Sequence[Trial], count: int) -> Proposal | None:
    """What an earlier run has proposed after these trials."""
    return stored_proposal(open_checked_store(plan.store), _path(plan, trials, count))


def _path(plan: SearchPlan, trials: Sequence[Trial], count: int) -> str:
    return proposal_path(plan.key, history_key(trials), count)


def history_key(trials: Sequence[Trial]) -> str:
    """Of configurations and values, all that a proposal depends on."""
    return key("history", codes=[list(t.codes) for t in trials], values=[t.value for t in trials])


def history_of(plan: SearchPlan, space: Space, trials: Sequence[Trial]) -> History:
    """Everything told: losses are minimised, NaN of a failed trial."""
    codes = np.array([trial.codes for trial in trials], np.int64).reshape(-1, len(space.sizes))
    return History.empty(space).then(space, codes, losses_of(plan, trials))


def _with_surrogate(
    plan: SearchPlan, trials: Sequence[Trial], run: RunSpec, found: Proposal
) -> Proposal:
    """Its surrogate is drawn again, from the same history, where it was lost or damaged."""
    if found.surrogate is None or is_sound(found.surrogate):
        return found
    space = Space.of(plan.search.space)
    history, limit = history_of(plan, space, trials), qubit_limit(plan.search, run)
    draws = draws_after(space, plan.search, plan.seed, history, limit)
    again = put_surrogate(open_checked_store(plan.store), draws[-1].model)
    return found.model_copy(update={"surrogate": again})


def _made(
    plan: SearchPlan,
    trials: Sequence[Trial],
    number: int,
    count: int,
    run: RunSpec,
    solved: Solved | None,
) -> Proposal:
    search, space = plan.search, Space.of(plan.search.space)
    done = len(trials)
    if done < search.design:
        design = initial_design(space, search.design, plan.seed)
        return _proposal(number, design[done : done + count], ("design",) * count)
    history = history_of(plan, space, trials)
    if search.searcher not in SURROGATE_SEARCHERS:
        searcher = open_searcher(search.searcher, space, search, plan.seed)
        searcher.tell(history.codes, history.losses)
        codes = searcher.ask(count)
        return _proposal(number, codes, ("searcher",) * len(codes))
    if solved is not None:
        return _of_solved(plan, number, space, history, count, run, solved)
    solver: Solver = "qaoa" if search.searcher == "qaoa" else "anneal"
    limit = qubit_limit(search, run)
    memory = Settings.from_environment().memory_bytes
    found = propose_round(space, search, plan.seed, solver, history, count, limit, memory)
    return _of_round(plan, number, found)


def _of_solved(
    plan: SearchPlan,
    number: int,
    space: Space,
    history: History,
    count: int,
    run: RunSpec,
    solved: Solved,
) -> Proposal:
    """The draws are made again, from the same history, to read the samples of their circuits."""
    limit = qubit_limit(plan.search, run)
    draws = draws_after(space, plan.search, plan.seed, history, limit)
    found = [
        nothing_found(draw, plan.search.qaoa.samples)
        if solution is None
        else read_out(draw, *_samples(solution))
        for draw, solution in zip(draws, solved.solutions, strict=True)
    ]
    chosen = choice_after(space, plan.seed, history, found, count)
    own, there = _of_round(plan, number, Round(chosen, draws)), solved.found
    return own.model_copy(
        update={
            "solutions": there,
            "evaluations": sum(solution.evaluations for solution in there),
            "circuits": sum(solution.circuits for solution in there),
            "usd": solved.usd,
        }
    )


def _samples(solution: Solution) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Distinct bits (m, n) and their counts (m,)."""
    table = get_arrays(solution.samples)
    bits = np.array([[int(bit) for bit in string] for string in table["bits"]], np.uint8)
    return bits, table["count"]


def _of_round(plan: SearchPlan, number: int, found: Round) -> Proposal:
    candidates, last = found.candidates, found.draws[-1]
    notes = dict.fromkeys((*last.notes, *candidates.notes))
    return _proposal(number, candidates.codes, candidates.source).model_copy(
        update={
            "infeasible": candidates.infeasible,
            "samples": candidates.samples,
            "evaluations": sum(result.evaluations for result in found.results),
            "surrogate": put_surrogate(open_checked_store(plan.store), last.model),
            "notes": tuple(notes),
        }
    )


def _proposal(number: int, codes: Codes, source: Sequence[str]) -> Proposal:
    rows = tuple(tuple(row) for row in codes.tolist())
    return Proposal(round=number, codes=rows, source=tuple(source)[: len(rows)])
