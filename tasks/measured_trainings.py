"""A round of trained circuits on shots: its trainings pass the gates together, then go trial by
trial, so that a finished one is kept whatever becomes of the next."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import accumulate, pairwise

from qml_core.errors import BadInput
from qml_core.references import Grant, Proposal, SearchPlan, TrainingPlan, Trial
from qml_core.specs import RunSpec
from tasks.canary import send_canary
from tasks.gates import pass_gates
from tasks.runners import Runner, open_runner
from tasks.segments import Trained, train_in_segments
from tasks.spending_cap import SpendingCap, today
from tasks.trained_trials import plan_fold_trainings, score_folds
from tasks.trial_objectives import reason
from tasks.trial_records import Place


def measure_trainings(
    plan: SearchPlan, proposal: Proposal, done: int, run: RunSpec, cap: SpendingCap, rung: int
) -> tuple[Trial, ...]:
    """The trials of a proposal, as many as the cap of the search allows.

    Args:
        done: trials before it.
        rung: 0: of the search; then of its promotions.

    Raises:
        Refused, BackendError: a gate or the device says no; what was bought is collected later.
    """
    planned = plan_fold_trainings(plan, proposal, run)
    asked = [own for folds in planned for own in folds]
    ends = [0, *accumulate(map(len, planned))]
    plans: Sequence[TrainingPlan] = ()
    grants: Sequence[Grant] = ()
    if asked:
        settled = cap.settled(plan.backend)
        plans, grants = pass_gates(asked, plan.backend, run, (), settled)
        ends = _affordable(ends, today(plans, grants), cap)
        plans, grants = plans[: ends[-1]], grants[: ends[-1]]
        if plans and settled is None:
            send_canary(plans, grants, run)
    trials: list[Trial] = []
    with open_runner(run, grants, plan.store) if plans else nullcontext() as runner:
        for k, (begin, end) in enumerate(pairwise(ends)):
            folds, own, began = plans[begin:end], grants[begin:end], time.perf_counter()
            trained = _train(runner, folds, own, run)
            seconds = time.perf_counter() - began
            place = Place(done + 1 + k, proposal.round, rung, proposal.codes[k], proposal.source[k])
            trials.append(score_folds(plan, place, folds, own, trained, run, seconds))
    return tuple(trials)


def _affordable(ends: Sequence[int], grants: Sequence[Grant], cap: SpendingCap) -> list[int]:
    """Of the first trials that the cap pays for: where the trainings of each end; 0 first."""
    count, trials = cap.affordable(grants), len(ends) - 1
    kept = [end for end in ends if end <= count]
    cap.take(grants[: kept[-1]], trials - (len(kept) - 1), trials, "trials")
    return kept


def _train(
    runner: Runner | None, plans: Sequence[TrainingPlan], grants: Sequence[Grant], run: RunSpec
) -> tuple[Trained, ...] | str:
    """The folds of a trial side by side; or why they cannot be trained, e.g. that one diverges."""
    if runner is None or not plans:  # it is in the store, or cannot be planned
        return ()
    try:
        return train_in_segments(runner, plans, grants, run)
    except BadInput as error:
        return reason(error)
