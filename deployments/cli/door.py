"""What a job would refuse later is refused here: from data and specs, before Prefect starts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from qml_core.budget.gate import check_memory
from qml_core.errors import CircuitRefused, DataError
from qml_core.evaluation.datasets import Table, load_table
from qml_core.evaluation.datasets.registry import find
from qml_core.evaluation.preprocessing.fitting import DEFAULT_COMPONENTS
from qml_core.evaluation.splits import split_roles
from qml_core.kernels.parts import count_parts, count_qubits
from qml_core.references import Task
from qml_core.settings import Settings
from qml_core.specs import (
    BackendSpec,
    DatasetSpec,
    KernelSpec,
    ModelSpec,
    RunSpec,
    Spec,
    SplitSpec,
    check_qubits,
    check_task,
    check_weights,
)


@dataclass(frozen=True)
class Facts:
    """What the plan of a job needs to know of its data; `features`: after preprocessing."""

    name: str
    rows: int
    columns: int
    features: int


def kernel_of(specs: Mapping[str, Spec]) -> KernelSpec:
    """The kernel of a job, its own or its model's."""
    model = specs.get("model")
    kernel = model.kernel if isinstance(model, ModelSpec) else specs["kernel"]
    assert isinstance(kernel, KernelSpec)
    return kernel


def check_job(
    specs: Mapping[str, Spec], settings: Settings, write: str = "--set model.name"
) -> Facts:
    """Read the data and check all that can be known without computing.

    Args:
        write: how another model is asked for.

    Raises:
        SpecError, DataError: bad input.
        CircuitRefused: more qubits than the memory holds.
        StorageError: the data's store does not answer.
    """
    dataset, backend, model = specs["dataset"], specs["backend"], specs.get("model")
    assert isinstance(dataset, DatasetSpec)
    assert isinstance(backend, BackendSpec)
    if dataset.name is not None:  # what needs no data first: scikit-learn's take a second to load
        _check_task(model, find(dataset.name).task, f"data set {dataset.name}", write)
    table = load_table(dataset)
    facts = check_table(dataset, table, model, write)
    if isinstance(model, ModelSpec) and model.variational:
        from deployments.cli.training_door import check_training

        run = specs["run"]
        assert isinstance(run, RunSpec)
        check_training(dataset.split, table, model, backend, run, facts.features, settings)
        return facts
    encoding = kernel_of(specs).encoding
    check_qubits(encoding, facts.features, "features after preprocessing")
    check_weights(encoding, facts.features)
    _check_memory(kernel_of(specs), backend, facts.features, settings.memory_bytes)
    return facts


def _check_memory(kernel: KernelSpec, backend: BackendSpec, features: int, limit: int) -> None:
    """One state of all qubits first: only where it does not fit is the circuit looked at."""
    try:
        check_memory(count_qubits(kernel, features), backend, limit)
    except CircuitRefused:
        check_memory(max(count_parts(kernel, backend, features)), backend, limit)


def check_table(
    dataset: DatasetSpec,
    table: Table,
    model: Spec | None,
    write: str = "--set model.name",
    *,
    spec: str = "--set dataset",
) -> Facts:
    """Values, task, classes and splits of a table; raises DataError, SpecError.

    Args:
        write: how another model is asked for.
        spec: where the fields of the data set are set.
    """
    _check_values(dataset, table, spec)
    _check_task(model, table.task, f"target {table.target!r} of {table.name}", write)
    if table.task == "classification":
        _check_classes(table)
    _check_splits(dataset.split, table)
    rows, columns = table.features.shape
    features = _features(dataset, table.name, columns, rows)
    return Facts(table.name, rows, columns, features)


def _check_values(dataset: DatasetSpec, table: Table, spec: str) -> None:
    missing = table.features.isna().sum()
    if dataset.preprocessing.missing == "refuse" and missing.any():
        found = missing[missing > 0]
        named = ", ".join(f"{column!r} ({count})" for column, count in found.head(5).items())
        more = f" and {len(found) - 5} more columns" if len(found) > 5 else ""
        raise DataError(
            f"{table.name} has missing values in {named}{more}, preprocessing.missing=refuse",
            f"impute them: {spec}.preprocessing.missing=median",
        )
    if not (table.features.max() > table.features.min()).any():
        raise DataError(
            f"all {table.features.shape[1]} feature columns of {table.name} are constant, at "
            "least one must vary",
            "give other columns or other rows",
        )


def _check_task(model: Spec | None, task: Task, of: str, write: str) -> None:
    if isinstance(model, ModelSpec):
        check_task(model, task, of, write=write)


def _check_classes(table: Table) -> None:
    labels, counts = np.unique(table.y, return_counts=True)
    if counts.min() < 2:
        lonely = table.classes[int(labels[counts.argmin()])]
        raise DataError(
            f"class {lonely!r} of {table.name} has 1 row, at least 2 are needed: one to train "
            "and one to test on",
            "remove it, or store a quantity as floats to do regression",
        )


def _check_splits(split: SplitSpec, table: Table) -> None:
    """Refuse what leaves too few rows on a side; drawn only where a class is small, for speed."""
    rows, smallest = len(table.y), len(table.y)
    if table.task == "classification":
        smallest = int(np.bincount(table.y).min())
    held_out = math.ceil(split.test_size * rows)
    safe = min(held_out, rows - held_out) * smallest >= 3 * rows
    if safe and held_out >= 2:
        return
    for seed in range(split.seed, split.seed + split.repeats):
        split_roles(table.y, table.task, split.test_size, seed, names=table.classes)


def _features(dataset: DatasetSpec, name: str, columns: int, rows: int) -> int:
    asked, test_size = dataset.preprocessing, dataset.split.test_size
    if asked.reduce == "none":
        return columns
    n_train = rows - math.ceil(test_size * rows)
    most = min(columns, n_train) if asked.reduce == "pca" else columns
    if asked.n_components is not None and asked.n_components > most:
        raise DataError(
            f"preprocessing.n_components={asked.n_components}, but {columns} feature columns of "
            f"{name} and {n_train} training rows allow at most {most} with reduce={asked.reduce}",
            f"ask for {most} or less",
        )
    return asked.n_components or max(1, min(most, DEFAULT_COMPONENTS))
