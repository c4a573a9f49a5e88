"""Inside a shard: blocks are computed one after another while the one before is written."""

import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np
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
from tasks.datasets import read_columns

Array = NDArray[np.float64]


class Shard:
    """The data and the opened kernel of a shard, looked at when the first block is missing."""

    def __init__(self, plan: KernelPlan, grant: Grant) -> None:
        self._plan, self._grant = plan, grant
        self.seconds = 0.0

    def evaluate(self, block: BlockIndex) -> "Computed":
        """Entries of a block in the type they are stored with, and the seconds they took."""
        X, Y, panels = _open(self._plan, self._grant)
        began = time.perf_counter()
        plan = self._plan
        rows, columns = block_slices(block, plan.shape, plan.edge, plan.prefixes)
        values = evaluate_block(panels, X, Y, rows, columns)
        if self._plan.symmetric and block[0] == block[1]:
            values = mirror(values)
        entries = values.astype(plan.backend.storage, copy=False)
        seconds = time.perf_counter() - began
        self.seconds += seconds
        return entries, seconds


Sides = tuple[Array, Array, Panels]
_opened = threading.local()


def _open(plan: KernelPlan, grant: Grant) -> Sides:
    """Rows, columns and state vectors of a plan.

    The last plan's stay with the thread, so that its next shard of the same plan computes no state
    vector again, until `release`.
    """
    key = (plan.store, plan.key, grant.backend_used)
    if getattr(_opened, "key", None) != key:
        _opened.key = _opened.sides = None  # the old ones go before the new ones come
        _opened.sides = _read(plan, grant)
        _opened.key = key
    sides: Sides = _opened.sides
    return sides


def release() -> None:
    """Give back the memory of the state vectors that this thread kept."""
    _opened.key = _opened.sides = None


def _read(plan: KernelPlan, grant: Grant) -> Sides:
    (X,) = read_columns(plan.data, plan.rows, "x")
    Y = X if plan.symmetric else read_columns(plan.data, plan.columns, "x")[0]
    if plan.landmarks:
        Y = Y[list(plan.landmarks)]
    kernel = open_kernel(plan.kernel, grant.backend_used, plan.data.features)
    kernel.encoder.encoding.check(X)
    kernel.encoder.encoding.check(Y)
    return X, Y, Panels(kernel, Settings.from_environment().panel_bytes)


Computed = tuple[Entries, float]


class BlockWriter:
    """Puts blocks into the store from one thread of its own, at most PENDING at a time."""

    PENDING = 2

    def __init__(self, store: ArtifactStore, plan_key: str) -> None:
        self._store, self._plan_key = store, plan_key
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._pending: deque[tuple[BlockIndex, Future[BlockReceipt]]] = deque()
        self.receipts: dict[BlockIndex, BlockReceipt] = {}

    def put(self, block: BlockIndex, computed: Computed) -> None:
        """Hand a block over; waits where the store is slower than the computation."""
        values, seconds = computed
        writing = self._thread.submit(
            put_block, self._store, self._plan_key, block, values, seconds
        )
        self._pending.append((block, writing))
        while len(self._pending) > self.PENDING:
            self._finish_oldest()

    def _finish_oldest(self) -> None:
        block, writing = self._pending.popleft()
        self.receipts[block] = writing.result()
        emit(StepDone())

    def __enter__(self) -> Self:
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
            self._thread.shutdown()
