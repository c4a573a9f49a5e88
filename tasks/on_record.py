"""What of plans is bought but not stored yet: jobs that only wait to be collected."""

from dataclasses import dataclass

from qml_core.budget.ledger import Ledger
from qml_core.hardware.orders import attempt_key, order_key
from qml_core.kernels.row_jobs import RowJob, needed_jobs
from qml_core.references import BlockIndex, KernelPlan

_ATTEMPTS = 3
"""Of each job, that are looked for."""


@dataclass(frozen=True)
class OnRecord:
    """Jobs of a backend that a ledger holds: reserved, submitted, or paid for with a result."""

    backend: str
    keys: frozenset[str] = frozenset()

    def has(self, plan_key: str, part: str) -> bool:
        """Whether a part of a plan is among them: running it reserves nothing more."""
        order = order_key(plan_key, self.backend, part)
        return any(attempt_key(order, attempt) in self.keys for attempt in range(_ATTEMPTS))

    def blocks(self, plan: KernelPlan) -> set[BlockIndex]:
        """Blocks of pairs that are bought; adaptive ones with their pilot, after their top-up."""
        if not self.keys or plan.backend.estimator == "randomised":
            return set()
        kind = " pilot" if plan.backend.allocation == "adaptive" else ""
        return {(i, j) for i, j in plan.blocks if self.has(plan.key, f"block {i}-{j}{kind}")}

    def rows(self, plan: KernelPlan) -> frozenset[RowJob]:
        """Jobs of rows in random bases that are bought."""
        if not self.keys or plan.backend.estimator != "randomised":
            return frozenset()
        jobs = needed_jobs(plan, plan.blocks)
        return frozenset(job for job in jobs if self.has(job.key, job.name))


def on_record(ledger: Ledger, backend: str) -> OnRecord:
    """Of all projects: what another one has bought is collected too."""
    jobs = ledger.jobs(states=("reserved", "submitted", "settled"))
    kept = (job for job in jobs if job.backend == backend and job.outcome in ("", "done"))
    return OnRecord(backend, frozenset(job.job_key for job in kept))
