"""Inside a shard of randomised measurements: rows found in the store or bought, blocks computed."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import copy_context
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qml_core.circuits.encodings import open_encoding
from qml_core.hardware.measurement import Ran
from qml_core.hardware.randomised import basis_circuits, count_table, crossover
from qml_core.hardware.row_blocks import Rows, bases_of, evaluate, join_rows
from qml_core.kernels.row_jobs import RowJob, Side, jobs_of, needed_jobs, sides
from qml_core.references import BlockIndex, BlockReceipt, Grant, KernelPlan, Role
from qml_core.specs import RunSpec
from qml_core.storage.blocks import put_block
from qml_core.storage.probe import open_checked_store
from qml_core.storage.row_measurements import (
    RowCounts,
    RowReceipt,
    find_rows,
    put_rows,
    stored_rows,
)
from qml_core.storage.store import ArtifactStore
from tasks.datasets import read_columns
from tasks.devices import SLOTS, device_slot, open_run
from tasks.turns import computing, waiting

Array = NDArray[np.float64]
Found = dict[RowJob, tuple[RowReceipt, RowCounts]]


def stored_rows_of(plan: KernelPlan) -> frozenset[RowJob]:
    """Jobs of a plan whose counts are stored; none where rows are not measured alone."""
    if plan.backend.estimator != "randomised":
        return frozenset()
    store = open_checked_store(plan.store)
    jobs = needed_jobs(plan, plan.blocks)
    names = {key: stored_rows(store, key) for key in {job.key for job in jobs}}
    return frozenset(job for job in jobs if job.name in names[job.key])


def rows_bought(plans: Sequence[KernelPlan]) -> tuple[frozenset[RowJob], ...]:
    """Jobs of the plans before each, and last those of all: what is not bought again for it."""
    found = [frozenset[RowJob]()]
    for plan in plans:
        own = needed_jobs(plan, plan.blocks) if plan.backend.estimator == "randomised" else ()
        found.append(found[-1] | frozenset(own))
    return tuple(found)


def crossing(plan: KernelPlan) -> str:
    """What the reason of a grant says of randomised measurements: where they pay."""
    used = plan.backend
    if used.estimator != "randomised" or used.shots is None:
        return ""
    return f"; {crossover(plan.n_qubits, plan.shape[0], used.shots, used.bases)}"


class MeasuringRows:
    """The data, the encoding and the bases of a plan; the rows of its last block."""

    def __init__(self, plan: KernelPlan, grant: Grant, run: RunSpec) -> None:
        self._plan, self._used, self._run = plan, grant.backend_used, run
        self._encoding = open_encoding(plan.kernel.encoding, plan.data.features)
        self._bases = bases_of(plan.seed or 0, plan.n_qubits, plan.backend.bases)
        self._X: dict[Role, Array] = {}
        self._found: Found = {}

    def put(self, store: ArtifactStore, block: BlockIndex) -> BlockReceipt:
        """Compute a block from the counts of its rows and columns, and store it.

        What its rows cost stands with the block that holds their diagonal entries or, where none
        does, their first column.
        """
        began = time.perf_counter()
        down, across = sides(self._plan, block)
        needed = [self._jobs(side) for side in (down, across)]
        self._fetch(store, [job for jobs in needed for job in jobs])
        same = (down.rows[:, None] == across.rows) & (down.key == across.key)
        spent = self._spent(block, same)
        rows, columns = (self._rows(*each) for each in zip((down, across), needed, strict=True))
        values, measurement = evaluate(rows, columns, same, spent)
        receipts = [self._found[job][0] for job in needed[0]] if spent.any() else []
        calibrations = [r.calibration for r in receipts if r.calibration]
        return put_block(
            store,
            self._plan.key,
            block,
            values,
            time.perf_counter() - began,
            measurement=measurement,
            calibration=calibrations[-1] if calibrations else None,
            job=" ".join(r.job for r in receipts if r.job) or None,
        )

    def _spent(self, block: BlockIndex, same: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Shots of each row, counted once in all blocks of a matrix."""
        spent = np.zeros(same.shape, np.int64)
        of_a_row = self._plan.backend.bases * self._shots
        if self._plan.symmetric:
            spent[same] = of_a_row
        elif block[1] == 0:
            spent[:, 0] = of_a_row
        return spent

    def _jobs(self, side: Side) -> tuple[RowJob, ...]:
        return jobs_of(side, self._plan.data.count(side.role), self._plan.backend)

    def _rows(self, side: Side, jobs: Sequence[RowJob]) -> Rows:
        spans = sorted({job.rows for job in jobs})
        joined = join_rows([[self._found[j][1] for j in jobs if j.rows == s] for s in spans])
        held = np.concatenate([np.arange(*span) for span in spans])
        return joined.only(np.searchsorted(held, side.rows))

    def _fetch(self, store: ArtifactStore, jobs: Sequence[RowJob]) -> None:
        """The counts of jobs, those that are not stored bought side by side."""
        kept = {job: self._found[job] for job in jobs if job in self._found}
        missing = []
        for job in dict.fromkeys(jobs):
            if job not in kept:
                stored = find_rows(store, job)
                if stored is None:
                    missing.append(job)
                else:
                    kept[job] = stored
        for job in missing:
            self._features(job.role)  # read once, before the threads ask for them
        self._found = kept | self._buy(store, missing)

    def _buy(self, store: ArtifactStore, jobs: Sequence[RowJob]) -> Found:
        if self._used.kind != "qpu":
            return {job: self._measure(store, job) for job in jobs}
        pool = ThreadPoolExecutor(max_workers=SLOTS)
        with waiting():  # its threads take turns
            try:
                asked = {
                    job: pool.submit(copy_context().run, self._measure, store, job) for job in jobs
                }
                return {job: future.result() for job, future in asked.items()}
            finally:
                pool.shutdown(cancel_futures=True)

    @computing()
    def _measure(self, store: ArtifactStore, job: RowJob) -> tuple[RowReceipt, RowCounts]:
        """One job in a slot of its device, stored at once."""
        rows, bases = self._features(job.role)[slice(*job.rows)], self._bases[slice(*job.bases)]
        circuits = basis_circuits(self._encoding, rows, bases)
        plan = self._plan.model_copy(update={"key": job.key})
        with device_slot(self._used.name) if self._used.kind == "qpu" else nullcontext():
            ran = open_run(plan, self._used, self._run)(job.name, circuits, self._shots)
        n = self._plan.n_qubits
        shape = len(rows), len(bases)
        found = RowCounts(count_table(ran.counts, n).reshape(*shape, 2**n), _readout(ran, shape, n))
        digest = None if ran.calibration is None else ran.calibration.digest
        return put_rows(store, job, found, ran.job, digest)

    def _features(self, role: Role) -> Array:
        if role not in self._X:
            (self._X[role],) = read_columns(self._plan.data, role, "x")
        return self._X[role]

    @cached_property
    def _shots(self) -> int:
        assert self._used.shots is not None
        return self._used.shots


def _readout(ran: Ran, shape: tuple[int, int], n_qubits: int) -> Array | None:
    """(rows, bases, n, 2) readout errors of the wires of each circuit; None: not known."""
    known = [ran.readout(k, n_qubits) for k in range(len(ran.counts))]
    if any(of is None for of in known):
        return None
    errors = np.array([[(q.p01, q.p10) for q in of or ()] for of in known])
    return errors.reshape(*shape, n_qubits, 2)
