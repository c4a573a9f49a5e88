"""What travels between tasks: references, plans and grants. Arrays stay in the store."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from qml_core.specs import BackendSpec, KernelSpec, PreprocessingSpec, Spec

Role = Literal["all", "train", "test"]
"""Which rows of a data set make a side of a kernel matrix."""

Task = Literal["classification", "regression"]

EntryType = Literal["float64", "float32"]
"""Type of the entries of a stored matrix."""

BlockIndex = tuple[int, int]
"""Block row I and block column J, counted from 0."""


class ArtifactRef(Spec):
    """One object in a store, with what it must hash to."""

    store: str = Field(description="URL of the store: file:///… or s3://…")
    path: str = Field(description="Path in the store, with forward slashes")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the object's bytes")

    @property
    def uri(self) -> str:
        return f"{self.store}/{self.path}"


class DatasetRef(ArtifactRef):
    """The preprocessed data of one split: X (rows, features), raw X, y and the rows' roles."""

    name: str = Field(description="Name or file name of the data set")
    digest: str = Field(description="Digest of X and the roles: what a kernel matrix depends on")
    task: Task
    rows: int = Field(ge=2)
    features: int = Field(ge=1, description="After preprocessing")
    raw_columns: tuple[str, ...] = Field(description="Feature columns before preprocessing")
    target: str
    classes: tuple[str, ...] = Field(description="Class names by label; empty in regression")
    n_train: int = Field(ge=1)
    n_test: int = Field(ge=1)
    split_seed: int
    preprocessing: ArtifactRef = Field(description="The fitted preprocessing, JSON")
    preprocessing_asked: PreprocessingSpec | None = Field(
        None, description="What the fit was asked for; none: stored before this was kept"
    )

    def count(self, role: Role) -> int:
        return {"all": self.rows, "train": self.n_train, "test": self.n_test}[role]


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
    columns: Role
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
    estimate: Estimate

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


class Grant(Spec):
    """What the gates said: the backend that is really used, and why."""

    plan_key: str
    backend_asked: BackendSpec
    backend_used: BackendSpec
    reason: str
    estimate: Estimate
    calibration: str | None = Field(None, description="Digest of the calibration record, QPU only")
    granted_at: datetime


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
    calibration: str | None = None
    job: str | None = Field(None, description="Provider's job id, QPU only")


class ShardResult(Spec):
    """What a shard task returns: its blocks, and how many were found in the store."""

    receipts: tuple[BlockReceipt, ...]
    computed: int = Field(ge=0)
    reused: int = Field(ge=0)
    seconds: float = Field(ge=0, description="Computing the blocks that were not found")


class MatrixRef(ArtifactRef):
    """A committed kernel matrix; `path` is its manifest."""

    key: str
    shape: tuple[int, int]
    symmetric: bool
    dtype: EntryType = "float64"
    extends: str | None = Field(None, description="Key of the matrix whose blocks it references")
    blocks: int = Field(ge=1)
    computed: int = Field(ge=0, description="Blocks this run computed")
    reused: int = Field(ge=0, description="Blocks this run found in the store, or references")
    seconds: float = Field(ge=0, description="Computing the blocks this run computed")


class ModelRef(ArtifactRef):
    """A fitted model; `path` is its JSON document, which names its arrays."""

    name: str
    split_seed: int


class KernelTraining(Spec):
    """How a kernel came to its bandwidth and weights: the centred target alignment it raised."""

    bandwidth: float = Field(description="Where it started")
    steps: int = Field(ge=1)
    rows: int = Field(ge=2, description="Training rows the alignments are measured on")
    before: float = Field(description="Centred target alignment of the kernel it started from")
    after: float = Field(description="Of the kernel that was kept")
    seconds: float = Field(ge=0, description="0 where it was found in the store")


class CandidateKernel(Spec):
    """A kernel that inner cross-validation may choose on one split, trained there or as asked."""

    kernel: KernelSpec
    training: KernelTraining | None = Field(None, description="None: not trained")


class Choice(Spec):
    """The configuration chosen for one split by inner cross-validation on its training rows."""

    split_seed: int
    kernel: KernelSpec
    landmarks: tuple[int, ...] = Field((), description="Training rows; empty: the exact kernel")
    C: float
    inner_score: float
    candidates: tuple[CandidateKernel, ...] = Field(description="Kernels it was chosen from")
    candidate_scores: tuple[float, ...] = Field(description="Best inner score of each kernel")
    folds: int
    seconds: float = Field(ge=0)

    @property
    def position(self) -> int:
        """Of the kernel among the candidates."""
        return [candidate.kernel for candidate in self.candidates].index(self.kernel)


class Interval(Spec):
    """A measured value with its 95 % confidence interval, where one can be given."""

    value: float
    low: float | None = None
    high: float | None = None


class SplitOutcome(Spec):
    """What one split gave: the model, the baseline beside it, and both on the held-out rows."""

    data: DatasetRef
    choice: Choice
    model: ModelRef
    predictions: ArtifactRef = Field(description="y_true, y_pred and y_baseline of the test rows")
    metrics: dict[str, Interval]
    baseline_metrics: dict[str, Interval]
    baseline_parameters: dict[str, float]
    baseline_inner_score: float
    repair: str = Field(description="What the PSD repair did to K(train, train)")
    seconds: float = Field(ge=0)


class RunRef(ArtifactRef):
    """A finished run; `path` is its record."""

    run_id: str
    report: ArtifactRef
    matrices: tuple[MatrixRef, ...]
    models: tuple[ModelRef, ...] = ()
    verdict: str
    score: Interval | None = Field(None, description="Mean held-out accuracy or R²")
    command: str = Field(description="Repeats the run")

    @property
    def computed(self) -> int:
        return sum(matrix.computed for matrix in self.matrices)

    @property
    def reused(self) -> int:
        return sum(matrix.reused for matrix in self.matrices)
