"""What a trial of trained circuits has cost: trainings may be shared, and are counted once."""

from collections.abc import Sequence

from qml_core.references import Charge, TrainingPlan
from qml_core.references.charges import total
from qml_core.specs import Spec
from qml_core.storage.checkpoints import latest_checkpoint
from qml_core.storage.content import find_model
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.devices import own_ledger


class TrialCost(Spec):
    """Of one training, as a trial counts it."""

    circuits: int
    usd: float
    qpu_seconds: float = 0.0


def cost_of(plans: Sequence[TrainingPlan], trial: str) -> TrialCost:
    """What trainings cost that no other trial counts, in whichever run that came.

    Trials of fewer epochs, or of another metric, share trainings. Dollars and QPU time are what
    the ledger has settled for them: canary, gradients, validation and the held-out rows.

    Args:
        trial: key of the trial.
    """
    costs = [_counted(plan, trial) for plan in plans]
    return TrialCost(
        circuits=sum(cost.circuits for cost in costs),
        usd=sum(cost.usd for cost in costs),
        qpu_seconds=sum(cost.qpu_seconds for cost in costs),
    )


def _counted(plan: TrainingPlan, trial: str) -> TrialCost:
    store, folder = open_checked_store(plan.store), f"trainings/{plan.key}/counted"
    own = f"{folder}/{trial}.json"
    paths = [entry.path for entry in store.list(folder) if entry.path != own]
    others = [found for path in paths if (found := find_model(store, path, TrialCost)) is not None]
    settled = _settled(plan)
    cost = TrialCost(
        circuits=max(0, _circuits(store, plan) - sum(other.circuits for other in others)),
        usd=max(0.0, settled.usd - sum(other.usd for other in others)),
        qpu_seconds=max(0.0, settled.qpu_seconds - sum(other.qpu_seconds for other in others)),
    )
    store.put(own, cost.model_dump_json().encode())
    return cost


def _circuits(store: ArtifactStore, plan: TrainingPlan) -> int:
    """Of the epochs that are done."""
    found = latest_checkpoint(store, plan.key, until=plan.segments[-1])
    return 0 if found is None else sum(record.circuits for record in found[1].history)


def _settled(plan: TrainingPlan) -> Charge:
    if plan.backend.kind != "qpu":
        return Charge()
    jobs = (job for job in own_ledger().jobs() if job.plan_key == plan.key)
    return total(job.settled for job in jobs if job.settled is not None)
