"""Rows measured in random bases, as jobs: what a block of a matrix needs, and what it holds. Pure.

Rows are measured once for all matrices of a role: under the key of its symmetric matrix.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.kernels.blocks import block_slices
from qml_core.kernels.estimates import rows_and_bases
from qml_core.kernels.planning import plan_key
from qml_core.references import BlockIndex, KernelPlan, Role
from qml_core.specs import BackendSpec, RunSpec

Indices = NDArray[np.int64]
Span = tuple[int, int]
"""From the first up to the last, which is not included."""


@dataclass(frozen=True, order=True)
class RowJob:
    """Some rows in some of their bases: one job."""

    key: str
    """Of the symmetric matrix of the role."""
    role: Role
    rows: Span
    bases: Span

    @property
    def circuits(self) -> int:
        return (self.rows[1] - self.rows[0]) * (self.bases[1] - self.bases[0])

    @property
    def name(self) -> str:
        """What ledger and store know it by, below its key."""
        (start, stop), (first, last) = self.rows, self.bases
        return f"rows-{start}-{stop}-bases-{first}-{last}"


@dataclass(frozen=True)
class Side:
    """Rows or columns of a block, as rows of a role."""

    key: str
    role: Role
    rows: Indices


def rows_key(plan: KernelPlan, role: Role) -> str:
    """Key that the rows of a role are measured under, for this matrix and all others of them."""
    every = plan.kernel.model_copy(update={"landmarks": None})
    run = RunSpec(seed=plan.seed or 0, remeasure=plan.remeasure)
    return plan_key(
        plan.data, every, plan.n_qubits, plan.backend, role, role, run, noise=plan.noise
    )


def sides(plan: KernelPlan, block: BlockIndex) -> tuple[Side, Side]:
    """The rows and the columns of a block."""
    assert plan.columns != "self"
    down, across = block_slices(block, plan.shape, plan.edge, plan.prefixes)
    columns = np.arange(across.start, across.stop)
    if plan.landmarks:
        columns = np.asarray(plan.landmarks, dtype=np.int64)[columns]
    return (
        Side(rows_key(plan, plan.rows), plan.rows, np.arange(down.start, down.stop)),
        Side(rows_key(plan, plan.columns), plan.columns, columns),
    )


def jobs_of(side: Side, count: int, backend: BackendSpec) -> tuple[RowJob, ...]:
    """The jobs that hold the rows of a side, in order.

    Args:
        count: rows of the role.
    """
    height, width = rows_and_bases(backend)
    return tuple(
        RowJob(side.key, side.role, (first, min(first + height, count)), bases)
        for first in sorted({int(row) // height * height for row in side.rows})
        for bases in _spans(backend.bases, width)
    )


def needed_jobs(plan: KernelPlan, blocks: Iterable[BlockIndex]) -> tuple[RowJob, ...]:
    """The jobs that blocks are made of, each once, in order."""
    found = {
        job
        for rows in _rows_of(plan, blocks)
        for job in jobs_of(rows, plan.data.count(rows.role), plan.backend)
    }
    return tuple(sorted(found))


def _rows_of(plan: KernelPlan, blocks: Iterable[BlockIndex]) -> Iterator[Side]:
    """Each row or column of blocks once."""
    asked = set(blocks)
    seen: set[tuple[bool, int]] = set()
    for block in sorted(asked):
        for is_column, side in enumerate(sides(plan, block)):
            if (place := (bool(is_column), block[is_column])) not in seen:
                seen.add(place)
                yield side


def _spans(length: int, most: int) -> Iterator[Span]:
    for first in range(0, length, most):
        yield first, min(first + most, length)
