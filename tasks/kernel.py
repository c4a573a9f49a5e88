"""Kernel matrices as tasks: plan, evaluate shards of blocks, commit."""

from collections.abc import Sequence

import torch
from prefect import task

from qml_core.circuits.encodings import open_encoding
from qml_core.events import StepDone, emit
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
from qml_core.specs import BackendSpec, KernelSpec, RunSpec
from qml_core.storage.bases import inherited_receipts
from qml_core.storage.blocks import find_block
from qml_core.storage.matrices import commit_matrix as commit_manifest
from qml_core.storage.probe import open_checked_store
from tasks.datasets import read_columns
from tasks.devices import noise_digest
from tasks.landmarks import choose
from tasks.measurement import measure_shard
from tasks.options import PURE, STORE
from tasks.processors import take_share_of_processors
from tasks.provenance import matrix_document
from tasks.shards import Shard, Workers


@task(name="plan-kernel", **PURE)
def plan_kernel(
    data: DatasetRef, kernel: KernelSpec, backend: BackendSpec, run: RunSpec
) -> KernelPlan:
    """The symmetric matrix of all rows, in the order of the data set, or theirs with landmarks."""
    (X,) = read_columns(data, "all", "x")
    open_encoding(kernel.encoding, data.features).check(X)  # refused before the first block
    landmarks = choose(data, kernel, backend, run, "all")
    return plan_one(data, kernel, backend, run, landmarks=landmarks, noise=noise_digest(backend))


@task(name="evaluate-shard", **STORE)
def evaluate_shard(
    blocks: Sequence[BlockIndex],
    plan: KernelPlan,
    grant: Grant,
    stored: Sequence[BlockIndex] = (),
    run: RunSpec = RunSpec(),
    ticket: str = "",
) -> ShardResult:
    """Each block: found in the store and verified, or computed and put there at once.

    Args:
        stored: blocks that were there before this run; others that are found were left by an
            earlier attempt of this very task, so this run computed them.
        run: the terms of paid jobs.
        ticket: of the run; where one of its shards fails, the others buy nothing more.
    """
    if plan.measured:
        return measure_shard(blocks, plan, grant, stored, run, ticket)
    take_share_of_processors()
    store = open_checked_store(plan.store)
    threads = torch.get_num_threads()
    count = max(1, min(threads, len(blocks)))
    found: dict[BlockIndex, BlockReceipt] = {}
    with Workers(Shard(plan, grant, count), store, threads) as workers:
        for block in blocks:
            receipt = find_block(store, plan.key, block)
            if receipt is None:
                workers.put(block)
            else:
                found[block] = receipt
                emit(StepDone(reused=True))
    reused = len(set(found) & set(stored))
    computed = workers.receipts
    found |= computed
    return ShardResult(
        receipts=tuple(found[block] for block in blocks),
        computed=len(blocks) - reused,
        reused=reused,
        seconds=sum(receipt.seconds for receipt in computed.values()) / count,
    )


@task(name="commit-matrices", **STORE)
def commit_matrices(
    plans: Sequence[KernelPlan], grants: Sequence[Grant], done: Sequence[Sequence[ShardResult]]
) -> tuple[MatrixRef, ...]:
    """Put each manifest, last, once its blocks cover the matrix exactly once."""
    return tuple(_commit(*each) for each in zip(plans, grants, done, strict=True))


def _commit(plan: KernelPlan, grant: Grant, results: Sequence[ShardResult]) -> MatrixRef:
    store = open_checked_store(plan.store)
    inherited = inherited_receipts(store, plan)
    receipts = [*inherited, *(r for result in results for r in result.receipts)]
    manifest = commit_manifest(store, plan, receipts, matrix_document(plan, grant))
    return MatrixRef(
        store=manifest.store,
        path=manifest.path,
        sha256=manifest.sha256,
        key=plan.key,
        shape=plan.shape,
        symmetric=plan.symmetric,
        extends=plan.extends,
        dtype=plan.backend.storage,
        blocks=len(receipts),
        computed=sum(result.computed for result in results),
        reused=len(inherited) + sum(result.reused for result in results),
        seconds=sum(result.seconds for result in results),
    )
