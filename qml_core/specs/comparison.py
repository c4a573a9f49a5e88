"""A comparison of searchers: the same spaces, trials and random designs for all of them."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from qml_core.errors import SpecError
from qml_core.specs.backend import BackendSpec
from qml_core.specs.base import Spec
from qml_core.specs.dataset import DatasetSpec, PreprocessingSpec
from qml_core.specs.qaoa import QAOASpec
from qml_core.specs.search import (
    ObjectiveSpec,
    SearcherName,
    SearchSpec,
    SurrogateSpec,
)
from qml_core.specs.search_checks import check_search
from qml_core.specs.space import DimensionSpec

BuiltIn = Literal["planted", "xgboost", "qsvm"]
MOST_TABULATED = 100_000
"""Configurations of a space that is evaluated as a whole."""

LEAST_SEEDS = 10
"""Below, no verdict is given."""


def _on_a_device(qaoa: Any) -> Any:
    """Tuned without gradients where nothing else is said: an evaluation is one circuit."""
    return {"evaluations": 10, "optimiser": "cobyla", **qaoa} if isinstance(qaoa, dict) else qaoa


ComparedQAOA = Annotated[QAOASpec, BeforeValidator(_on_a_device)]


class ComparisonSpec(Spec):
    """Searchers on spaces that are evaluated once, as a whole, and replayed for every seed."""

    spaces: tuple[BuiltIn, ...] = Field(
        ("planted", "xgboost", "qsvm"),
        description="Built in: a landscape with planted couplings, XGBoost on breast cancer, a "
        "quantum SVM on a generated data set",
    )
    search: SearchSpec | None = Field(
        None, description="A space of one's own beside them; its whole grid is evaluated"
    )
    searchers: tuple[SearcherName, ...] = Field(
        ("qaoa", "anneal", "random", "grid", "tpe", "gp"),
        min_length=2,
        max_length=7,
        description="Each with every seed; a verdict needs qaoa, anneal and random",
    )
    seeds: int = Field(10, ge=2, le=1000, description="Searches of each; a verdict needs 10")
    trials: int = Field(40, ge=2, le=10_000, description="Of each search")
    batch: int = Field(5, ge=1, le=1000, description="Trials of a round")
    initial: int | None = Field(
        None, ge=1, description="Random trials that all searchers of a seed share; none: as hpo"
    )
    surrogate: SurrogateSpec = SurrogateSpec()
    qaoa: ComparedQAOA = Field(
        QAOASpec(evaluations=10, optimiser="cobyla"),
        description="Of all spaces; cobyla, so that an evaluation is one circuit",
    )
    priced_as: BackendSpec | None = Field(
        None,
        description="Device whose price list and shots count for qaoa's own circuits, which are "
        "simulated whatever it is; none: `qaoa_backend` of one's own search, else no price",
    )
    tuning_graphs: int = Field(
        20,
        ge=0,
        le=1000,
        description="Random 3-regular graphs on which tuned angles meet fixed ones; 0: none",
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Of bands and intervals")

    @model_validator(mode="after")
    def _something_to_compare(self) -> Self:
        if not self.spaces and self.search is None:
            raise ValueError("spaces is empty and there is no search; name a space")
        for named in (self.spaces, self.searchers):
            if len(set(named)) < len(named):
                raise ValueError(f"{', '.join(named)} names one twice")
        if self.initial is not None and self.initial >= self.trials:
            raise ValueError(
                f"initial={self.initial} random trials of trials={self.trials} leave none to the "
                "searchers; give more trials"
            )
        if self.search is not None and self.search.size > MOST_TABULATED:
            raise ValueError(
                f"search.space has {self.search.size:,} configurations, all of them would be "
                f"evaluated; the limit is {MOST_TABULATED:,}"
            )
        if self.search is not None:
            for name in ("qaoa", "surrogate"):
                if getattr(self.search, name) != SearchSpec.model_fields[name].default:
                    raise ValueError(
                        f"search.{name} differs from its default; all spaces share one, write it "
                        f"as comparison.{name}"
                    )
        if self.priced_as is not None and not self.priced_as.measured:
            raise ValueError(
                f"priced_as={self.priced_as.name} is exact and runs no circuits; name a device"
            )
        return self

    def replayed(self, search: SearchSpec) -> SearchSpec:
        """The search of a space under the terms that all searchers share."""
        return search.model_copy(
            update={
                "trials": self.trials,
                "batch": self.batch,
                "initial": self.initial,
                "surrogate": self.surrogate,
                "qaoa": self.qaoa,
                "qaoa_backend": self.priced_as or search.qaoa_backend,
            }
        )


def check_comparison(comparison: ComparisonSpec, dataset: DatasetSpec | None) -> None:
    """Raise SpecError where one's own space and data set cannot go together."""
    if comparison.search is not None:
        if comparison.search.promote:
            raise SpecError(
                "comparison.search.promote asked, a comparison replays trials and promotes none",
                "leave promote out",
            )
        check_search(comparison.search, dataset)
    elif dataset is not None:
        raise SpecError(
            f"data set {dataset.name or dataset.path} asked without a space of one's own",
            "write comparison.search with its space into the file of --params, or leave DATA out",
        )


def built_in(name: BuiltIn) -> tuple[DatasetSpec | None, SearchSpec]:
    """Data set and space of a built-in comparison; the planted one is computed, not evaluated."""
    if name == "xgboost":
        return _xgboost()
    if name == "qsvm":
        return _qsvm()
    sizes = (4, 4, 3, 3, 2, 2, 2, 2)
    space = tuple(
        DimensionSpec(name=f"x{k + 1}", values=tuple(range(size))) for k, size in enumerate(sizes)
    )
    objective = ObjectiveSpec(function="qml_core.optimisation.comparison.planted:planted")
    return None, SearchSpec(space=space, objective=objective, searcher="random")


def _xgboost() -> tuple[DatasetSpec, SearchSpec]:
    space = (
        DimensionSpec(name="n_estimators", values=(20, 60, 180)),
        DimensionSpec(name="max_depth", values=(1, 2, 4, 8)),
        DimensionSpec(name="learning_rate", values=(0.03, 0.1, 0.3, 1.0)),
        DimensionSpec(name="min_child_weight", values=(1, 3, 9)),
        DimensionSpec(name="subsample", values=(0.6, 1.0)),
        DimensionSpec(name="colsample_bytree", values=(0.4, 1.0)),
    )
    whole = PreprocessingSpec(reduce="none")
    return (
        DatasetSpec(name="breast_cancer", preprocessing=whole),
        SearchSpec(
            space=space,
            objective=ObjectiveSpec(classical="xgboost", metric="log_loss"),
            searcher="random",
        ),
    )


def _qsvm() -> tuple[DatasetSpec, SearchSpec]:
    space = (
        DimensionSpec(name="encoding", values=("iqp", "zz", "pauli")),
        DimensionSpec(name="reps", kind="integer", low=1, high=3),
        DimensionSpec(name="bandwidth", kind="real", low=0.05, high=1.6, scale="log", points=6),
        DimensionSpec(name="C", kind="real", low=0.1, high=1000, scale="log", points=5),
    )
    return (
        DatasetSpec(name="hidden_manifold", parameters={"n_features": 6}),
        SearchSpec(space=space, searcher="random"),
    )
