"""What can be said of a benchmark beside its backend, before any data are read."""

from collections.abc import Sequence

from qml_core.errors import SpecError
from qml_core.specs.backend import BackendSpec
from qml_core.specs.benchmark import METRICS_OF, BenchmarkSpec
from qml_core.specs.checks import check_task
from qml_core.specs.contestant import CLASSICAL_OF
from qml_core.specs.dataset import DatasetSpec, SplitSpec
from qml_core.specs.model import ModelSpec
from qml_core.specs.model_checks import check_model

SHARES = ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc")
"""Metrics between 0 and 1."""


def check_benchmark(benchmark: BenchmarkSpec, backend: BackendSpec) -> None:
    """Raise SpecError where models, data sets and backend cannot go together."""
    for dataset in benchmark.datasets:
        _check_split(dataset)
        _check_preprocessing(dataset)
    for model in benchmark.models:
        _check_tunable(model)
        for dataset in benchmark.datasets:
            check_model(dataset, model, backend)


def check_tasks(benchmark: BenchmarkSpec, tasks: Sequence[tuple[str, str]]) -> str:
    """The task of all data sets; raises SpecError where they, a model or a metric differ.

    Args:
        tasks: name and task of each data set.
    """
    name, task = tasks[0]
    for other, of in tasks:
        if of != task:
            raise SpecError(
                f"{name} is for {task}, {other} for {of}: one benchmark is of one task",
                "run two benchmarks",
            )
    for model in benchmark.models:
        check_task(model, task, name, write="benchmark.models[].name")
    unknown = [known for known in benchmark.classical if known not in CLASSICAL_OF[task]]
    unknown = [known for known in unknown if (known, task) != ("ridge", "classification")]
    if unknown:
        raise SpecError(
            f"classical model {', '.join(unknown)} asked for {task} of {name}",
            f"use {', '.join(CLASSICAL_OF[task])}",
        )
    _check_metrics(benchmark, name, task)
    return task


def _check_metrics(benchmark: BenchmarkSpec, name: str, task: str) -> None:
    asked = [("metric", benchmark.metric), *(("also", metric) for metric in benchmark.also)]
    for field, metric in asked:
        if metric != "auto" and metric not in METRICS_OF[task]:
            raise SpecError(
                f"benchmark.{field}={metric}, {name} is for {task}",
                f"use {', '.join(METRICS_OF[task])}",
            )
    primary, margin = benchmark.primary(task), benchmark.margin(task)
    if primary in benchmark.also:
        raise SpecError(
            f"benchmark.also names {primary}, which decides on {name} already", "leave it out"
        )
    if primary in SHARES and margin >= 1:
        raise SpecError(
            f"benchmark.threshold={margin:g} of {primary}, which lies between 0 and 1: no "
            "difference is above it",
            "give less than 1, e.g. 0.01",
        )


def _check_split(dataset: DatasetSpec) -> None:
    if dataset.split != SplitSpec():
        raise SpecError(
            f"dataset.split of {dataset.name or dataset.path} asked of a benchmark, whose folds "
            "are the same for all models",
            "set benchmark.folds and benchmark.repeats, and leave dataset.split out",
        )


def _check_preprocessing(dataset: DatasetSpec) -> None:
    if dataset.preprocessing.reduce == "select":
        raise SpecError(
            f"preprocessing.reduce=select of {dataset.name or dataset.path} asked of a benchmark: "
            "it looks at the labels that the inner folds hold out",
            "use reduce=pca, or none",
        )


def _check_tunable(model: ModelSpec) -> None:
    if not model.variational and model.kernel.landmarks is not None:
        raise SpecError(
            f"benchmark.models[].kernel.landmarks={model.kernel.landmarks}: a benchmark is of "
            "exact matrices",
            "leave landmarks out",
        )
