"""Kernel matrices at the gates: blocks and rows that are still to be bought, their circuits."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from qml_core.budget.asking import circuits_in
from qml_core.budget.gate import check_memory, simulated_qubits
from qml_core.budget.memory import check_machine, fits
from qml_core.budget.projection import job_sizes
from qml_core.circuits.encodings import open_encoding
from qml_core.hardware.canary import DIAGONALS, PAIRS
from qml_core.hardware.orders import longest
from qml_core.hardware.pairs import pair_circuit
from qml_core.hardware.protocol import Circuit
from qml_core.hardware.randomised import basis_circuits
from qml_core.hardware.row_blocks import bases_of
from qml_core.kernels.planning import diagonal_plan, replanned
from qml_core.kernels.row_jobs import RowJob
from qml_core.references import BlockIndex, KernelPlan
from qml_core.specs import BackendSpec, RunSpec
from qml_core.storage.blocks import stored_blocks
from qml_core.storage.probe import open_checked_store
from tasks.datasets import read_columns
from tasks.landmarks import measured_offer
from tasks.on_record import OnRecord
from tasks.purchases import Later, Purchase
from tasks.randomised import crossing, rows_bought, stored_rows_of


def _check_memory(plans: Sequence[KernelPlan], backend: BackendSpec, memory_bytes: int) -> None:
    """Of the states that are simulated here, and of the machines trained on the matrices."""
    if backend.kind != "qpu":
        for plan in plans:
            check_memory(simulated_qubits(plan), backend, memory_bytes)
    too_large = [plan for plan in plans if not fits(plan, memory_bytes)]
    if too_large:
        widest = max(too_large, key=lambda plan: plan.kernel.encoding.bandwidth)
        check_machine(widest, memory_bytes, measured_offer(widest, memory_bytes))


def _left(
    plans: Sequence[KernelPlan], later: Later[KernelPlan], run: RunSpec, bought: OnRecord
) -> tuple[list[Counter[int]], list[Counter[int]]]:
    rows = rows_bought(plans)
    sizes = [_missing(plan, run, own, bought) for plan, own in zip(plans, rows, strict=False)]
    groups = ((_missing(plan, run, rows[-1], bought) for plan in group) for group in later)
    return sizes, [min(group, key=circuits_in) for group in groups]


def _stored(plan: KernelPlan) -> set[BlockIndex]:
    return set(stored_blocks(open_checked_store(plan.store), plan.key))


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


def _anew(plans: Sequence[KernelPlan], later: Later[KernelPlan], run: RunSpec) -> Counter[int]:
    jobs: Counter[int] = Counter()
    for plan in (*plans, *(group[0] for group in later)):
        for each in (plan, diagonal_plan(plan, run)):
            jobs += Counter() if each is None else job_sizes(each)
    return jobs


def _example(plan: KernelPlan) -> Circuit:
    (X,) = read_columns(plan.data, plan.rows, "x")
    encoding = open_encoding(plan.kernel.encoding, plan.data.features)
    if plan.backend.estimator == "randomised":
        bases = bases_of(plan.seed or 0, plan.n_qubits, plan.backend.bases)
        return longest(basis_circuits(encoding, X[:8], bases[:1]))
    return longest([pair_circuit(encoding, X[i], X[-1 - i]) for i in range(min(8, len(X)))])


KERNELS = Purchase[KernelPlan](
    folder="matrices",
    canary=lambda plan: DIAGONALS + PAIRS,
    replanned=replanned,
    movable=lambda plan: plan.extends is None,
    complete=lambda plan: set(plan.blocks) <= _stored(plan),
    begun=lambda plan: bool(_stored(plan)),
    bought=lambda plan, jobs: bool(jobs.blocks(plan) or jobs.rows(plan)),
    check_memory=_check_memory,
    left=_left,
    anew=_anew,
    example=_example,
    runs_on=lambda backend: backend,
    note=crossing,
)
