"""`--dry-run`: what a job will do and cost, from the data and the specs, nothing computed."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from deployments.cli.door import Facts, kernel_of
from deployments.cli.layout import labelled, seconds, size
from deployments.cli.measured_text import measured_rows, with_measured
from qml_core.budget.memory import machine_bytes, offer, offered_landmarks
from qml_core.kernels.extension import forecast_extension
from qml_core.kernels.forecasting import Forecast, forecast, training_rows
from qml_core.kernels.parts import count_parts
from qml_core.kernels.training_plan import TrainingForecast, forecast_training
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, DatasetSpec, ModelSpec, Spec, SplitSpec
from qml_core.storage.bases import Base

if TYPE_CHECKING:
    from deployments.cli.measured_forecast import MeasuredForecast

LONG_SECONDS = 3600.0
"""An exact job above this estimate is offered as an approximation."""


def tell_forecast(
    verb: str, specs: Mapping[str, Spec], facts: Facts, base: Base | None = None, *, as_json: bool
) -> None:
    """Print matrices or trainings, circuits, seconds, bytes and dollars.

    Args:
        base: the matrix that is extended; what it holds is not counted.
    """
    dataset, model = specs["dataset"], specs.get("model")
    assert isinstance(dataset, DatasetSpec)
    if isinstance(model, ModelSpec) and model.variational:
        from deployments.cli.training_forecast import tell_training

        tell_training(specs, facts, as_json=as_json)
        return
    if base is None:
        plan = forecast(facts.rows, facts.features, dataset.split, specs)
    else:
        parts = count_parts(base.kernel, base.backend, base.data.features)
        plan = forecast_extension(
            facts.rows, base.kernel, parts, base.backend, base.prefixes, base.manifest.edge
        )
    extended = {} if base is None else {"extends": base.key}
    offered = "" if base is not None else _offer(specs, facts, dataset.split, plan)
    training = _training(specs, facts, dataset.split)
    measured = _measured(specs, facts, plan, base)
    if as_json:
        more: dict[str, object] = {"offer": offered} if offered else {}
        more |= {"training": asdict(training)} if training else {}
        document = {"verb": verb, **extended, **plan.as_dict(), **more}
        if measured is not None:
            document = with_measured(document, measured)
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(_table(verb, facts, plan, base, offered, training, measured))


def _measured(
    specs: Mapping[str, Spec], facts: Facts, plan: Forecast, base: Base | None
) -> "MeasuredForecast | None":
    backend = specs["backend"]
    assert isinstance(backend, BackendSpec)
    if not backend.measured:
        return None
    from deployments.cli.measured_forecast import forecast_measured

    return forecast_measured(specs, facts, plan.n_qubits, base)


def _table(
    verb: str,
    facts: Facts,
    plan: Forecast,
    base: Base | None,
    offered: str,
    training: TrainingForecast | None,
    measured: "MeasuredForecast | None",
) -> str:
    cost = plan.estimate
    rows = {
        "job": f"{verb} {facts.name}: {facts.rows:,} rows, {facts.columns} features, "
        f"{facts.features} after preprocessing",
        "extends": "" if base is None else _extended(facts.rows, base),
        "qubits": f"{plan.n_qubits}",
        "matrices": f"{plan.matrices:,} in {plan.blocks:,} blocks, {plan.tasks:,} tasks",
        "circuits": f"{cost.circuits:,} on {plan.backend}",
        "memory": f"{size(cost.state_bytes)} of state vectors at once",
        "store": f"{size(cost.stored_bytes)} before compression",
        "seconds": f"{seconds(cost.seconds)} of kernel computation, and 6-12 s of Prefect",
        "training": "" if training is None else _trained(training),
        "dollars": f"{cost.usd:.2f} USD",
        "offer": offered,
    }
    if measured is not None:
        rows = measured_rows(rows, measured, plan.backend)
    return labelled(rows.items())


def _offer(specs: Mapping[str, Spec], facts: Facts, split: SplitSpec, plan: Forecast) -> str:
    """Landmarks, where an exact job takes long, or its machine more memory than there is."""
    if kernel_of(specs).landmarks is not None:
        return ""
    trains, limit = "model" in specs, Settings.from_environment().memory_bytes
    rows = training_rows(facts.rows, split) if trains else facts.rows
    needed = machine_bytes(rows, rows) if trains else 0
    if needed <= limit and plan.estimate.seconds <= LONG_SECONDS:
        return ""
    why = "this takes long"
    if needed > limit:
        why = f"training needs {size(needed)}, {size(limit)} may be used"
    path = "model.kernel" if trains else "kernel"
    return f"{why}: {offer(offered_landmarks(rows, limit), path)}"


def _training(specs: Mapping[str, Spec], facts: Facts, split: SplitSpec) -> TrainingForecast | None:
    model, backend = specs.get("model"), specs["backend"]
    if not isinstance(model, ModelSpec) or not isinstance(backend, BackendSpec):
        return None
    rows = training_rows(facts.rows, split)
    return forecast_training(model, backend, rows, facts.features, split.repeats)


def _trained(training: TrainingForecast) -> str:
    return (
        f"{training.kernels:,} kernels of {training.steps:,} steps on {training.rows:,} rows, "
        f"{seconds(training.seconds)} beside"
    )


def _extended(rows: int, base: Base) -> str:
    n = base.prefixes[-1]
    m = rows - n
    return (
        f"matrix {base.key[:12]} of {n:,} rows by {m:,}: {m * n + m * (m - 1) // 2:,} new pairs "
        "of rows; what follows counts only these"
    )
