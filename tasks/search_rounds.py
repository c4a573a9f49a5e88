"""The rounds of a search: proposals, then their trials side by side, until the budget is used."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from qml_core.events import StageStarted, emit
from qml_core.references import Proposal, SearchPlan, Trial
from qml_core.specs import RunSpec
from tasks.measured_rounds import measure_trials
from tasks.progress import Progress
from tasks.proposals import propose
from tasks.runners import Runner, open_runner
from tasks.search_purchases import open_cap
from tasks.searches import round_size
from tasks.spending_cap import SpendingCap
from tasks.surrogate_circuits import solve_draws
from tasks.trials import evaluate_trial


@dataclass(frozen=True)
class Searched:
    """What a search did."""

    trials: tuple[Trial, ...]
    proposals: tuple[Proposal, ...]
    cap: SpendingCap
    """What it has granted, for the promotions after it."""


def search_in_rounds(plan: SearchPlan, run: RunSpec, stage: str = "search") -> Searched:
    """Every round: propose, then evaluate; what an earlier run has done is found in the store.

    Raises:
        Refused, BackendError: a gate or a device says no; finished trials are kept.
    """
    trials: tuple[Trial, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    cap = open_cap(plan, run)
    emit(StageStarted(stage, plan.search.budget))
    with open_trials(plan, run, cap, plan.search.budget) as evaluate:
        while len(trials) < plan.search.budget and not cap.exhausted:
            proposal = _next(plan, trials, len(proposals), run, cap)
            if proposal is None:
                break
            proposals += (proposal,)
            trials += evaluate(proposal, len(trials))
    return Searched(trials, proposals, cap)


def _next(
    plan: SearchPlan, trials: tuple[Trial, ...], number: int, run: RunSpec, cap: SpendingCap
) -> Proposal | None:
    """Of the round after these trials; none: nothing is left, or the cap ends before it."""
    count = round_size(plan.search, len(trials))
    solved = solve_draws(plan, trials, count, run, cap)
    if cap.exhausted:
        return None
    proposal = propose(plan, trials, number, count, run, solved)
    return proposal if proposal.codes else None


@dataclass(frozen=True)
class Trials:
    """Evaluates the trials of a rung, a proposal at a time."""

    plan: SearchPlan
    run: RunSpec
    cap: SpendingCap
    rung: int
    runner: Runner | None
    """None: trials are measured, and buy their matrices."""
    progress: Progress | None

    def __call__(self, proposal: Proposal, done: int) -> tuple[Trial, ...]:
        """The trials of a proposal; `done`: trials before it."""
        if self.runner is None or self.progress is None:
            return measure_trials(self.plan, proposal, done, self.run, self.cap, self.rung)
        asked = {"plan": self.plan, "round": proposal.round, "run": self.run, "rung": self.rung}
        futures = [
            self.runner.tasks.submit(
                evaluate_trial, {**asked, "number": done + k + 1, "codes": codes, "source": source}
            )
            for k, (codes, source) in enumerate(zip(proposal.codes, proposal.source, strict=True))
        ]
        trials = tuple(future.result() for future in futures)
        self.progress.add(len(trials), sum(trial.reused for trial in trials))
        return trials


@contextmanager
def open_trials(
    plan: SearchPlan, run: RunSpec, cap: SpendingCap, steps: int, rung: int = 0
) -> Iterator[Trials]:
    """Where trials run; exact circuits one by one, since torch takes all cores for each.

    Classical models and functions run on a thread per core, or where `run.task_runner` says.
    """
    if is_measured(plan):
        yield Trials(plan, run, cap, rung, None, None)
        return
    with _open_runner(plan, run) as runner:
        progress = Progress("search", steps, heard=runner.in_process)
        yield Trials(plan, run, cap, rung, runner, progress)


@contextmanager
def _open_runner(plan: SearchPlan, run: RunSpec) -> Iterator[Runner]:
    if run.task_runner != "threads" or plan.search.objective.runs_circuits:
        with open_runner(run, (), plan.store) as runner:
            yield runner
        return
    workers = min(plan.search.batch, os.cpu_count() or 1)
    threads: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=workers)
    with threads as tasks:
        yield Runner(tasks, in_process=True)


def is_measured(plan: SearchPlan) -> bool:
    """Whether the trials of a plan are circuits with shots."""
    return plan.backend.measured and plan.search.objective.runs_circuits
