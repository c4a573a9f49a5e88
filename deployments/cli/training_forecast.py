"""`--dry-run` of variational models: what their training takes, nothing computed or submitted."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import click

from deployments.cli.door import Facts
from deployments.cli.few_rows import FewRows
from deployments.cli.layout import labelled, seconds, size
from deployments.cli.measured_forecast import MeasuredForecast, forecast_jobs
from deployments.cli.measured_text import measured_rows, with_measured
from deployments.cli.training_door import training_rows
from qml_core.evaluation.datasets import load_table
from qml_core.hardware.canary import DIAGONALS
from qml_core.models.costs import training_estimate, training_evaluations
from qml_core.models.network import Network
from qml_core.models.requirements import unmeasured_network
from qml_core.references import Estimate
from qml_core.specs import BackendSpec, DatasetSpec, ModelSpec, RunSpec, Spec
from qml_core.training.data import steps_per_epoch
from qml_core.training.estimates import job_sizes
from qml_core.training.evaluations import Rows

if TYPE_CHECKING:
    from qml_core.hardware.protocol import Circuit


@dataclass(frozen=True)
class TrainingForecast:
    """What the trainings of all splits take; rows of the first split."""

    model: str
    backend: str
    n_qubits: int
    encoding: str
    ansatz: str
    parameters: int
    """Of the circuit."""
    layers: int
    epochs: int
    steps: int
    """Of an epoch."""
    splits: int
    rows: Rows
    submitted: int
    """Circuits that are sent anywhere; 0 where the backend is exact."""
    estimate: Estimate


def tell_training(specs: Mapping[str, Spec], facts: Facts, *, as_json: bool) -> None:
    """Print qubits, parameters, steps, circuits, seconds, bytes and dollars."""
    asked = _Asked(specs, facts)
    plan, measured = asked.forecast(), asked.measured()
    if not as_json:
        click.echo(_table(plan, facts, measured))
        return
    document = {"verb": "train", **asdict(plan), "estimate": plan.estimate.model_dump()}
    if measured is not None:
        document = with_measured(document, measured)
    click.echo(json.dumps(document, indent=2))


class _Asked:
    """The specs of a job and what is known of its data."""

    def __init__(self, specs: Mapping[str, Spec], facts: Facts) -> None:
        self._specs, self._facts = specs, facts
        dataset, model = specs["dataset"], specs["model"]
        backend, run = specs["backend"], specs["run"]
        assert isinstance(dataset, DatasetSpec)
        assert isinstance(model, ModelSpec)
        assert isinstance(backend, BackendSpec)
        assert isinstance(run, RunSpec)
        self._model, self._backend, self._run = model, backend, run
        self._split, self._table = dataset.split, load_table(dataset)

    def forecast(self) -> TrainingForecast:
        circuit, training = self._network.circuit, self._model.training
        splits = self._split.repeats
        one = training_estimate(self._model, self._network, self._rows, self._backend)
        cost = _times(one, splits)
        return TrainingForecast(
            model=self._model.name,
            backend=self._backend.name,
            n_qubits=circuit.n_qubits,
            encoding=self._model.encoding.name,
            ansatz=self._model.circuit.ansatz,
            parameters=circuit.n_parameters,
            layers=circuit.layers,
            epochs=training.epochs,
            steps=steps_per_epoch(training, self._rows.train),
            splits=splits,
            rows=self._rows,
            submitted=cost.circuits if self._backend.measured else 0,
            estimate=cost,
        )

    def measured(self) -> MeasuredForecast | None:
        """Jobs, price and budget; none where the backend is exact."""
        if self._backend.shots is None:
            return None
        evaluations = training_evaluations(self._model, self._network, self._rows, self._backend)
        of_split = job_sizes(evaluations.counted(), self._backend)
        sizes = Counter({size: jobs * self._split.repeats for size, jobs in of_split.items()})
        canary = min(DIAGONALS, self._rows.train + self._rows.validation)
        return forecast_jobs(sizes, canary, self._backend, self._run, self._example)

    @cached_property
    def _network(self) -> Network:
        table = self._table
        return unmeasured_network(
            self._model, table.task, self._facts.features, len(table.classes), self._run.seed
        )

    @cached_property
    def _rows(self) -> Rows:
        y, train, validation = training_rows(self._split, self._table, self._model, self._run)
        return Rows(len(train), len(validation), len(self._table.y) - len(y))

    def _example(self) -> "Circuit":
        from qml_core.hardware.initial_circuits import longest_circuit

        return longest_circuit(self._network, FewRows(self._specs, self._facts, None).features)


def _times(cost: Estimate, splits: int) -> Estimate:
    """Of all splits; they are trained side by side, so that states add up too."""
    summed = {name: splits * getattr(cost, name) for name in Estimate.model_fields}
    return Estimate(**summed)


def _table(plan: TrainingForecast, facts: Facts, measured: MeasuredForecast | None) -> str:
    cost, rows = plan.estimate, plan.rows
    told = {
        "job": f"train {facts.name}: {facts.rows:,} rows, {facts.columns} features, "
        f"{facts.features} after preprocessing",
        "model": f"{plan.model}: {plan.encoding} encoding on {_counted(plan.n_qubits, 'qubit')}, "
        f"{_counted(plan.layers, 'layer')} of {plan.ansatz}, "
        f"{plan.parameters:,} parameters of the circuit",
        "epochs": f"{plan.epochs:,} of {_counted(plan.steps, 'step')} on {rows.train:,} rows, "
        f"{rows.validation:,} to validate, {rows.test:,} held out; "
        f"{_counted(plan.splits, 'split')}",
        "circuits": f"{cost.circuits:,} simulated on {plan.backend}, 0 submitted",
        "memory": f"{size(cost.state_bytes)} of state vectors at once",
        "store": f"{size(cost.stored_bytes)} before compression",
        "seconds": f"{seconds(cost.seconds)} of training, and 6-12 s of Prefect",
        "dollars": f"{cost.usd:.2f} USD",
    }
    if measured is not None:
        told = measured_rows(told, measured, plan.backend)
    return labelled(told.items())


def _counted(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"
