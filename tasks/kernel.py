"""Kernel matrices as tasks: plan, evaluate shards of blocks, commit."""

import time
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from prefect import task

from qml_core.events import StepDone, emit
from qml_core.kernels.blocks import block_slices
from qml_core.kernels.fidelity import Panels, evaluate_block, mirror, open_kernel
from qml_core.kernels.planning import plan_kernel as plan_one
from qml_core.references import (
    BlockIndex,
    BlockReceipt,
    DatasetRef,
    Grant,
    KernelPlan,
    MatrixRef,
    ShardResult,
)
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, KernelSpec, RunSpec
from qml_core.storage.blocks import find_block, put_block
from qml_core.storage.matrices import commit_matrix as commit_manifest
from qml_core.storage.probe import open_checked_store
from tasks.datasets import read_columns
from tasks.options import PURE, STORE
from tasks.processors import take_share_of_processors

Array = NDArray[np.float64]


@task(name="plan-kernel", **PURE)
def plan_kernel(
    data: DatasetRef, kernel: KernelSpec, backend: BackendSpec, run: RunSpec
) -> KernelPlan:
    """The symmetric matrix of all rows, in the order of the data set."""
    return plan_one(data, kernel, backend, run)


@task(name="evaluate-shard", **STORE)
def evaluate_shard(blocks: Sequence[BlockIndex], plan: KernelPlan, grant: Grant) -> ShardResult:
    """Each block: found in the store and verified, or computed and put there at once."""
    take_share_of_processors()
    store = open_checked_store(plan.store)
    shard = _Shard(plan, grant)
    receipts, reused, computing = [], 0, 0.0
    for block in blocks:
        found = find_block(store, plan.key, block)
        if found is None:
            values, seconds = shard.evaluate(block)
            found = put_block(store, plan.key, block, values, seconds)
            computing += seconds
            emit(StepDone())
        else:
            reused += 1
            emit(StepDone(reused=True))
        receipts.append(found)
    return ShardResult(
        receipts=tuple(receipts),
        computed=len(receipts) - reused,
        reused=reused,
        seconds=computing,
    )


class _Shard:
    """The data and the opened kernel of a shard, loaded at the first block that is missing."""

    def __init__(self, plan: KernelPlan, grant: Grant) -> None:
        self._plan, self._grant = plan, grant
        self._sides: tuple[Array, Array] | None = None

    def _open(self) -> tuple[Array, Array]:
        if self._sides is None:
            plan = self._plan
            (X,) = read_columns(plan.data, plan.rows, "x")
            Y = X if plan.symmetric else read_columns(plan.data, plan.columns, "x")[0]
            opened = open_kernel(plan.kernel, self._grant.backend_used, plan.data.features)
            opened.encoding.check(X)
            self._panels = Panels(opened, Settings.from_environment().panel_bytes)
            self._sides = (X, Y)
        return self._sides

    def evaluate(self, block: BlockIndex) -> tuple[Array, float]:
        X, Y = self._open()
        began = time.perf_counter()
        rows, columns = block_slices(block, self._plan.shape, self._plan.edge)
        values = evaluate_block(self._panels, X, Y, rows, columns)
        if self._plan.symmetric and block[0] == block[1]:
            values = mirror(values)
        return values, time.perf_counter() - began


@task(name="commit-matrices", **STORE)
def commit_matrices(
    plans: Sequence[KernelPlan], grants: Sequence[Grant], done: Sequence[Sequence[ShardResult]]
) -> tuple[MatrixRef, ...]:
    """Put each manifest, last, once its blocks cover the matrix exactly once."""
    return tuple(_commit(*each) for each in zip(plans, grants, done, strict=True))


def _commit(plan: KernelPlan, grant: Grant, results: Sequence[ShardResult]) -> MatrixRef:
    receipts: list[BlockReceipt] = [r for result in results for r in result.receipts]
    manifest = commit_manifest(
        open_checked_store(plan.store), plan, receipts, _provenance(plan, grant)
    )
    return MatrixRef(
        store=manifest.store,
        path=manifest.path,
        sha256=manifest.sha256,
        key=plan.key,
        shape=plan.shape,
        symmetric=plan.symmetric,
        blocks=len(receipts),
        computed=sum(result.computed for result in results),
        reused=sum(result.reused for result in results),
        seconds=sum(result.seconds for result in results),
    )


def _provenance(plan: KernelPlan, grant: Grant) -> Mapping[str, object]:
    """What every run of this plan shares."""
    return {
        "data": plan.data.model_dump(mode="json", exclude={"store"}),
        "kernel": plan.kernel.model_dump(mode="json"),
        "rows": plan.rows,
        "columns": plan.columns,
        "backend_asked": grant.backend_asked.model_dump(mode="json"),
        "backend_used": grant.backend_used.model_dump(mode="json"),
        "reason": grant.reason,
    }
