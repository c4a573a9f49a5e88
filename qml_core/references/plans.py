"""What is going to be done: plans and their cost, grants, and receipts of what was done."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from qml_core.references.artifacts import ArtifactRef, DatasetRef, EntryType, Role
from qml_core.specs import BackendSpec, KernelSpec, Spec

BlockIndex = tuple[int, int]
"""Block row I and block column J, counted from 0."""


class Estimate(Spec):
    """What a plan will cost; a pure function of the plan."""

    circuits: int = Field(ge=0, description="Circuits simulated or submitted")
    shots: int = Field(ge=0)
    seconds: float = Field(ge=0, description="Wall time of the computation")
    qpu_seconds: float = Field(ge=0)
    usd: float = Field(ge=0)
    state_bytes: int = Field(ge=0, description="Memory of the state vectors of one block")
    stored_bytes: int = Field(ge=0, description="Matrix in the store, before compression")


class KernelPlan(Spec):
    """One kernel matrix as blocks that cover it exactly once, and shards of blocks as tasks."""

    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    data: DatasetRef
    kernel: KernelSpec
    backend: BackendSpec
    rows: Role
    columns: Role | Literal["self"] = Field(
        description="Rows that are the columns; self: one column, each row with itself"
    )
    landmarks: tuple[int, ...] = Field(
        (), description="Rows of the `columns` role that are the columns; empty: all of them"
    )
    shape: tuple[int, int]
    symmetric: bool
    n_qubits: int = Field(ge=1)
    parts: tuple[int, ...] = Field(
        description="Qubits of each state that is simulated for a row: one of all, or those of the "
        "parts of a circuit that no gate joins"
    )
    edge: int = Field(ge=1, description="Rows and columns of a full block")
    extends: str | None = Field(None, description="Key of the matrix whose blocks are referenced")
    prefixes: tuple[int, ...] = Field(
        (), description="Rows of the matrices that this one extends, the smallest first"
    )
    shards: tuple[tuple[BlockIndex, ...], ...] = Field(description="Blocks of each task")
    seed: int | None = Field(description="Only where shots or sampling use it")
    remeasure: int = 0
    noise: str | None = Field(
        None, description="Digest of the calibration record a noisy simulator follows"
    )
    column_diagonal: ArtifactRef | None = Field(
        None, description="Manifest of the matrix that holds the measured k(x, x) of the columns"
    )
    estimate: Estimate

    @property
    def measured(self) -> bool:
        """Whether entries come from shots, pair by pair, and not from state vectors."""
        return self.backend.measured

    @property
    def store(self) -> str:
        return self.data.store

    @property
    def head(self) -> "KernelPlan":
        """The plan without its shards: what a shard task needs, however large the matrix."""
        return self.model_copy(update={"shards": ()})

    @property
    def blocks(self) -> tuple[BlockIndex, ...]:
        return tuple(block for shard in self.shards for block in shard)


class CircuitPlan(Spec):
    """What the plans of a training, of predictions and of a QAOA have in common."""

    key: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of all that changes the numbers")
    backend: BackendSpec
    seed: int
    remeasure: int = 0
    noise: str | None = Field(
        None, description="Digest of the calibration record a noisy simulator follows"
    )
    n_qubits: int = Field(ge=1)
    estimate: Estimate

    @property
    def measured(self) -> bool:
        """Whether values come from shots."""
        return self.backend.measured


class Grant(Spec):
    """What the gates said: the backend that is really used, and why."""

    plan_key: str
    backend_asked: BackendSpec
    backend_used: BackendSpec
    reason: str
    estimate: Estimate
    calibration: str | None = Field(None, description="Digest of the calibration record, QPU only")
    calibration_age_h: float | None = Field(None, description="When granted, hours; QPU only")
    price: str | None = Field(None, description="What was charged with: source and date, QPU only")
    granted_at: datetime

    @property
    def fallback(self) -> str | None:
        """Which backend was used instead of the one asked for, and why; None: none was."""
        asked, used = self.backend_asked.name, self.backend_used.name
        if asked == used:
            return None
        refusals = self.reason.rpartition(f"; {used}")[0]
        return f"asked {asked}, ran on {used} because {refusals or 'an earlier run began it there'}"


class BlockReceipt(Spec):
    """One stored block: where, what it must hash to, and how it was made."""

    plan_key: str
    block: BlockIndex
    path: str
    sha256: str
    size: int = Field(ge=1, description="Bytes of the Parquet file")
    logical_digest: str = Field(
        description="Digest of dtype, shape and little-endian C-order bytes"
    )
    shape: tuple[int, int]
    dtype: EntryType = "float64"
    seconds: float = Field(ge=0, description="Wall time of computing it")
    calibration: str | None = Field(None, description="Digest of the calibration record used")
    job: str | None = Field(None, description="Provider's job ids, a blank between them, QPU only")
    shots: int | None = Field(None, ge=0, description="Spent on the block; none: exact")


class ShardResult(Spec):
    """What a shard task returns: its blocks, and how many were found in the store."""

    receipts: tuple[BlockReceipt, ...]
    computed: int = Field(ge=0)
    reused: int = Field(ge=0)
    seconds: float = Field(ge=0, description="Computing the blocks that were not found")
