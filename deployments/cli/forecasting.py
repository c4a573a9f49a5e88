"""`--dry-run`: what a job will do and cost, from the data and the specs, nothing computed."""

import json
from collections.abc import Mapping

import click

from deployments.cli.door import Facts
from deployments.cli.layout import labelled, size
from qml_core.kernels.planning import Forecast, forecast
from qml_core.specs import DatasetSpec, Spec


def tell_forecast(verb: str, specs: Mapping[str, Spec], facts: Facts, *, as_json: bool) -> None:
    """Print matrices, blocks, circuits, seconds, bytes and dollars."""
    dataset = specs["dataset"]
    assert isinstance(dataset, DatasetSpec)
    plan = forecast(facts.rows, facts.features, dataset.split, specs)
    if as_json:
        click.echo(json.dumps({"verb": verb, **plan.as_dict()}, indent=2))
    else:
        click.echo(_table(verb, facts, plan))


def _table(verb: str, facts: Facts, plan: Forecast) -> str:
    cost = plan.estimate
    rows = {
        "job": f"{verb} {facts.name}: {facts.rows:,} rows, {facts.columns} features, "
        f"{facts.features} after preprocessing",
        "qubits": f"{plan.n_qubits}",
        "matrices": f"{plan.matrices:,} in {plan.blocks:,} blocks, {plan.tasks:,} tasks",
        "circuits": f"{cost.circuits:,} on {plan.backend}",
        "memory": f"{size(cost.state_bytes)} of state vectors at once",
        "store": f"{size(cost.stored_bytes)} before compression",
        "seconds": f"{_seconds(cost.seconds)} of kernel computation, and 6-12 s of Prefect",
        "dollars": f"{cost.usd:.2f} USD",
    }
    return labelled(rows.items())


def _seconds(seconds: float) -> str:
    return "under 1 s" if seconds < 1 else f"about {seconds:,.0f} s"
