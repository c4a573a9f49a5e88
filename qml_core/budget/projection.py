"""What is still to be bought of plans, what it costs at most, and whether that fits. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from qml_core.budget.entries import Budget
from qml_core.errors import BudgetExceeded
from qml_core.kernels.blocks import block_slices
from qml_core.kernels.row_jobs import RowJob, needed_jobs
from qml_core.references import BlockIndex, Charge, KernelPlan
from qml_core.references.charges import total
from qml_core.specs import BackendSpec

JobSizes = Mapping[int, int]
"""Jobs by the number of their circuits."""

EstimateJob = Callable[[int, int], Charge]
"""The most that one job of some circuits and shots costs."""

MOST_LEVELS = 12
"""Jobs that the second stage of an adaptive block may be split into."""


def job_sizes(
    plan: KernelPlan, stored: Iterable[BlockIndex] = (), measured: Iterable[RowJob] = ()
) -> Counter[int]:
    """Jobs of the blocks that are not stored, by their circuits.

    Args:
        measured: jobs of randomised measurements whose counts are stored, or bought for another
            matrix.
    """
    there = set(stored)
    missing = [block for block in plan.blocks if block not in there]
    if plan.backend.estimator == "randomised":
        jobs = set(needed_jobs(plan, missing)) - set(measured)
        return Counter(job.circuits for job in jobs)
    return Counter(entries_of(plan, block) for block in missing)


class Cut(Protocol):
    """A matrix cut into blocks: a plan, or what is asked for before there is one."""

    @property
    def shape(self) -> tuple[int, int]: ...
    @property
    def edge(self) -> int: ...
    @property
    def prefixes(self) -> tuple[int, ...]: ...
    @property
    def symmetric(self) -> bool: ...


def entries_of(matrix: Cut, block: BlockIndex) -> int:
    """Entries of a block that are measured, each with a circuit of its own."""
    sides = block_slices(block, matrix.shape, matrix.edge, matrix.prefixes)
    height, width = (int(side.stop) - int(side.start) for side in sides)
    if matrix.symmetric and block[0] == block[1]:
        return height * (height + 1) // 2
    return height * width


def projected(sizes: JobSizes, backend: BackendSpec, estimate: EstimateJob) -> Charge:
    """The most that jobs of these sizes cost; an adaptive job is a pilot and its top-up."""
    return total(
        _of_block(circuits, backend, estimate).times(jobs) for circuits, jobs in sizes.items()
    )


def _of_block(circuits: int, backend: BackendSpec, estimate: EstimateJob) -> Charge:
    assert backend.shots is not None
    if backend.allocation == "fixed":
        return estimate(circuits, backend.shots)
    pilot = estimate(circuits, backend.pilot_shots)
    return pilot.plus(top_up_cost(circuits, backend.shots - backend.pilot_shots, estimate))


def top_up_cost(circuits: int, most_shots: int, estimate: EstimateJob) -> Charge:
    """The most that the second stage of a block costs, with the fees of the jobs it is split into.

    Args:
        most_shots: of each circuit, after the pilot.
    """
    fees = estimate(1, 1).times(MOST_LEVELS - 1)
    return estimate(circuits, most_shots).plus(fees)


def check_budget(
    needed: Charge, budget: Budget, backend: BackendSpec, cost_of: Callable[[int], Charge]
) -> None:
    """Raise BudgetExceeded where it does not fit: projected, allowed, spent, shots that would.

    Args:
        cost_of: what the same jobs cost with another number of shots.
    """
    if not budget.frozen and fits(needed, budget):
        return
    left = budget.cap.microusd - budget.reserved.microusd - budget.spent.microusd
    state = "is frozen after an overrun" if budget.frozen else f"has {left / 1e6:,.2f} USD left"
    seconds = "" if budget.cap_qpu_ms is None else f", {budget.cap_qpu_ms / 1e3:,.0f} s of QPU time"
    shots = affordable_shots(backend, budget, cost_of)
    advice = f"backend.shots={shots} would fit" if shots else "not even one shot would fit"
    if shots and backend.allocation == "adaptive" and shots <= backend.pilot_shots:
        advice = f"backend.shots={shots} with backend.allocation=fixed would fit"
    raise BudgetExceeded(
        f"projected {needed.usd:,.2f} USD and {needed.qpu_seconds:,.1f} s of QPU time on "
        f"{backend.name}, project {budget.project} {state}: allowed {budget.cap.usd:,.2f} USD"
        f"{seconds}, reserved {budget.reserved.usd:,.2f}, spent {budget.spent.usd:,.2f}",
        f"{advice}; or raise the budget with `qml budget set {budget.project} <usd>`"
        + (" --unfreeze" if budget.frozen else ""),
    )


def fits(needed: Charge, budget: Budget) -> bool:
    """Whether a charge can still be reserved, in dollars and in QPU time."""
    used = budget.reserved.plus(budget.spent)
    within_time = budget.cap_qpu_ms is None or used.qpu_ms + needed.qpu_ms <= budget.cap_qpu_ms
    return used.microusd + needed.microusd <= budget.cap.microusd and within_time


def affordable_shots(backend: BackendSpec, budget: Budget, cost_of: Callable[[int], Charge]) -> int:
    """The most shots a circuit whose jobs fit into the budget; 0: not even one."""
    assert backend.shots is not None
    if budget.frozen:
        return 0
    low, high = 0, backend.shots
    while low < high:
        middle = (low + high + 1) // 2
        if fits(cost_of(middle), budget):
            low = middle
        else:
            high = middle - 1
    return low
