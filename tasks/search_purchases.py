"""What a search was granted, kept in the store: the same command counts what it has spent."""

from collections.abc import Sequence
from functools import partial

from qml_core.hardware.canary import judge
from qml_core.references import Grant, SearchPlan
from qml_core.specs import RunSpec
from qml_core.storage.content import find_model
from qml_core.storage.probe import open_checked_store
from tasks.canary import canary_of
from tasks.spending import ledger_jobs
from tasks.spending_cap import SpendingCap

_FOLDERS = ("matrices", "trainings", "qaoa")
"""Of what a search buys, where its canaries are."""


def open_cap(plan: SearchPlan, run: RunSpec) -> SpendingCap:
    """The cap of a search, with what its earlier runs have spent or still have reserved."""
    store = open_checked_store(plan.store)
    found = (find_model(store, entry.path, Grant) for entry in store.list(_folder(plan)))
    earlier = tuple(grant for grant in found if grant is not None)
    return SpendingCap(
        plan.search.max_usd,
        usd=_spent(earlier),
        earlier=tuple(grant for grant in earlier if _stands(plan, grant, run)),
        keep=partial(_keep, plan),
    )


def _folder(plan: SearchPlan) -> str:
    return f"searches/{plan.key}/grants"


def _keep(plan: SearchPlan, grants: Sequence[Grant]) -> None:
    """Before anything is bought; of what costs nothing there is nothing to count."""
    store = open_checked_store(plan.store)
    for grant in grants:
        cost = grant.estimate
        if cost.usd or cost.qpu_seconds or grant.fallback is not None:
            path = f"{_folder(plan)}/{grant.plan_key}.json"
            store.put_if_absent(path, grant.model_dump_json().encode())


def _spent(earlier: Sequence[Grant]) -> float:
    """USD; what was granted where the ledger does not answer."""
    jobs = ledger_jobs(earlier)
    if jobs is None:
        return sum(grant.estimate.usd for grant in earlier)
    keys = {grant.plan_key for grant in earlier}
    own = [job for job in jobs if job.plan_key in keys]
    waiting = [job.reserved.usd for job in own if job.state in ("reserved", "submitted")]
    return sum(waiting) + sum(job.settled.usd for job in own if job.settled is not None)


def _stands(plan: SearchPlan, grant: Grant, run: RunSpec) -> bool:
    """Whether later parts of the search follow it: its canary was sent, and did not warn."""
    if grant.backend_used.kind != "qpu" or not run.canary:
        return True
    store = open_checked_store(plan.store)
    found = (canary_of(store, grant.plan_key, folder) for folder in _FOLDERS)
    return any(one is not None and judge(one.upper, run.canary_fidelity) for one in found)
