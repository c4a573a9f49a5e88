"""A round of trials on shots: its matrices pass the gates together, are bought, then scored."""

from collections.abc import Sequence

from qml_core.references import Grant, KernelPlan, Proposal, SearchPlan, Trial
from qml_core.specs import RunSpec
from tasks.canary import send_canary
from tasks.gates import pass_gates
from tasks.matrix_costs import with_diagonals
from tasks.measured_trainings import measure_trainings
from tasks.measured_trials import plan_trials, score_trials
from tasks.runners import open_runner
from tasks.spending_cap import SpendingCap, today


def measure_trials(
    plan: SearchPlan, proposal: Proposal, done: int, run: RunSpec, cap: SpendingCap, rung: int
) -> tuple[Trial, ...]:
    """The trials of a proposal, as many as the cap of the search allows.

    Args:
        done: trials before it.
        rung: 0: of the search; then of its promotions.

    Raises:
        Refused, BackendError: a gate or the device says no; what was bought is collected later.
    """
    if plan.search.objective.model.variational:
        return measure_trainings(plan, proposal, done, run, cap, rung)
    asked = plan_trials(plan, proposal, run)
    if not asked:  # all of it is in the store
        return score_trials(plan, proposal, (), (), (), run, done + 1, rung)
    settled = cap.settled(plan.backend)
    plans, grants = pass_gates(asked, plan.backend, run, (), settled)
    proposal, most = _affordable(plan, proposal, plans, today(plans, grants), run, cap)
    if not most:
        return score_trials(plan, proposal, (), (), (), run, done + 1, rung)
    plans, grants = plans[:most], grants[:most]
    if settled is None:
        send_canary(plans, grants, run)
    with open_runner(run, grants, plan.store) as runner:
        matrices = runner.evaluate("trials", plans, grants, run)
    return score_trials(plan, proposal, plans, grants, matrices, run, done + 1, rung)


def _affordable(
    plan: SearchPlan,
    proposal: Proposal,
    plans: Sequence[KernelPlan],
    grants: Sequence[Grant],
    run: RunSpec,
    cap: SpendingCap,
) -> tuple[Proposal, int]:
    """The first trials of the proposal that the cap pays for, and the number of their matrices."""
    count, trials = cap.affordable(grants), len(proposal.codes)
    kept, most = proposal, len(grants)
    while most > count:
        trials -= 1
        kept = proposal.model_copy(
            update={"codes": proposal.codes[:trials], "source": proposal.source[:trials]}
        )
        most = len(plan_trials(plan, kept, run)) if trials else 0
    granted = with_diagonals(plans[:most], grants[:most], run)
    cap.take(granted, len(proposal.codes) - trials, len(proposal.codes), "trials")
    return kept, most
