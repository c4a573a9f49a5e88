"""Inside a shard whose entries come from shots: each block found, or measured and put."""

import time
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray

from qml_core.circuits.encodings import OpenEncoding, open_encoding
from qml_core.errors import QMLError
from qml_core.events import StepDone, emit
from qml_core.hardware.measurement import (
    MeasuredBlock,
    Ran,
    assemble,
    block_circuits,
    shares,
)
from qml_core.hardware.orders import longest
from qml_core.hardware.pairs import zero_counts
from qml_core.hardware.protocol import Circuit
from qml_core.hardware.running import Run
from qml_core.hardware.shots import top_up
from qml_core.references import BlockIndex, BlockReceipt, Grant, KernelPlan, ShardResult
from qml_core.specs import RunSpec
from qml_core.storage.blocks import find_block, put_block
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.datasets import read_sides
from tasks.devices import device_slot, open_run
from tasks.randomised import MeasuringRows
from tasks.stopping import check, stop
from tasks.turns import computing

Array = NDArray[np.float64]


@computing()
def measure_shard(
    blocks: Sequence[BlockIndex],
    plan: KernelPlan,
    grant: Grant,
    stored: Sequence[BlockIndex],
    run: RunSpec,
    ticket: str = "",
) -> ShardResult:
    """Each block: found in the store and verified, or measured and put there at once.

    Args:
        ticket: of the run; where one of its shards fails, no other buys another block.
    """
    store = open_checked_store(plan.store)
    found: dict[BlockIndex, BlockReceipt] = {}
    sound: set[BlockIndex] = set()
    seconds = 0.0
    shard: Measuring | MeasuringRows | None = None
    kind = MeasuringRows if plan.backend.estimator == "randomised" else Measuring
    for block in blocks:
        receipt = find_block(store, plan.key, block)
        if receipt is not None:
            sound.add(block)
        else:
            check(ticket)
            began = time.perf_counter()
            try:
                shard = shard or kind(plan, grant, run)
                receipt = shard.put(store, block)
            except QMLError as error:
                if not error.retryable:
                    stop(ticket)
                raise
            seconds += time.perf_counter() - began
        found[block] = receipt
        emit(StepDone(reused=block in sound))
    reused = len(sound & set(stored))
    return ShardResult(
        receipts=tuple(found[block] for block in blocks),
        computed=len(blocks) - reused,
        reused=reused,
        seconds=seconds,
    )


class Measuring:
    """The data, the encoding and the device of a plan; a block of pairs is a job."""

    def __init__(self, plan: KernelPlan, grant: Grant, run: RunSpec) -> None:
        self._plan, self._used = plan, grant.backend_used
        self._X, self._Y = read_sides(plan)
        self._encoding: OpenEncoding = open_encoding(plan.kernel.encoding, plan.data.features)
        self._run: Run = open_run(plan, grant.backend_used, run)

    def put(self, store: ArtifactStore, block: BlockIndex) -> BlockReceipt:
        """Measure a block in a slot of its device, and store it."""
        began = time.perf_counter()
        paid = self._used.kind == "qpu"
        with device_slot(self._used.name) if paid else nullcontext():
            measured = self._measure(block)
        return put_block(
            store,
            self._plan.key,
            block,
            measured.values.astype(self._plan.backend.storage, copy=False),
            time.perf_counter() - began,
            measurement=measured.measurement,
            calibration=measured.calibration,
            job=measured.jobs,
        )

    def _measure(self, block: BlockIndex) -> MeasuredBlock:
        circuits = block_circuits(self._plan, block, self._encoding, self._X, self._Y)
        name = f"block {block[0]}-{block[1]}"
        every: Sequence[int] = range(len(circuits))
        shots, used = self._used.shots, self._used
        assert shots is not None
        if used.allocation == "fixed":
            runs = [(self._run(name, circuits, shots), every)]
        else:
            runs = self._in_two_stages(name, circuits)
        found = shares(runs, len(circuits), self._plan.n_qubits)
        return assemble(self._plan, block, found, tuple(ran for ran, _ in runs))

    def _in_two_stages(
        self, name: str, circuits: Sequence[Circuit]
    ) -> list[tuple[Ran, Sequence[int]]]:
        """A pilot of all circuits, then the shots that each still needs, fixed from the pilot.

        The most that the second stage can cost is reserved before the first is submitted.
        """
        used = self._used
        assert used.shots is not None
        rest = f"{name} top-up"
        self._run.reserve(rest, circuits, used.shots - used.pilot_shots)
        try:
            pilot = self._run(f"{name} pilot", circuits, used.pilot_shots)
        except QMLError as error:
            if not error.retryable:
                self._run.give_back(rest)
            raise
        zeros = [zero_counts(counts, self._plan.n_qubits)[0] for counts in pilot.counts]
        further = top_up(zeros, used.pilot_shots, used.target_error, used.shots)
        levels = {
            shots: [k for k, s in enumerate(further) if s == shots]
            for shots in sorted({int(s) for s in further if s})
        }
        parts = {f"{rest} {shots}": (len(chosen), shots) for shots, chosen in levels.items()}
        self._run.split(rest, longest(circuits), parts)
        runs: list[tuple[Ran, Sequence[int]]] = [(pilot, range(len(circuits)))]
        for shots, chosen in levels.items():
            found = self._run(f"{rest} {shots}", [circuits[k] for k in chosen], shots)
            runs.append((found, chosen))
        return runs
