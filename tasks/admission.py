"""Whether a backend may run plans now: simulators by memory, devices by every gate."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Generic, cast

from prefect.runtime import deployment

from qml_core.budget.asking import CostOf, circuits_in, cost_at
from qml_core.budget.gate import reason
from qml_core.budget.prices import Price, find_price, read_prices
from qml_core.budget.projection import check_budget
from qml_core.errors import LedgerUnavailable
from qml_core.hardware.orders import longest
from qml_core.hardware.protocol import Circuit, QuantumBackend
from qml_core.hardware.readiness import Ready, wait_until_ready
from qml_core.hardware.validation import refuse, structure
from qml_core.references import Charge, TrainingPlan
from qml_core.references.charges import total
from qml_core.settings import Settings, default_ledger_url
from qml_core.specs import BackendSpec, RunSpec
from tasks.canary import canary_stored
from tasks.devices import device, now, own_ledger
from tasks.on_record import OnRecord, on_record
from tasks.plan_kinds import kind_of
from tasks.purchases import Later, P


@dataclass(frozen=True)
class Admitted(Generic[P]):
    """A backend that may run the plans, and why."""

    backend: BackendSpec
    plans: tuple[P, ...]
    reason: str
    calibration: str | None = None
    age_h: float | None = None
    price: str | None = None


def admit(
    plans: tuple[P, ...],
    backend: BackendSpec,
    run: RunSpec,
    later: Later[P],
    *,
    canary: bool = True,
    beside: Sequence[TrainingPlan] = (),
) -> Admitted[P]:
    """Raises Refused or BackendError where the backend may not run the plans now.

    Args:
        beside: what the same run will buy too: the budget has to hold all of it.
    """
    kind = kind_of(plans[0])
    kind.check_memory(plans, backend, Settings.from_environment().memory_bytes)
    if backend.kind == "qpu":
        return _admit_device(plans, backend, run, later, beside, canary=canary and run.canary)
    if backend.shots is not None:
        opened, examples = device(backend, run.seed), [kind.example(plan) for plan in plans]
        for example in _of_each_structure(examples):
            refuse(opened.validate([example], backend.shots))
    return Admitted(backend, plans, reason(backend, plans[0].estimate) + kind.note(plans[0]))


def _admit_device(
    plans: tuple[P, ...],
    backend: BackendSpec,
    run: RunSpec,
    later: Later[P],
    beside: Sequence[TrainingPlan],
    *,
    canary: bool,
) -> Admitted[P]:
    """Price, ledger, circuits, budget, then status and calibration; nothing is reserved."""
    kind = kind_of(plans[0])
    sizes, after = kind.left(plans, later, run, OnRecord(backend.name))
    if not any(map(circuits_in, (*sizes, *after))):
        return Admitted(backend, plans, f"{backend.name}: everything is in the store")
    price, ledger = find_price(backend.name, read_prices()), own_ledger()
    budget, bought = ledger.budget(run.project, now()), on_record(ledger, backend.name)
    sizes, after = kind.left(plans, later, run, bought)
    if not any(map(circuits_in, (*sizes, *after))):
        return Admitted(backend, plans, f"{backend.name}: everything is bought, to be collected")
    opened = device(backend, run.seed)
    circuits = [kind.example(plan) for plan in plans]
    circuit = longest(circuits)
    largest = max(size for counter in (*sizes, *after) for size in counter)
    shots = backend.shots
    assert shots is not None
    for example in _of_each_structure(circuits):
        refuse(opened.validate([example] * largest, shots))
    if canary:
        sizes[0] = sizes[0] + _canary_left(plans[0], bought)
    estimate = partial(opened.estimate, circuit)
    costs = [
        cost_at(counter, backend, partial(opened.estimate, example))(shots)
        for example, counter in zip(circuits, sizes, strict=True)
    ]
    rest = [cost_at(counter, backend, estimate)(shots) for counter in after]
    needed = total([*costs, *rest])
    everything = sum((*sizes, *after), Counter[int]())
    others = _left_beside(beside, backend, run, bought, opened)

    @cache
    def anew(fewer: int) -> Charge:
        asked = [kind.at_shots(plan, fewer) for plan in plans]
        jobs = kind.anew(asked, later, run) + (_canary_of(plans[0]) if run.canary else Counter())
        return cost_at(jobs, backend, estimate)(fewer).plus(others(fewer))

    check_budget(needed.plus(others(shots)), budget, backend, anew)
    if needed != Charge():
        check_shared(Settings.from_environment(), run)
    ready = wait_until_ready(opened, run, now, time.sleep)
    priced = tuple(_priced(plan, cost) for plan, cost in zip(plans, costs, strict=True))
    return Admitted(
        backend,
        priced,
        _reason(backend, ready, everything, needed, run) + kind.note(plans[0]),
        None if ready.calibration is None else ready.calibration.digest,
        None if ready.age is None else ready.age.total_seconds() / 3600,
        _said(price),
    )


def _canary_of(plan: P) -> Counter[int]:
    return Counter({size: 1} if (size := kind_of(plan).canary(plan)) else {})


def _canary_left(plan: P, bought: OnRecord) -> Counter[int]:
    """Its job, unless it is stored or bought."""
    there = canary_stored(plan) or bought.has(plan.key, "canary")
    return Counter() if there else _canary_of(plan)


def _left_beside(
    plans: Sequence[TrainingPlan],
    backend: BackendSpec,
    run: RunSpec,
    bought: OnRecord,
    opened: QuantumBackend,
) -> CostOf:
    """What is left to buy of trainings costs at most, by the shots of a circuit.

    Raises:
        CircuitRefused: the device does not run their circuits.
    """
    sizes = kind_of(plans[0]).left(plans, (), run, bought)[0] if plans else []
    if not any(map(circuits_in, sizes)):
        return lambda shots: Charge()
    if run.canary:
        sizes[0] = sizes[0] + _canary_left(plans[0], bought)
    shots, largest = backend.shots, max(size for counter in sizes for size in counter)
    assert shots is not None
    examples = [kind_of(plan).example(plan) for plan in plans]
    for example in _of_each_structure(examples):
        refuse(opened.validate([example] * largest, shots))
    costs = [
        cost_at(counter, backend, partial(opened.estimate, example))
        for example, counter in zip(examples, sizes, strict=True)
    ]
    return lambda shots: total(cost(shots) for cost in costs)


def _of_each_structure(circuits: Sequence[Circuit]) -> list[Circuit]:
    """One of each: plans of a search differ in their circuits, those of a grid mostly do not."""
    return list({structure(circuit): circuit for circuit in circuits}.values())


def check_shared(settings: Settings, run: RunSpec) -> None:
    """Raise LedgerUnavailable where jobs are paid for elsewhere than where their ledger is.

    A ledger of one user on one machine cannot hold a cap that several machines spend from.
    """
    remote = run.task_runner.startswith("dask:")
    if settings.ledger_url != default_ledger_url() or not (remote or deployment.id):
        return
    where = f"run.task_runner={run.task_runner}" if remote else "a work pool"
    raise LedgerUnavailable(
        f"paid jobs from {where} on this user's own ledger {settings.ledger_url}: other machines "
        "cannot see it",
        "set QML_LEDGER_URL to one ledger for all of them, see docs/budget.md",
    )


def _priced(plan: P, cost: Charge) -> P:
    estimate = plan.estimate.model_copy(update={"usd": cost.usd, "qpu_seconds": cost.qpu_seconds})
    return cast(P, plan.model_copy(update={"estimate": estimate}))


def _reason(
    backend: BackendSpec, ready: Ready, sizes: Counter[int], needed: Charge, run: RunSpec
) -> str:
    age = "unknown" if ready.age is None else f"{ready.age.total_seconds() / 3600:.1f} h old"
    queue = "" if ready.status.queue is None else f", {ready.status.queue} jobs in its queue"
    return (
        f"{backend.name} serves{queue}, calibration {age} (limit {run.max_calibration_age_h:g} h); "
        f"{circuits_in(sizes):,} circuits of {backend.shots:,} shots in {sizes.total():,} jobs, at "
        f"most {needed.usd:,.2f} USD of project {run.project}"
    )


def _said(price: Price) -> str:
    return f"{price.source}, {price.as_of}"
