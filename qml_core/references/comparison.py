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
    seconds: float = Field(0.0, ge=0, description="Of evaluating what no earlier run had")
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
    readouts: int = Field(0, ge=0, description="Of tuned circuits, by the searcher")
    seconds: float = Field(0.0, ge=0, description="Of the searcher itself, when it was made")
    reused: bool = Field(False, description="Whether an earlier run had made it")


class SearcherCost(Spec):
    """What a searcher itself takes, mean per search; the trials cost all searchers the same."""

    seconds: float = Field(description="Wall time, its circuits simulated")
    evaluations: float = Field(description="Of the QAOA objective")
    circuits: float = Field(description="That a device would run for it")
    shots: float = Field(description="Of these circuits, all together")
    usd: float | None = Field(None, description="For them; none: not priced")


class ComparedRef(Spec):
    """What the comparison on one space says."""

    name: str
    size: int = Field(description="Configurations that do not fail")
    optimum: float
    areas: dict[str, Interval] = Field(description="By searcher; smaller is better")
    ranks: dict[str, float]
    friedman: float | None = Field(description="p that all are alike; none: fewer than three")
    finals: dict[str, Interval] = Field(description="Best value at the end, by searcher")
    costs: dict[str, SearcherCost]
    corrected: dict[str, float] = Field(description="p after Holm, by declared contrast")
    verdict: str


class ComparisonRef(RunRef):
    """A finished comparison."""

    spaces: tuple[ComparedRef, ...]
    tuning: str = Field("", description="Of QAOA's own angles, tuned against fixed ones")
    replays: ArtifactRef = Field(description="Every trial of every search, Parquet")
