"""The gates as a task: who may run what is decided before the first block, and kept."""

from collections.abc import Sequence
from contextlib import suppress

from prefect import task

from qml_core.errors import BackendError, LedgerUnavailable, Refused
from qml_core.events import StageStarted, emit
from qml_core.references import Grant, TrainingPlan
from qml_core.specs import BackendSpec, RunSpec
from qml_core.storage.content import find_model, quarantine
from qml_core.storage.probe import open_checked_store
from tasks.admission import Admitted, admit
from tasks.devices import noise_digest, now, own_ledger
from tasks.on_record import on_record
from tasks.options import STORE
from tasks.plan_kinds import kind_of
from tasks.purchases import Later, P


@task(name="pass-gates", **STORE)
def pass_gates(
    plans: Sequence[P],
    backend: BackendSpec,
    run: RunSpec,
    later: Later[P] = (),
    settled: Grant | None = None,
    beside: Sequence[TrainingPlan] = (),
) -> tuple[tuple[P, ...], tuple[Grant, ...]]:
    """The plans for the backend that is really used, and a grant for each.

    Nothing has been spent by then. A matrix or a training that another backend has begun goes on
    there.

    Args:
        backend: asked for.
        settled: grant of an earlier part of this run; there is no other backend any more.
        beside: trainings that the same run will buy, each with a gate of its own: the budget has
            to hold them too before anything is bought.

    Raises:
        Refused, BackendError: the refusal of the last backend that could be asked.
    """
    if backend.kind == "qpu":
        emit(StageStarted("price, budget, device, calibration"))
    candidates = [settled.backend_used] if settled else _candidates(plans, backend, run)
    refusals: list[str] = []
    for position, named in enumerate(candidates, start=1):
        candidate = kind_of(plans[0]).runs_on(named)
        if candidate.name != named.name:
            refusals.append(f"exact values of its circuits are computed by {candidate.name}")
        try:
            moved = _on(plans, candidate, run)
            after = [_on(group, candidate, run) for group in later]
            others = _on(beside, candidate, run) if candidate.kind == "qpu" else ()
            admitted = admit(moved, candidate, run, after, canary=settled is None, beside=others)
        except (Refused, BackendError) as error:
            if position == len(candidates):
                raise
            refusals.append(f"{candidate.name} refused: {error.message}")
            continue
        asked = settled.backend_asked if settled else backend
        grants = _grants(admitted, asked, refusals)
        return admitted.plans, tuple(
            _stored(asked_plan, plan, grant)
            for asked_plan, plan, grant in zip(plans, admitted.plans, grants, strict=True)
        )
    raise AssertionError("unreachable")


def _candidates(plans: Sequence[P], backend: BackendSpec, run: RunSpec) -> list[BackendSpec]:
    """What has begun the plans, else what was asked for and what may replace it."""
    for plan in plans:
        standing = find_model(open_checked_store(plan.store), _path(plan), Grant)
        if standing is None or standing.backend_used == backend:
            continue
        (begun,) = _on([plan], standing.backend_used, run)
        if begun.key == plan.key:
            continue  # the same measurement, to be corrected otherwise
        if kind_of(begun).begun(begun) or _bought(begun):
            return [standing.backend_used]
    movable = all(kind_of(plan).movable(plan) for plan in plans)
    if run.on_refusal != "fallback" or backend.kind != "qpu" or not movable:
        return [backend]
    others = [backend.model_copy(update={"name": name}) for name in run.fallback]
    return [backend, *map(_valid, others), BackendSpec()]


def _bought(plan: P) -> bool:
    """Whether jobs of a plan are on record, though nothing of it is stored yet."""
    if plan.backend.kind != "qpu":
        return False
    with suppress(LedgerUnavailable):
        return kind_of(plan).bought(plan, on_record(own_ledger(), plan.backend.name))
    return False


def _valid(spec: BackendSpec) -> BackendSpec:
    """An exact simulator measures nothing; any other takes the shots of the one asked for."""
    return BackendSpec(name=spec.name) if spec.kind == "exact" else spec


def _on(plans: Sequence[P], backend: BackendSpec, run: RunSpec) -> tuple[P, ...]:
    """The same plans on a backend."""
    digest = noise_digest(backend)
    return tuple(
        plan if plan.backend == backend else kind_of(plan).replanned(plan, backend, run, digest)
        for plan in plans
    )


def _grants(admitted: Admitted[P], asked: BackendSpec, refusals: Sequence[str]) -> list[Grant]:
    reason = "; ".join([*refusals, admitted.reason])
    return [
        Grant(
            plan_key=plan.key,
            backend_asked=asked,
            backend_used=admitted.backend,
            reason=reason,
            estimate=plan.estimate,
            calibration=admitted.calibration,
            calibration_age_h=admitted.age_h,
            price=admitted.price,
            granted_at=now(),
        )
        for plan in admitted.plans
    ]


def _path(plan: P) -> str:
    return f"{kind_of(plan).folder}/{plan.key}/grant.json"


def _stored(asked: P, plan: P, grant: Grant) -> Grant:
    """The grant under the key of the plan asked for: ours, or that of an earlier run if it agrees.

    Where an earlier run left nothing of what it was granted, today's grant takes its place.
    """
    store, path = open_checked_store(plan.store), _path(asked)
    for _ in range(2):
        if store.put_if_absent(path, grant.model_dump_json().encode()):
            break
        standing = find_model(store, path, Grant)
        if standing is None:
            continue
        same = (standing.plan_key, standing.backend_asked) == (plan.key, grant.backend_asked)
        if same and standing.backend_used == grant.backend_used and grant.price is None:
            return standing  # nothing is bought on it today
        quarantine(store, path)  # the grant of another plan gives no right to this one
    return grant
