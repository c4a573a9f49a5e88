"""`--dry-run`: what a job will do and cost, from the data and the specs, nothing computed."""

import json
from collections.abc import Mapping

import click

from qml_core.budget.gate import check_memory
from qml_core.errors import DataError, SpecError
from qml_core.evaluation.datasets import Table, load_table
from qml_core.kernels.planning import Forecast, forecast
from qml_core.settings import Settings
from qml_core.specs import DatasetSpec, KernelSpec, ModelSpec, Spec, check_qubits

TASK_OF = {"qsvc": "classification", "qsvr": "regression"}


def look_at(dataset: DatasetSpec, model: Spec | None = None) -> Table:
    """Read the data and refuse what preprocessing or the model would refuse later."""
    table = load_table(dataset)
    missing = table.features.isna().sum()
    if dataset.preprocessing.missing == "refuse" and missing.any():
        named = ", ".join(f"{c!r} ({k})" for c, k in missing[missing > 0].items())
        raise DataError(
            f"{table.name} has missing values in {named}, preprocessing.missing=refuse",
            "impute them: --set dataset.preprocessing.missing=median",
        )
    asked = dataset.preprocessing.n_components
    if asked is not None and asked > table.features.shape[1]:
        raise DataError(
            f"preprocessing.n_components={asked}, {table.name} has "
            f"{table.features.shape[1]} features",
            "ask for fewer",
        )
    if isinstance(model, ModelSpec) and TASK_OF[model.name] != table.task:
        fitting = next(name for name, task in TASK_OF.items() if task == table.task)
        raise SpecError(
            f"model.name={model.name} is for {TASK_OF[model.name]}, target {table.target!r} of "
            f"{table.name} is for {table.task}",
            f"use --set model.name={fitting}",
        )
    return table


def features_of(dataset: DatasetSpec, table: Table) -> int:
    """Features after preprocessing."""
    asked, found = dataset.preprocessing, table.features.shape[1]
    if asked.reduce == "none":
        return found
    return asked.n_components or min(found, 10)


def dry_run(verb: str, specs: Mapping[str, Spec], *, as_json: bool) -> None:
    """Print matrices, blocks, circuits, seconds, bytes and dollars."""
    dataset, model = specs["dataset"], specs.get("model")
    assert isinstance(dataset, DatasetSpec)
    table = look_at(dataset, model)
    features = features_of(dataset, table)
    kernel = model.kernel if isinstance(model, ModelSpec) else specs["kernel"]
    assert isinstance(kernel, KernelSpec)
    check_qubits(kernel.encoding, features, "features after preprocessing")
    plan = forecast(len(table.y), features, dataset.split, specs)
    check_memory(plan.n_qubits, specs["backend"], Settings.from_environment().memory_bytes)  # type: ignore[arg-type]
    if as_json:
        click.echo(json.dumps({"verb": verb, **plan.as_dict()}, indent=2))
        return
    click.echo(_table(verb, table, plan))


def _table(verb: str, table: Table, plan: Forecast) -> str:
    rows = {
        "job": f"{verb} of {table.name}: {len(table.y):,} rows, {table.features.shape[1]} features",
        "qubits": f"{plan.n_qubits}",
        "matrices": f"{plan.matrices:,} in {plan.blocks:,} blocks, {plan.tasks:,} tasks",
        "circuits": f"{plan.estimate.circuits:,} on {plan.backend}",
        "memory": f"{plan.estimate.state_bytes / 2**20:,.0f} MiB of state vectors at once",
        "store": f"{plan.estimate.stored_bytes / 2**20:,.1f} MiB before compression",
        "seconds": f"about {plan.estimate.seconds:,.1f} s of kernel computation, at most",
        "dollars": f"{plan.estimate.usd:.2f} USD",
    }
    return "\n".join(f"{name:<10}{value}" for name, value in rows.items())
