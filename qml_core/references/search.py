"""A hyper-parameter search: its plan, its trials, what was promoted and what was best."""

from typing import Literal

from pydantic import Field

from qml_core.references.artifacts import ArtifactRef, DatasetRef, Interval
from qml_core.references.optimisation import Solution
from qml_core.references.runs import RunRef
from qml_core.specs import BackendSpec, SearchSpec, Spec
from qml_core.specs.space import Value


class SearchPlan(Spec):
    """A search before its first trial."""

    key: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of all that changes the proposals")
    store: str
    data: DatasetRef | None = Field(None, description="None: the objective is a function")
    search: SearchSpec
    backend: BackendSpec
    seed: int
    remeasure: int = 0
    encoding: str = Field("", description="How variables become qubits; empty: no surrogate")
    n_qubits: int = Field(0, ge=0, description="Of the surrogate's circuit; 0: none")


class Proposal(Spec):
    """Configurations of a round, as level numbers (trials, dimensions)."""

    round: int = Field(ge=0)
    codes: tuple[tuple[int, ...], ...]
    source: tuple[str, ...] = Field(description="Of each: design, searcher, or random filling")
    infeasible: int = Field(0, ge=0, description="Samples that were no configuration, discarded")
    samples: int = Field(0, ge=0, description="Of the quantum or the annealed surrogate")
    evaluations: int = Field(0, ge=0, description="Of the QAOA objective")
    circuits: int = Field(0, ge=0, description="Of the searcher, measured")
    usd: float = Field(0.0, ge=0, description="Of the searcher's circuits")
    seconds: float = Field(0.0, ge=0)
    surrogate: ArtifactRef | None = Field(
        None, description="Constant, fields and couplings of the last draw, Parquet"
    )
    solutions: tuple[Solution, ...] = ()
    notes: tuple[str, ...] = ()


class Trial(ArtifactRef):
    """One evaluated configuration; `path` is its record, one row of Parquet."""

    key: str
    number: int = Field(ge=0, description="In its search and its promotions, counted from 1")
    round: int = Field(ge=0)
    rung: int = Field(0, ge=0, description="0: of the search; then of its promotions")
    codes: tuple[int, ...]
    configuration: dict[str, Value]
    status: Literal["done", "failed"]
    value: float | None = Field(None, description="Mean of the folds; none: failed")
    scores: tuple[float, ...] = Field((), description="Of each fold")
    error: str = Field("", description="Why it failed")
    source: str = ""
    backend: str = ""
    circuits: int = Field(0, ge=0)
    shots: int = Field(0, ge=0)
    usd: float = Field(0.0, ge=0)
    seconds: float = Field(0.0, ge=0)
    reused: bool = Field(False, description="Whether an earlier run had evaluated it")


class Rung(Spec):
    """A step of successive halving: what it cost, and what it gained."""

    backend: str
    shots: int | None
    trials: int = Field(ge=0)
    usd: float = Field(ge=0)
    circuits: int = Field(ge=0)
    seconds: float = Field(ge=0)
    best: float | None = None
    correlation: float | None = Field(
        None, description="Kendall's τ of its values with those of the rung below"
    )
    changed: bool = Field(False, description="Whether another configuration is best than below")
    note: str = ""


class SearchRef(RunRef):
    """A finished search."""

    best: Trial | None = Field(None, description="Of the last rung; none: every trial failed")
    trials: tuple[Trial, ...] = ()
    rungs: tuple[Rung, ...] = ()
    held_out: Interval | None = Field(
        None, description="Of the best configuration on rows that no trial has seen"
    )
    table: ArtifactRef = Field(description="All trials, Parquet")
    importance: dict[str, float] = Field({}, description="Share of the variance, by name")
