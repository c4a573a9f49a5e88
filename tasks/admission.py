"""Whether a backend may run plans now: simulators by memory, devices by every gate."""

import time
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial

from prefect.runtime import deployment

from qml_core.budget.asking import circuits_in, cost_at
from qml_core.budget.gate import check_memory, reason, simulated_qubits
from qml_core.budget.memory import check_machine, fits
from qml_core.budget.prices import Price, find_price, read_prices
from qml_core.budget.projection import check_budget, job_sizes
from qml_core.circuits.encodings import open_encoding
from qml_core.errors import LedgerUnavailable
from qml_core.hardware.canary import DIAGONALS, PAIRS
from qml_core.hardware.orders import longest
from qml_core.hardware.pairs import pair_circuit
from qml_core.hardware.protocol import Circuit
from qml_core.hardware.randomised import basis_circuits
from qml_core.hardware.readiness import Ready, wait_until_ready
from qml_core.hardware.row_blocks import bases_of
from qml_core.hardware.validation import refuse
from qml_core.kernels.planning import diagonal_plan
from qml_core.kernels.row_jobs import RowJob
from qml_core.references import Charge, KernelPlan
from qml_core.references.charges import total
from qml_core.settings import Settings, default_ledger_url
from qml_core.specs import BackendSpec, RunSpec
from qml_core.storage.blocks import stored_blocks
from qml_core.storage.probe import open_checked_store
from tasks.canary import canary_stored
from tasks.datasets import read_columns
from tasks.devices import device, now, own_ledger
from tasks.landmarks import measured_offer
from tasks.on_record import OnRecord, on_record
from tasks.randomised import crossing, rows_bought, stored_rows_of


@dataclass(frozen=True)
class Admitted:
    """A backend that may run the plans, and why."""

    backend: BackendSpec
    plans: tuple[KernelPlan, ...]
    reason: str
    calibration: str | None = None
    age_h: float | None = None
    price: str | None = None


def admit(
    plans: tuple[KernelPlan, ...],
    backend: BackendSpec,
    run: RunSpec,
    later: Sequence[Sequence[KernelPlan]],
    *,
    canary: bool = True,
) -> Admitted:
    """Raises Refused or BackendError where the backend may not run the plans now."""
    memory_bytes = Settings.from_environment().memory_bytes
    if backend.kind == "qpu":
        _check_machines(plans, memory_bytes)
        return _admit_device(plans, backend, run, later, canary=canary and run.canary)
    for plan in plans:
        check_memory(simulated_qubits(plan), backend, memory_bytes)
    _check_machines(plans, memory_bytes)
    if backend.shots is not None:
        refuse(device(backend, run.seed).validate([_example(plans[0])], backend.shots))
    return Admitted(backend, plans, reason(backend, plans[0].estimate) + crossing(plans[0]))


def _check_machines(plans: Sequence[KernelPlan], memory_bytes: int) -> None:
    """Raise Refused where a matrix is too large to train a machine on."""
    too_large = [plan for plan in plans if not fits(plan, memory_bytes)]
    if too_large:
        widest = max(too_large, key=lambda plan: plan.kernel.encoding.bandwidth)
        check_machine(widest, memory_bytes, measured_offer(widest, memory_bytes))


def _admit_device(
    plans: tuple[KernelPlan, ...],
    backend: BackendSpec,
    run: RunSpec,
    later: Sequence[Sequence[KernelPlan]],
    *,
    canary: bool,
) -> Admitted:
    """Price, ledger, circuits, budget, then status and calibration; nothing is reserved."""
    sizes, after = _left(plans, later, run, OnRecord(backend.name))
    if not any(map(circuits_in, (*sizes, *after))):
        return Admitted(backend, plans, f"{backend.name}: everything is in the store")
    price, ledger = find_price(backend.name, read_prices()), own_ledger()
    budget, bought = ledger.budget(run.project, now()), on_record(ledger, backend.name)
    sizes, after = _left(plans, later, run, bought)
    if not any(map(circuits_in, (*sizes, *after))):
        return Admitted(backend, plans, f"{backend.name}: everything is bought, to be collected")
    opened = device(backend, run.seed)
    circuit = _example(plans[0])
    largest = max(size for counter in (*sizes, *after) for size in counter)
    shots = backend.shots
    assert shots is not None
    refuse(opened.validate([circuit] * largest, shots))
    if canary and not (canary_stored(plans[0]) or bought.has(plans[0].key, "canary")):
        sizes[0] = sizes[0] + Counter({DIAGONALS + PAIRS: 1})
    estimate = partial(opened.estimate, circuit)
    costs = [cost_at(counter, backend, estimate)(shots) for counter in sizes]
    rest = [cost_at(counter, backend, estimate)(shots) for counter in after]
    needed = total([*costs, *rest])
    everything = sum((*sizes, *after), Counter[int]())
    check_budget(
        needed,
        budget,
        backend,
        lambda fewer: cost_at(_anew(plans, later, run), backend, estimate)(fewer),
    )
    if needed != Charge():
        check_shared(Settings.from_environment(), run)
    ready = wait_until_ready(opened, run, now, time.sleep)
    priced = tuple(_priced(plan, cost) for plan, cost in zip(plans, costs, strict=True))
    return Admitted(
        backend,
        priced,
        _reason(backend, ready, everything, needed, run) + crossing(plans[0]),
        None if ready.calibration is None else ready.calibration.digest,
        None if ready.age is None else ready.age.total_seconds() / 3600,
        _said(price),
    )


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


def _left(
    plans: Sequence[KernelPlan],
    later: Sequence[Sequence[KernelPlan]],
    run: RunSpec,
    bought: OnRecord,
) -> tuple[list[Counter[int]], list[Counter[int]]]:
    """Jobs of each plan that are still to be bought, and of each group the fewest."""
    rows = rows_bought(plans)
    sizes = [_missing(plan, run, own, bought) for plan, own in zip(plans, rows, strict=False)]
    groups = ((_missing(plan, run, rows[-1], bought) for plan in group) for group in later)
    return sizes, [min(group, key=circuits_in) for group in groups]


def _anew(
    plans: Sequence[KernelPlan], later: Sequence[Sequence[KernelPlan]], run: RunSpec
) -> Counter[int]:
    """Jobs of all plans as if nothing were stored: of other shots nothing is."""
    jobs = Counter({DIAGONALS + PAIRS: 1} if run.canary else {})
    for plan in (*plans, *(group[0] for group in later)):
        for each in (plan, diagonal_plan(plan, run)):
            jobs += Counter() if each is None else job_sizes(each)
    return jobs


def _missing(
    plan: KernelPlan, run: RunSpec, planned: AbstractSet[RowJob], bought: OnRecord
) -> Counter[int]:
    """Jobs of a plan and its diagonal that are neither in the store nor bought.

    Args:
        planned: rows that are measured for another matrix of this run.
    """
    jobs: Counter[int] = Counter()
    for each in (plan, diagonal_plan(plan, run)):
        if each is not None:
            store = open_checked_store(each.store)
            blocks = stored_blocks(store, each.key) | bought.blocks(each)
            rows = stored_rows_of(each) | bought.rows(each) | planned
            jobs += job_sizes(each, blocks, rows)
    return jobs


def _example(plan: KernelPlan) -> Circuit:
    """The longest of a few circuits of the plan; mostly they are all alike."""
    (X,) = read_columns(plan.data, plan.rows, "x")
    encoding = open_encoding(plan.kernel.encoding, plan.data.features)
    if plan.backend.estimator == "randomised":
        bases = bases_of(plan.seed or 0, plan.n_qubits, plan.backend.bases)
        return longest(basis_circuits(encoding, X[:8], bases[:1]))
    return longest([pair_circuit(encoding, X[i], X[-1 - i]) for i in range(min(8, len(X)))])


def _priced(plan: KernelPlan, cost: Charge) -> KernelPlan:
    estimate = plan.estimate.model_copy(update={"usd": cost.usd, "qpu_seconds": cost.qpu_seconds})
    return plan.model_copy(update={"estimate": estimate})


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
