"""A search by QAOA of a surrogate: 100 trials of 20 binary variables in rounds of 10.

    python -m bench.search [--runs 3] [--json]

A planted landscape of 2^20 configurations, looked up. Ten random trials, then nine rounds: sparse
Bayesian draws, one per trial, each minimised by a QAOA of 20 qubits and p = 2 from ramp angles, ten
objective evaluations a round in all. Annealing of the same draws stands beside it.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np

from bench.command import run_bench
from bench.table import Bar, Row, Table
from bench.timing import Timing
from qml_core.optimisation.comparison.planted import Planted, planted
from qml_core.optimisation.qaoa.algorithm import QAOA
from qml_core.optimisation.qaoa.evaluators import ExactEvaluator
from qml_core.optimisation.searchers.surrogate import Solver, SurrogateSearcher
from qml_core.optimisation.space import Space
from qml_core.optimisation.surrogates import rounds
from qml_core.specs.search import SearchSpec

VARIABLES, TRIALS, BATCH, EVALUATIONS, LAYERS = 20, 100, 10, 10, 2
BAR_S = 25.0
SEARCH = SearchSpec.model_validate(
    {
        "space": {f"x{i}": [0, 1] for i in range(VARIABLES)},
        "trials": TRIALS,
        "batch": BATCH,
        "initial": BATCH,
        "qaoa": {"layers": LAYERS, "evaluations": EVALUATIONS, "angles": "ramp"},
    }
)
CLOCKED: dict[str, tuple[Any, str]] = {
    "surrogate": (rounds, "draw"),
    "QAOA": (QAOA, "fit"),
    "sampling": (ExactEvaluator, "samples"),
}
"""What is timed on its own; sampling is within QAOA."""


def searched(landscape: Planted, solver: Solver, seed: int) -> float:
    """The least loss of a whole search."""
    space = Space.of(SEARCH.space)
    searcher = SurrogateSearcher(space, SEARCH, seed, solver)
    codes = space.random(BATCH, np.random.default_rng(seed))
    best = np.inf
    for told in range(BATCH, TRIALS + 1, BATCH):
        losses = landscape.losses[space.flat(codes)]
        best = min(best, float(losses.min()))
        searcher.tell(codes, losses)
        codes = searcher.ask(BATCH) if told < TRIALS else codes
    return best


@contextmanager
def clocks() -> Iterator[dict[str, float]]:
    """Seconds spent in what is timed on its own."""
    spent: dict[str, float] = defaultdict(float)

    def clocked(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*args, **options)
            finally:
                spent[name] += time.perf_counter() - began

        return run

    with ExitStack() as stack:
        for name, (owner, attribute) in CLOCKED.items():
            work = clocked(name, getattr(owner, attribute))
            stack.enter_context(patch.object(owner, attribute, work))
        yield spent


def timed_search(landscape: Planted, solver: Solver, seed: int) -> tuple[dict[str, float], float]:
    """Seconds in all and of each part, and the least loss."""
    began = time.perf_counter()
    with clocks() as spent:
        best = searched(landscape, solver, seed)
    whole = time.perf_counter() - began
    spent["QAOA"] -= spent["sampling"]
    return {"whole search": whole, **spent}, best


def rows(landscape: Planted, solver: Solver, runs: int) -> tuple[Row, ...]:
    """Times of searches with seeds of their own, after one that warms up."""
    timed_search(landscape, solver, 0)
    found = [timed_search(landscape, solver, seed) for seed in range(runs)]
    best = " ".join(f"{loss:.2f}" for _, loss in found)
    note = f"best losses {best}; optimum {landscape.losses.min():.2f}"
    parts = ("surrogate", "QAOA", "sampling") if solver == "qaoa" else ("surrogate",)
    times = {p: Timing(tuple(spent[p] for spent, _ in found)) for p in ("whole search", *parts)}
    whole = times.pop("whole search")
    bar = Bar(BAR_S, "at most") if solver == "qaoa" else None
    first = Row(f"{solver}: whole search", whole, whole.median, bar, " s", note)
    return (first, *(Row(f"{solver}: {part}", timing) for part, timing in times.items()))


def tables(arguments: argparse.Namespace) -> list[Table]:
    landscape = planted((2,) * VARIABLES, 0)
    title = f"{TRIALS} trials of {VARIABLES} binary variables, p = {LAYERS}, rounds of {BATCH}"
    both = [rows(landscape, solver, arguments.runs) for solver in ("qaoa", "anneal")]
    return [Table(title, (*both[0], *both[1]))]


if __name__ == "__main__":
    run_bench(__doc__, tables, runs=3)
