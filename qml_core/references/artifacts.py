"""References to what lies in the store: data, matrices, models, runs."""

from typing import Literal

from pydantic import Field

from qml_core.specs import PreprocessingSpec, Spec

Role = Literal["all", "train", "test"]
"""Which rows of a data set make a side of a kernel matrix."""

Task = Literal["classification", "regression"]

EntryType = Literal["float64", "float32"]
"""Type of the entries of a stored matrix."""


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


class MatrixRef(ArtifactRef):
    """A committed kernel matrix; `path` is its manifest."""

    key: str
    shape: tuple[int, int]
    symmetric: bool
    dtype: EntryType = "float64"
    extends: str | None = Field(None, description="Key of the matrix whose blocks it references")
    raw: ArtifactRef | None = Field(
        None, description="Manifest of the uncorrected values, where errors were corrected"
    )
    diagonal: ArtifactRef | None = Field(
        None, description="Manifest of the matrix that holds the measured k(x, x) of its rows"
    )
    blocks: int = Field(ge=1)
    computed: int = Field(ge=0, description="Blocks this run computed")
    reused: int = Field(ge=0, description="Blocks this run found in the store, or references")
    seconds: float = Field(ge=0, description="Computing the blocks this run computed")


class ModelRef(ArtifactRef):
    """A fitted model; `path` is its JSON document, which names its arrays."""

    name: str
    split_seed: int


class Interval(Spec):
    """A measured value with its 95 % confidence interval, where one can be given."""

    value: float
    low: float | None = None
    high: float | None = None
