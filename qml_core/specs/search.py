"""A hyper-parameter search: what is searched, for what, how, and how long."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from qml_core.specs.backend import BackendSpec
from qml_core.specs.base import Spec
from qml_core.specs.model import ModelSpec
from qml_core.specs.qaoa import QAOASpec
from qml_core.specs.space import DimensionSpec, SpaceSpec, space_size

SearcherName = Literal["qaoa", "anneal", "random", "grid", "tpe", "gp", "exhaustive"]
SURROGATE_SEARCHERS = ("qaoa", "anneal")
"""Searchers that fit a surrogate and minimise a draw of it."""

ClassicalName = Literal[
    "xgboost",
    "rbf_svm",
    "poly_svm",
    "random_forest",
    "logistic",
    "ridge",
    "mlp",
    "knn",
    "gaussian_process",
    "dummy",
]

LOWER_IS_BETTER = ("log_loss", "rmse", "mae")
"""Metrics of an objective that are minimised."""


class ObjectiveSpec(Spec):
    """What a trial evaluates: a model by cross-validation, or a function."""

    model: ModelSpec = Field(
        ModelSpec(), description="Whose fields the space names; the others stay"
    )
    classical: ClassicalName | None = Field(
        None, description="A classical model instead, whose scikit-learn parameters the space names"
    )
    function: str | None = Field(
        None,
        pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$",
        max_length=256,
        description="package.module:name, called with the configuration as a mapping; returns a "
        "number. It is imported, and so runs, where the search does: name no code you do not trust",
    )
    direction: Literal["maximise", "minimise"] | None = Field(
        None, description="function: which values are better; none: minimise"
    )
    metric: Literal[
        "auto", "accuracy", "balanced_accuracy", "f1_macro", "log_loss", "r2", "rmse", "mae"
    ] = Field("auto", description="auto: accuracy of classes, R² of values")
    folds: int = Field(5, ge=2, le=20, description="Folds of the cross-validation")

    @property
    def maximised(self) -> bool:
        """Whether larger values are better."""
        if self.function is not None:
            return self.direction == "maximise"
        return self.metric not in LOWER_IS_BETTER

    @property
    def runs_circuits(self) -> bool:
        """Whether a model of this project is evaluated."""
        return self.function is None and self.classical is None

    @property
    def evaluated(self) -> str:
        """Name of the function or of the model."""
        return self.function or self.classical or self.model.name

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.classical is not None and self.function is not None:
            raise ValueError(
                f"classical={self.classical} beside function={self.function}: give one of them"
            )
        if self.function is not None and self.metric != "auto":
            raise ValueError(
                f"metric={self.metric} beside function={self.function}, which returns its own value"
            )
        if self.direction is not None and self.function is None:
            raise ValueError(f"direction={self.direction} is for function, a metric has its own")
        if self.model != ModelSpec() and (self.classical or self.function):
            raise ValueError("objective.model beside classical or function: give one of them")
        return self


class SurrogateSpec(Spec):
    """The model of the objective that qaoa and anneal minimise."""

    kind: Literal["sparse_bayes", "factorisation_machine"] = Field(
        "sparse_bayes",
        description="sparse_bayes: linear and pairwise terms under a horseshoe prior (BOCS, "
        "Baptista & Poloczek 2018); factorisation_machine (FMQA, Kitai et al. 2020)",
    )
    draws: int | None = Field(
        None, ge=1, le=1000, description="Thompson draws of a round; none: one per trial"
    )
    sweeps: int = Field(200, ge=10, le=100_000, description="sparse_bayes: Gibbs sweeps of a round")
    rank: int = Field(4, ge=1, le=64, description="factorisation_machine: length of the factors")
    encoding: Literal["auto", "one_hot", "binary", "blocks"] = Field(
        "auto",
        description="Variables as qubits. one_hot: XY mixers keep configurations valid; binary: "
        "⌈log2 levels⌉ qubits each, penalties for what is none; blocks: one-hot, some variables at "
        "a time; auto: the first of one_hot, binary, blocks that fits",
    )
    max_qubits: int | None = Field(
        None, ge=1, le=4096, description="None: 20 simulated, or what the backend has"
    )


class PromotionSpec(Spec):
    """A rung of successive halving: the best configurations again, with more shots or dearer."""

    backend: BackendSpec
    keep: float = Field(0.3, gt=0, le=1, description="Share of the rung below that is promoted")


def _of_a_round(qaoa: Any) -> Any:
    """Ten evaluations also where other settings are given."""
    return {"evaluations": 10, **qaoa} if isinstance(qaoa, dict) else qaoa


RoundQAOA = Annotated[QAOASpec, BeforeValidator(_of_a_round)]


class SearchSpec(Spec):
    """Trials in rounds: a random design, then what the searcher proposes."""

    space: SpaceSpec = Field(
        description="Hyper-parameters by name: a list of values, or kind, low, high, points, scale"
    )
    objective: ObjectiveSpec = ObjectiveSpec()
    searcher: SearcherName = Field(
        "qaoa",
        description="qaoa: a surrogate minimised by QAOA; anneal: the same by simulated annealing; "
        "tpe, gp: by optuna",
    )
    trials: int = Field(40, ge=1, le=100_000, description="Configurations evaluated at most")
    batch: int = Field(5, ge=1, le=1000, description="Trials of a round, side by side")
    initial: int | None = Field(
        None,
        ge=0,
        description="Random configurations before the searcher is asked; none: one per "
        "hyper-parameter, at least `batch`; grid, random and exhaustive need none",
    )
    surrogate: SurrogateSpec = SurrogateSpec()
    qaoa: RoundQAOA = Field(
        QAOASpec(evaluations=10), description="Evaluations are those of a round, all draws together"
    )
    qaoa_backend: BackendSpec = Field(
        BackendSpec(), description="Where the searcher's own circuits run"
    )
    promote: tuple[PromotionSpec, ...] = Field(
        (), max_length=8, description="Rungs after the search, each on the best of the one before"
    )
    max_usd: float | None = Field(
        None, ge=0, le=1e9, description="The most that the search may spend; none: the budget's"
    )

    @property
    def size(self) -> int:
        """Configurations of the space."""
        return space_size(self.space)

    @property
    def budget(self) -> int:
        """Trials that there can be."""
        return min(self.trials, self.size)

    @property
    def design(self) -> int:
        """Random configurations before the searcher is asked."""
        if self.searcher in ("random", "grid", "exhaustive") and self.initial is None:
            return 0
        return self.common_design

    @property
    def common_design(self) -> int:
        """The same, of a searcher that needs them: all begin with it where they are compared."""
        asked = max(self.batch, len(self.space)) if self.initial is None else self.initial
        return min(asked, self.budget)

    @property
    def rounds(self) -> int:
        """Rounds until the trials are used up: of the random design, then of the searcher."""
        after = self.budget - self.design
        return math.ceil(self.design / self.batch) + math.ceil(after / self.batch)

    @model_validator(mode="after")
    def _space_to_search(self) -> Self:
        names = [dimension.name for dimension in self.space]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"space names {', '.join(twice)} twice")
        if not names:
            raise ValueError("space is empty; name at least one hyper-parameter and its levels")
        if self.size == 1:
            raise ValueError(
                f"space has one configuration ({', '.join(names)}): there is nothing to search"
            )
        if self.searcher == "exhaustive" and self.trials < self.size:
            raise ValueError(
                f"searcher=exhaustive evaluates all {_count(self.size)} configurations, found "
                f"trials={self.trials}; raise trials, or use another searcher"
            )
        return self


def _count(size: int) -> str:
    """A number that people can read, however large."""
    return f"{size:,}" if size < 10**15 else f"10^{len(str(size)) - 1}"


def levels_of(space: tuple[DimensionSpec, ...]) -> tuple[int, ...]:
    """Levels of each hyper-parameter."""
    return tuple(len(dimension.levels) for dimension in space)
