"""A benchmark: each model on each outer fold, what was screened, what is decided."""

from typing import Literal

from pydantic import Field

from qml_core.references.artifacts import ArtifactRef, DatasetRef, Interval, Task
from qml_core.references.runs import RunRef
from qml_core.specs import BackendSpec, Spec
from qml_core.specs.benchmark import BenchmarkSpec, MetricName
from qml_core.specs.contestant import ContestantSpec, Kind
from qml_core.specs.space import Value

Outcome = Literal["advantage", "no difference", "classical better", "inconclusive"]
"""The fixed set of verdicts."""


class Reason(Spec):
    """One thing that a screen has looked at."""

    check: str = Field(description="E.g. geometric difference")
    value: float | None = None
    limit: float | None = None
    against: bool = Field(description="Whether it speaks against paying for a QPU")
    said: str = Field(description="One sentence")


class ScreenRef(Spec):
    """Whether a quantum model can help on a data set at all, before anything is spent."""

    data: str
    model: str = Field(description="Label of the quantum model; empty: of the data set itself")
    rows: int = Field(0, ge=0, description="Rows looked at")
    excluded: bool = Field(False, description="It cannot help by design: only force runs it")
    worth: bool = Field(description="Whether there is no reason not to pay for it")
    reasons: tuple[Reason, ...] = ()
    instead: str = Field("", description="The classical model to use")


class BenchmarkData(Spec):
    """A data set of a benchmark: its outer folds, repeat by repeat."""

    name: str
    task: Task
    rows: int = Field(ge=2)
    folds: tuple[DatasetRef, ...] = Field(description="(repeats · folds,), each preprocessed alone")
    screen: ScreenRef = Field(description="Whether a quantum model can help on such data at all")


class BenchmarkPlan(Spec):
    """A benchmark before its first fit."""

    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    store: str
    benchmark: BenchmarkSpec
    task: Task
    data: tuple[BenchmarkData, ...]
    contestants: tuple[ContestantSpec, ...]
    backend: BackendSpec
    seed: int
    remeasure: int = 0


class FoldScore(ArtifactRef):
    """One model on one outer fold; `path` is its record, with the prediction of every row."""

    key: str
    data: str = Field(description="Name of the data set")
    model: str = Field(description="Label of the contestant")
    kind: Kind
    repeat: int = Field(ge=0)
    fold: int = Field(ge=0)
    share: float = Field(1.0, gt=0, le=1, description="Of the training rows that were used")
    n_train: int = Field(ge=1)
    n_test: int = Field(ge=1)
    status: Literal["done", "failed"] = "done"
    error: str = Field("", description="Why it failed")
    metrics: dict[MetricName, float] = Field({}, description="Of the held-out rows; none: failed")
    inner_score: float | None = Field(
        None, description="Mean of the inner folds, primary metric, of what was chosen"
    )
    configuration: dict[str, Value] = Field({}, description="What was chosen")
    configurations: int = Field(0, ge=0, description="How many were tried")
    backend: str = ""
    circuits: int = Field(0, ge=0)
    shots: int = Field(0, ge=0)
    qpu_seconds: float = Field(0.0, ge=0)
    usd: float = Field(0.0, ge=0)
    seconds: float = Field(0.0, ge=0, description="Tuning, fitting and predicting")
    reused: bool = Field(False, description="Whether an earlier run had evaluated it")


class PairedTest(Spec):
    """Quantum − classical on the same outer folds, positive where the quantum model is better.

    The corrected resampled t-test (Nadeau & Bengio 2003) and its Bayesian counterpart (Corani &
    Benavoli 2015), in units of the metric.
    """

    model: str
    against: str
    folds: int = Field(ge=0, description="Folds on which neither failed")
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = Field(None, description="Two-sided, of no difference; none: fewer than 2")
    effect: float | None = Field(None, description="Difference over its standard deviation")
    better: float | None = Field(None, description="Probability that it is better by the threshold")
    equivalent: float | None = Field(None, description="Probability that it is within ± threshold")
    wilcoxon: float | None = Field(
        None, description="p of signed ranks over the folds: anti-conservative, decides nothing"
    )


class Judgement(Spec):
    """The verdict on one quantum model on one data set."""

    model: str
    outcome: Outcome
    metric: MetricName
    p: float | None = Field(None, description="Largest over the tuned classical models")
    corrected: float | None = Field(None, description="After Holm over quantum models and metrics")
    hardest: str = Field("", description="The classical model with the largest p")
    reference: str = Field(
        "",
        description="Classical model with the best inner score; of classical better also another "
        "one, where that is better after correction over all pairs",
    )
    difference: Interval | None = Field(None, description="To `reference`, better is positive")
    equivalent: float | None = Field(None, description="Probability, to `reference`")
    samples: int | None = Field(
        None, description="Rows for 80 % power at the threshold; none: not inconclusive"
    )
    repeats: int | None = Field(
        None, description="Repeats for the same; none: no number of them suffices"
    )
    usd_per_point: float | None = Field(
        None, description="USD per point gained over `reference`; none: no gain is shown"
    )
    notes: tuple[str, ...] = ()


class ModelScore(Spec):
    """A contestant on one data set, all folds together; intervals resample the samples."""

    model: str
    kind: Kind
    metrics: dict[MetricName, Interval]
    inner_score: float | None
    configurations: int = Field(ge=0, description="Tried in every fold")
    folds: int = Field(ge=0, description="That did not fail")
    failed: int = Field(0, ge=0)
    seconds: float = Field(ge=0)
    circuits: int = 0
    shots: int = 0
    qpu_seconds: float = 0.0
    usd: float = 0.0


class DataVerdict(Spec):
    """Everything that is decided on one data set."""

    data: str
    rows: int
    metric: MetricName
    threshold: float
    alpha: float
    scores: tuple[ModelScore, ...]
    tests: tuple[PairedTest, ...] = Field(description="Primary metric, every pair that decides")
    controls: tuple[PairedTest, ...] = Field((), description="Quantum models and their controls")
    judgements: tuple[Judgement, ...]
    recommended: str = Field(description="The model with the best inner score")
    sentence: str


class AcrossTest(Spec):
    """A quantum model and a classical one over data sets, one mean difference each (n ≥ 6)."""

    model: str
    against: str
    data_sets: int
    difference: float = Field(description="Hodges-Lehmann, positive: the quantum model is better")
    low: float | None = None
    high: float | None = None
    p: float | None = Field(None, description="Wilcoxon's signed ranks; none: fewer than 6")
    corrected: float | None = Field(
        None, description="After Holm over quantum models, where the largest p of the model is"
    )
    effect: float | None = Field(
        None, description="Rank-biserial correlation, 1: better on every data set; none: all equal"
    )
    better: float | None = Field(None, description="Probability that it is better by the threshold")
    equivalent: float | None = Field(None, description="Probability that it is within ± threshold")


class AcrossData(Spec):
    """All data sets together."""

    data_sets: int
    friedman: float | None = Field(None, description="p that all models are alike")
    ranks: dict[str, float] = Field({}, description="Average, 1 is best")
    critical_difference: float | None = Field(None, description="Of average ranks (Nemenyi)")
    cliques: tuple[tuple[str, ...], ...] = Field(
        (), description="Models whose ranks do not differ by more"
    )
    tests: tuple[AcrossTest, ...] = ()
    notes: tuple[str, ...] = ()


class BenchmarkRef(RunRef):
    """A finished benchmark."""

    data: tuple[DataVerdict, ...]
    across: AcrossData | None = None
    screens: tuple[ScreenRef, ...] = ()
    table: ArtifactRef = Field(description="Every fold of every model, Parquet")
