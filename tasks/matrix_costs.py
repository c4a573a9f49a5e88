"""What a measured matrix has cost: several trials may share it, the first of them counts it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qml_core.kernels.planning import diagonal_plan
from qml_core.kernels.row_jobs import rows_key
from qml_core.references import Estimate, Grant, KernelPlan, MatrixRef
from qml_core.specs import RunSpec, Spec
from qml_core.storage.content import find_model
from qml_core.storage.probe import open_checked_store
from tasks.spending import ledger_jobs, paid_for


class Counted(Spec):
    """The trial that a matrix is counted for."""

    trial: str


@dataclass(frozen=True)
class MatrixCost:
    """Of one matrix, its canary and its diagonal; circuits without those of the canary."""

    circuits: int = 0
    shots: int = 0
    usd: float = 0.0
    qpu_seconds: float = 0.0


def cost_of(
    plan: KernelPlan, grant: Grant, matrix: MatrixRef, run: RunSpec, trial: str
) -> MatrixCost:
    """What the trial counts: all that any run has paid for it, or nothing.

    Dollars are what the ledger has settled; at most, where it does not answer.
    """
    estimate = grant.estimate
    asked = {**_beside(plan, run), plan.key: estimate}
    if grant.backend_used.kind != "qpu":
        share = matrix.computed / matrix.blocks
        circuits, shots = _circuits(asked.values())
        return MatrixCost(round(share * circuits), round(share * shots))
    own = {each for each in asked if _counts(plan.store, each, trial)}
    spent = paid_for(ledger_jobs([grant]), own)
    first = plan.key in own
    at_most = (estimate.usd, estimate.qpu_seconds) if first else (0.0, 0.0)
    usd, qpu_seconds = at_most if spent is None else (spent.usd, spent.qpu_seconds)
    circuits, shots = _circuits(asked[each] for each in own)
    return MatrixCost(circuits, shots, usd, qpu_seconds)


def _beside(plan: KernelPlan, run: RunSpec) -> dict[str, Estimate]:
    """What is measured beside a matrix, for all matrices of these rows: diagonal, or the rows."""
    diagonal = diagonal_plan(plan, run)
    if diagonal is not None:
        return {diagonal.key: diagonal.estimate}
    if plan.backend.estimator != "randomised" or plan.columns == "self":
        return {}
    counted_with_it = plan.estimate.model_copy(update={"circuits": 0, "shots": 0})
    return {rows_key(plan, plan.rows): counted_with_it}  # the columns are rows of another matrix


def _circuits(estimates: Iterable[Estimate]) -> tuple[int, int]:
    """Circuits and shots of all."""
    each = list(estimates)
    return sum(one.circuits for one in each), sum(one.shots for one in each)


def _counts(store_url: str, key: str, trial: str) -> bool:
    """Whether a matrix is counted for the trial, because no other has claimed it."""
    store, path = open_checked_store(store_url), f"matrices/{key}/counted.json"
    store.put_if_absent(path, Counted(trial=trial).model_dump_json().encode())
    found = find_model(store, path, Counted)
    return found is None or found.trial == trial


def with_diagonals(
    plans: Sequence[KernelPlan], grants: Sequence[Grant], run: RunSpec
) -> tuple[Grant, ...]:
    """The grants of matrices, and of what is measured beside them, at their cost."""
    found = list(grants)
    for plan, grant in zip(plans, grants, strict=True):
        free = grant.estimate.model_copy(update={"usd": 0.0, "qpu_seconds": 0.0})
        found += (  # those of a symmetric matrix have its own key
            grant.model_copy(update={"plan_key": key, "estimate": free})
            for key in _beside(plan, run)
            if key != plan.key
        )
    return tuple(found)
