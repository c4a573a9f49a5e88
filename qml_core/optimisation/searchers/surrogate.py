"""Search by a surrogate whose draws are minimised by QAOA, or by annealing as its control."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from qml_core.optimisation.qaoa.algorithm import QAOA, QAOAResult
from qml_core.optimisation.searchers._searcher import AskTell, History, Spent, generator
from qml_core.optimisation.space import Codes, Space
from qml_core.optimisation.surrogates.annealing import anneal
from qml_core.optimisation.surrogates.qubit_limits import qubit_limit
from qml_core.optimisation.surrogates.rounds import (
    Candidates,
    Draw,
    Found,
    choose,
    draws_of,
    read_out,
    shares_of,
)
from qml_core.specs.search import SearchSpec

Solver = Literal["qaoa", "anneal"]


@dataclass(frozen=True)
class Round:
    """A batch, the draws it comes from, and the QAOA of each; none of an annealed round."""

    candidates: Candidates
    draws: tuple[Draw, ...]
    results: tuple[QAOAResult, ...] = ()


def propose_round(
    space: Space,
    search: SearchSpec,
    seed: int,
    solver: Solver,
    history: History,
    count: int,
    limit_qubits: int | None = None,
    memory_bytes: int | None = None,
) -> Round:
    """The round after a history; draws depend on seed and history, not on the solver.

    Args:
        limit_qubits: of a circuit; none: what `search.surrogate` says of a simulator.
        memory_bytes: limit of the exact simulation.

    Raises:
        SpecError: the space does not fit into the limit, or the QAOA not to the encoding.
        CircuitRefused: the simulation needs more than memory_bytes.
    """
    draws = draws_after(space, search, seed, history, limit_qubits)
    results: tuple[QAOAResult, ...] = ()
    if solver == "qaoa":
        results = _by_qaoa(draws, search, seed, len(history), memory_bytes)
        found = [
            read_out(draw, result.samples.bits, result.samples.counts)
            for draw, result in zip(draws, results, strict=True)
        ]
    else:
        rng = generator(seed, "anneal", len(history))
        found = [annealed(draw, search.qaoa.samples, rng) for draw in draws]
    return Round(choice_after(space, seed, history, found, count), draws, results)


def draws_after(
    space: Space, search: SearchSpec, seed: int, history: History, limit_qubits: int | None = None
) -> tuple[Draw, ...]:
    """What a solver is to minimise after a history."""
    limit = qubit_limit(search.surrogate, limit_qubits)
    rng = generator(seed, "draws", len(history))
    return draws_of(space.sizes, history.codes, history.losses, search, rng, limit)


def choice_after(
    space: Space, seed: int, history: History, found: list[Found], count: int
) -> Candidates:
    """The batch of what a solver found after a history."""
    rng = generator(seed, "choice", len(history))
    return choose(space, found, history.codes, count, rng)


def annealed(draw: Draw, samples: int, rng: np.random.Generator) -> Found:
    """As many readouts as the circuit has samples, of the same free variables."""
    found = anneal(draw.restricted, samples, rng)
    whole = draw.whole(found.codes)
    return Found(whole, draw.model.energies(whole), found.counts)


class SurrogateSearcher(AskTell):
    """`qaoa` or `anneal` behind ask and tell; limits as of propose_round."""

    def __init__(
        self,
        space: Space,
        search: SearchSpec,
        seed: int,
        solver: Solver,
        limit_qubits: int | None = None,
        memory_bytes: int | None = None,
    ) -> None:
        limits = limit_qubits, memory_bytes

        def propose(history: History, count: int) -> Codes:
            found = propose_round(space, search, seed, solver, history, count, *limits)
            more, before = sum(result.evaluations for result in found.results), self._spent
            self._spent = Spent(before.evaluations + more, before.readouts + len(found.results))
            return found.candidates.codes

        super().__init__(space, propose)


def _by_qaoa(
    draws: tuple[Draw, ...], search: SearchSpec, seed: int, told: int, memory_bytes: int | None
) -> tuple[QAOAResult, ...]:
    shares = shares_of(search.qaoa, draws)
    seeds = generator(seed, "qaoa", told).integers(2**31, size=len(draws)).tolist()
    return tuple(
        QAOA.from_spec(share, draw.encoded.registers, one).fit(
            draw.encoded.ising, memory_bytes=memory_bytes, most_states=0
        )
        for draw, share, one in zip(draws, shares, seeds, strict=True)
    )
