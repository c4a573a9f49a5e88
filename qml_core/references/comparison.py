"""Searchers compared on the same spaces: tabulated landscapes, replayed searches, the outcome."""

from pydantic import Field

from qml_core.references.artifacts import ArtifactRef, DatasetRef, Interval
from qml_core.references.runs import RunRef
from qml_core.specs import DimensionSpec, SearchSpec, Spec


class LandscapeRef(ArtifactRef):
    """Values of every configuration of a space, (size,) in C order, NaN where one failed."""

    name: str
    value_name: str = Field(description="What a configuration is worth, e.g. accuracy of qsvc")
    maximised: bool
    search: SearchSpec = Field(description="Its space, and the terms of the searches on it")
    data: DatasetRef | None = None
    seconds: float = Field(0.0, ge=0, description="Of evaluating it, whenever that was")
    reused: int = Field(0, ge=0, description="Configurations that an earlier run had evaluated")

    @property
    def space(self) -> tuple[DimensionSpec, ...]:
        return self.search.space


class ReplayRef(ArtifactRef):
    """One search on a landscape: codes and losses of its trials, Parquet."""

    landscape: str
    searcher: str
    seed: int
    evaluations: int = Field(0, ge=0, description="Of the QAOA objective, by the searcher")
    circuits: int = Field(0, ge=0, description="Run by the searcher itself")
    seconds: float = Field(0.0, ge=0, description="Of the searcher itself")


class ComparedRef(Spec):
    """What the comparison on one space says."""

    name: str
    size: int
    optimum: float
    areas: dict[str, Interval] = Field(description="By searcher; smaller is better")
    ranks: dict[str, float]
    friedman: float | None = Field(description="p that all are alike; none: fewer than three")
    corrected: dict[str, float] = Field(description="p after Holm, by declared contrast")
    verdict: str


class ComparisonRef(RunRef):
    """A finished comparison."""

    spaces: tuple[ComparedRef, ...]
    replays: ArtifactRef = Field(description="Every trial of every search, Parquet")
