"""A benchmark: which models meet on which data, how they are tuned, and what decides."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from qml_core.specs.base import Spec
from qml_core.specs.contestant import CLASSICAL_OF, ContestantSpec, ControlName, contestants_of
from qml_core.specs.dataset import DatasetSpec
from qml_core.specs.model import ModelSpec
from qml_core.specs.search import ClassicalName

MetricName = Literal[
    "accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "log_loss", "r2", "rmse", "mae"
]
METRICS_OF: dict[str, tuple[MetricName, ...]] = {
    "classification": ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "log_loss"),
    "regression": ("r2", "rmse", "mae"),
}
_THRESHOLDS: dict[str, float] = {"r2": 0.02, "log_loss": 0.02}
_THRESHOLD = 0.01

Share = Annotated[float, Field(gt=0, lt=1)]


class BenchmarkSpec(Spec):
    """Quantum models, classical models and controls on the same folds, and what decides."""

    datasets: tuple[DatasetSpec, ...] = Field(
        min_length=1, max_length=64, description="All of one task; six or more are tested together"
    )
    models: tuple[ModelSpec, ...] = Field(
        (),
        max_length=16,
        description="Quantum models; none: an SVM on a fidelity and one on a projected kernel, in "
        "regression a support vector regression",
    )
    classical: tuple[ClassicalName, ...] = Field(
        (), max_length=16, description="Classical models; none: all that there are for the task"
    )
    controls: tuple[ControlName, ...] = Field(
        ("no_entanglers", "rbf_pca", "fourier"),
        description="They tell where an effect comes from, and decide nothing. no_entanglers: each "
        "quantum kernel without them; rbf_pca: an RBF-SVM on the features that the circuit sees; "
        "fourier: random Fourier features of the circuit's spectrum",
    )
    folds: int = Field(5, ge=2, le=20, description="Outer folds of a repeat, the same for all")
    repeats: int = Field(
        5, ge=1, le=100, description="Of these folds, each with other ones and seeds"
    )
    configurations: int = Field(
        12, ge=1, le=1000, description="Hyper-parameter configurations that every model is given"
    )
    inner_folds: int = Field(
        3, ge=2, le=20, description="Of the training rows, to choose a configuration"
    )
    metric: Literal[
        "auto",
        "accuracy",
        "balanced_accuracy",
        "f1_macro",
        "roc_auc",
        "log_loss",
        "r2",
        "rmse",
        "mae",
    ] = Field("auto", description="The one that decides; auto: accuracy of classes, R² of values")
    also: tuple[MetricName, ...] = Field(
        (), description="Metrics that are tested beside it; all of them are corrected together"
    )
    threshold: float | None = Field(
        None,
        gt=0,
        le=1e9,
        description="Least difference that matters, in units of the metric; none: 0.01, of R² and "
        "log-loss 0.02; rmse and mae have none of their own",
    )
    alpha: float = Field(
        0.05, gt=0, le=0.5, description="Level of the tests: most false advantages, as a share"
    )
    equivalence: float = Field(
        0.95,
        gt=0.5,
        lt=1,
        description="Least probability of practical equivalence of the verdict 'no difference'",
    )
    learning_curve: tuple[Share, ...] = Field(
        (0.25, 0.5),
        max_length=8,
        description="Shares of the training rows that all models are fitted on again, on the "
        "folds of the first repeat; empty: none",
    )
    force: bool = Field(False, description="Run also where the screen says that it cannot help")

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for field in ("classical", "controls", "also", "learning_curve"):
            named = getattr(self, field)
            if len(set(named)) < len(named):
                raise ValueError(f"{field}={list(named)} names one twice")
        if self.metric in self.also:
            raise ValueError(f"also={list(self.also)} names metric={self.metric} again")
        if self.classical == ("dummy",):
            raise ValueError("classical=['dummy'] leaves no model that decides; name another")
        for k, model in enumerate(self.models):
            if model in self.models[:k]:
                raise ValueError(
                    f"models has the same {model.name} on {model.encoding.name} twice; leave one "
                    "out, or give it other fields"
                )
        for k, dataset in enumerate(self.datasets):
            if dataset in self.datasets[:k]:
                raise ValueError(f"datasets names {dataset.name or dataset.path} twice")
        return self

    @model_validator(mode="after")
    def _one_kind_of_metric(self) -> Self:
        asked = ({self.metric} - {"auto"}) | set(self.also)
        for names in METRICS_OF.values():
            if asked <= set(names):
                break
        else:
            raise ValueError(
                f"metrics {', '.join(sorted(asked))} are not of one task; classes have "
                f"{', '.join(METRICS_OF['classification'])}, values "
                f"{', '.join(METRICS_OF['regression'])}"
            )
        if self.metric in ("rmse", "mae") and self.threshold is None:
            raise ValueError(
                f"metric={self.metric} is in units of the target: give threshold=<least difference "
                "that matters>, or use metric=r2"
            )
        return self

    @property
    def splits(self) -> int:
        """Outer folds of all repeats."""
        return self.folds * self.repeats

    def primary(self, task: str) -> MetricName:
        """The metric that decides."""
        if self.metric != "auto":
            return self.metric
        return METRICS_OF[task][0]

    def margin(self, task: str) -> float:
        """Least difference of the primary metric that matters, in its units."""
        if self.threshold is not None:
            return self.threshold
        return _THRESHOLDS.get(self.primary(task), _THRESHOLD)

    def contestants(self, task: str, *, measured: bool = False) -> tuple[ContestantSpec, ...]:
        """Every model that takes part: quantum, classical, controls; labels are unique.

        Args:
            measured: with shots, which give fidelities but no reduced states.
        """
        models = self.models or default_models(task, measured=measured)
        classical = self.classical or CLASSICAL_OF[task]
        return contestants_of(models, classical, self.controls)


def default_models(task: str, *, measured: bool = False) -> tuple[ModelSpec, ...]:
    """The quantum models of a benchmark that names none."""
    if task == "regression":
        return (ModelSpec(name="qsvr"),)
    if measured:
        return (ModelSpec(),)
    projected = {"encoding": {"name": "iqp"}, "kind": "projected"}
    return (ModelSpec(), ModelSpec.model_validate({"kernel": projected}))
