"""Inside a shard: blocks are computed and written side by side."""

import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.events import StepDone, emit
from qml_core.kernels.blocks import block_slices
from qml_core.kernels.opened import open_kernel
from qml_core.kernels.panels import Panels, evaluate_block, mirror
from qml_core.references import BlockIndex, BlockReceipt, Grant, KernelPlan
from qml_core.settings import Settings
from qml_core.storage.block_format import Entries
from qml_core.storage.blocks import put_block
from qml_core.storage.store import ArtifactStore
from tasks.datasets import read_sides

Array = NDArray[np.float64]


class Shard:
    """The data and the opened kernel of a shard, looked at when the first block is missing.

    Args:
        workers: threads that evaluate blocks side by side.
    """

    def __init__(self, plan: KernelPlan, grant: Grant, workers: int = 1) -> None:
        self._plan, self._grant, self.workers = plan, grant, workers
        self._sides: Sides | None = None

    @property
    def key(self) -> str:
        return self._plan.key

    def open(self) -> None:
        """Read the data in this thread, which keeps the states for its next shard of the plan."""
        self._sides = self._sides or _open(self._plan, self._grant, self.workers)

    def evaluate(self, block: BlockIndex) -> "Computed":
        """Entries of a block in the type they are stored with, and the seconds they took."""
        self.open()
        assert self._sides is not None
        X, Y, panels = self._sides
        began = time.perf_counter()
        plan = self._plan
        rows, columns = block_slices(block, plan.shape, plan.edge, plan.prefixes)
        values = evaluate_block(panels, X, Y, rows, columns)
        if self._plan.symmetric and block[0] == block[1]:
            values = mirror(values)
        entries = values.astype(plan.backend.storage, copy=False)
        return entries, time.perf_counter() - began


Sides = tuple[Array, Array, Panels]
_opened = threading.local()


def _open(plan: KernelPlan, grant: Grant, workers: int) -> Sides:
    """Rows, columns and state vectors of a plan.

    The last plan's stay with the thread, so that its next shard of the same plan computes no state
    vector again, until `release`.
    """
    key = (plan.store, plan.key, grant.backend_used, workers)
    if getattr(_opened, "key", None) != key:
        _opened.key = _opened.sides = None  # the old ones go before the new ones come
        _opened.sides = _read(plan, grant, workers)
        _opened.key = key
    sides: Sides = _opened.sides
    return sides


def release() -> None:
    """Give back the memory of the state vectors that this thread kept."""
    _opened.key = _opened.sides = None


def _read(plan: KernelPlan, grant: Grant, workers: int) -> Sides:
    X, Y = read_sides(plan)
    kernel = open_kernel(plan.kernel, grant.backend_used, plan.data.features)
    kernel.encoder.encoding.check(X)
    kernel.encoder.encoding.check(Y)
    return X, Y, Panels(kernel, Settings.from_environment().panel_bytes, workers)


Computed = tuple[Entries, float]


class Workers:
    """Blocks computed and put into the store side by side, each by one thread with its share.

    While a block is written its worker computes nothing and the others go on: a product shared by
    all threads would wait for the one beside the writer.

    Args:
        shard: says how many workers there are, whatever is left of it to compute: the same shard
            is computed alike, bit for bit, after a kill.
        threads: torch threads to share.
    """

    def __init__(self, shard: Shard, store: ArtifactStore, threads: int) -> None:
        self._shard, self._store, self._threads = shard, store, threads
        self._pool = ThreadPoolExecutor(max_workers=shard.workers)
        self._pending: deque[tuple[BlockIndex, Future[BlockReceipt]]] = deque()
        self.receipts: dict[BlockIndex, BlockReceipt] = {}

    def put(self, block: BlockIndex) -> None:
        """Hand a missing block over; waits while all workers have work and more is lined up."""
        self._shard.open()
        self._pending.append((block, self._pool.submit(self._work, block)))
        while len(self._pending) > 2 * self._shard.workers:
            self._finish_oldest()

    def _work(self, block: BlockIndex) -> BlockReceipt:
        values, seconds = self._shard.evaluate(block)
        return put_block(self._store, self._shard.key, block, values, seconds)

    def _finish_oldest(self) -> None:
        block, working = self._pending.popleft()
        self.receipts[block] = working.result()
        emit(StepDone())

    def __enter__(self) -> Self:
        torch.set_num_threads(max(1, self._threads // self._shard.workers))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            while self._pending and error is None:
                self._finish_oldest()
        finally:
            self._pool.shutdown(cancel_futures=True)
            torch.set_num_threads(self._threads)
