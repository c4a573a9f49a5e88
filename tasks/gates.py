"""The gates as a task: the decision is pure, the grant is stored so that a rerun meets it again."""

from collections.abc import Sequence
from datetime import datetime, timezone

from prefect import task

from qml_core.budget.gate import check_memory, open_gate
from qml_core.budget.memory import fits
from qml_core.references import Grant, KernelPlan
from qml_core.settings import Settings
from qml_core.storage.content import find_model, quarantine
from qml_core.storage.probe import open_checked_store
from tasks.landmarks import measured_offer
from tasks.options import STORE


@task(name="pass-gates", **STORE)
def pass_gates(plans: Sequence[KernelPlan]) -> tuple[Grant, ...]:
    """A grant per plan, or the first refusal; nothing has been spent by then."""
    memory_bytes = Settings.from_environment().memory_bytes
    now = datetime.now(timezone.utc)
    for plan in plans:
        check_memory(max(plan.parts), plan.backend, memory_bytes)
    too_large = [plan for plan in plans if not fits(plan, memory_bytes)]
    measured = measured_offer(_widest(too_large), memory_bytes) if too_large else ""
    grants = [open_gate(plan, memory_bytes, now, measured) for plan in plans]
    return tuple(_stored(plan, grant) for plan, grant in zip(plans, grants, strict=True))


def _widest(plans: Sequence[KernelPlan]) -> KernelPlan:
    """The kernel that is hardest to approximate: that of the largest bandwidth."""
    return max(plans, key=lambda plan: plan.kernel.encoding.bandwidth)


def _stored(plan: KernelPlan, grant: Grant) -> Grant:
    """The grant under the plan's key: ours, or the one an earlier run left there."""
    store = open_checked_store(plan.store)
    path = f"matrices/{plan.key}/grant.json"
    for _ in range(2):
        if store.put_if_absent(path, grant.model_dump_json().encode()):
            break
        standing = find_model(store, path, Grant)
        if standing is None:
            continue
        if standing.plan_key == plan.key and standing.backend_asked == plan.backend:
            return standing
        quarantine(store, path)  # the grant of another plan gives no right to this one
    return grant
