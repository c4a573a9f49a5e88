"""The searcher's own circuits on shots: its draws as QAOA plans, through the same gates."""

from collections.abc import Sequence

from qml_core.errors import DataError
from qml_core.optimisation.problems.problem import Problem
from qml_core.optimisation.searchers.surrogate import draws_after
from qml_core.optimisation.space import Space
from qml_core.optimisation.surrogates.rounds import Draw, shares_of
from qml_core.references import ProblemRef, QAOAPlan, SearchPlan, Solution, Trial
from qml_core.specs import RunSpec
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.canary import send_canary
from tasks.gates import pass_gates
from tasks.problems import put_problem
from tasks.proposals import Solved, find_proposal, history_of
from tasks.qaoa import solve
from tasks.qaoa_purchases import qaoa_plan
from tasks.runners import Result, open_runner
from tasks.searches import qubit_limit
from tasks.spending import ledger_jobs, paid_for
from tasks.spending_cap import SpendingCap, today


def solve_draws(
    plan: SearchPlan, trials: Sequence[Trial], count: int, run: RunSpec, cap: SpendingCap
) -> Solved | None:
    """What measured circuits found of the draws of a round; none where nothing is measured.

    None, and the cap exhausted, where it does not pay for all of them.

    Raises:
        Refused, BackendError: a gate or the device says no; what was bought is collected later.
    """
    search = plan.search
    mine = search.searcher == "qaoa" and search.qaoa_backend.measured
    if not mine or len(trials) < search.design or find_proposal(plan, trials, count) is not None:
        return None
    backend = search.qaoa_backend
    settled = cap.settled(backend)
    plans, grants = pass_gates(draw_plans(plan, trials, run), backend, run, (), settled)
    count = len(grants)
    granted = today(plans, grants)
    if cap.affordable(granted) < count:  # with some of its draws a round would be another one
        cap.take((), count, count, "draws")
        return None
    cap.take(granted, 0, count, "draws")
    if settled is None:
        send_canary(plans, grants, run)
    with open_runner(run, grants, plan.store) as runner:
        futures = [
            runner.tasks.submit(solve, {"plan": own, "grant": grant, "run": run})
            for own, grant in zip(plans, grants, strict=True)
        ]
        solutions = tuple(_solution(future) for future in futures)
    spent = paid_for(ledger_jobs(grants), {grant.plan_key for grant in grants})
    most = sum(grant.estimate.usd for grant in grants)
    return Solved(solutions, most if spent is None else spent.usd)


def _solution(future: Result) -> Solution | None:
    """None: noise left no sample that is a configuration, which is told of the round."""
    try:
        found: Solution = future.result()
        return found
    except DataError:
        return None


def draw_plans(plan: SearchPlan, trials: Sequence[Trial], run: RunSpec) -> tuple[QAOAPlan, ...]:
    """A QAOA for every draw of the round after these trials."""
    space, search = Space.of(plan.search.space), plan.search
    history = history_of(plan, space, trials)
    draws = draws_after(space, search, plan.seed, history, qubit_limit(search, run))
    store, backend = open_checked_store(plan.store), search.qaoa_backend
    shares = shares_of(search.qaoa, draws)
    return tuple(
        qaoa_plan(_problem(store, draw, number), share, backend, run)
        for number, (draw, share) in enumerate(zip(draws, shares, strict=True))
    )


def _problem(store: ArtifactStore, draw: Draw, number: int) -> ProblemRef:
    encoded = draw.encoded
    name = f"draw {number + 1} of the surrogate"
    labels = tuple(range(encoded.ising.n_qubits))
    found = Problem(name, "surrogate", encoded.ising, encoded.registers, labels)
    return put_problem(store, found)
