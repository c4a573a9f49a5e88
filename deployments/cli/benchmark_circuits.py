"""`qml benchmark --dry-run` on shots: the jobs of all folds, their price and the budget."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from deployments.cli.benchmark_door import Opened
from deployments.cli.few_rows import FewRows
from deployments.cli.layout import labelled
from deployments.cli.measured_forecast import MeasuredForecast, forecast_jobs
from qml_core.budget.asking import asked_sizes
from qml_core.evaluation.splits import fold_roles
from qml_core.hardware.canary import DIAGONALS, PAIRS
from qml_core.kernels.forecasting import Asked
from qml_core.kernels.planning import block_edge
from qml_core.models.costs import training_evaluations
from qml_core.models.requirements import unmeasured_network
from qml_core.specs import BackendSpec, BenchmarkSpec, ModelSpec, RunSpec, Spec
from qml_core.training.estimates import job_sizes
from qml_core.training.evaluations import Rows
from qml_core.training.validation import validation_split

if TYPE_CHECKING:
    from qml_core.hardware.protocol import Circuit


def forecast_circuits(
    opened: Opened, benchmark: BenchmarkSpec, backend: BackendSpec, run: RunSpec
) -> Iterator[tuple[str, MeasuredForecast]]:
    """Of each quantum model on a data set, all folds, at most; nothing where all is exact."""
    if not backend.measured:
        return
    for contestant in opened.contestants:
        if contestant.kind != "quantum" or contestant.model is None:
            continue
        label = f"{contestant.label} on {opened.dataset.label(opened.table.name)}"
        model = contestant.model
        specs: Mapping[str, Spec] = {
            "dataset": opened.dataset,
            "model": model,
            "backend": backend,
            "run": run,
        }
        if model.variational:
            yield label, _of_networks(opened, benchmark, model, backend, run, specs)
        else:
            yield label, _of_kernels(opened, benchmark, backend, run, specs)


def tell_cost(opened: Sequence[Opened], specs: Mapping[str, Spec]) -> None:
    """Say on standard error what a run on shots takes at most, before it starts."""
    benchmark, backend, run = specs["benchmark"], specs["backend"], specs["run"]
    assert isinstance(benchmark, BenchmarkSpec)
    assert isinstance(backend, BackendSpec)
    assert isinstance(run, RunSpec)
    found = [one for data in opened for one in forecast_circuits(data, benchmark, backend, run)]
    if found:
        rows = {"circuits": in_words(found), "dollars": dollars(found)}
        click.echo(labelled(rows.items(), column=12), err=True)


def in_words(circuits: Sequence[tuple[str, MeasuredForecast]]) -> str:
    """Circuits, shots, jobs and their cost, model by model."""
    return "; ".join(
        f"{label}: {found.circuits:,} of {found.shots:,} shots in {found.jobs:,} jobs, "
        + (found.cost_unknown or f"at most {found.usd or 0.0:,.2f} USD")
        for label, found in circuits
    )


def total_usd(circuits: Sequence[tuple[str, MeasuredForecast]]) -> float | None:
    """At most; none: unknown."""
    usd = [found.usd for _, found in circuits]
    return None if None in usd else sum(x for x in usd if x is not None)


def dollars(circuits: Sequence[tuple[str, MeasuredForecast]]) -> str:
    """Of all models together."""
    total = total_usd(circuits)
    return "unknown" if total is None else f"at most {total:,.2f} USD, nothing in the store"


def _of_kernels(
    opened: Opened,
    benchmark: BenchmarkSpec,
    backend: BackendSpec,
    run: RunSpec,
    specs: Mapping[str, Spec],
) -> MeasuredForecast:
    """K(train, train) and K(test, train) of the tuned kernel of every fold, and diagonals."""
    edge, alone, asked = block_edge(backend, "all"), block_edge(backend, "self"), []
    for n_train, n_test in _sizes(opened, benchmark, run):
        asked.append(Asked((n_train, n_train), True, edge))
        asked.append(Asked((n_test, n_train), False, edge))
        if backend.estimator == "compute_uncompute":
            asked.append(Asked((n_test, 1), False, alone))
    rows = FewRows(specs, opened.facts, None)
    sizes = asked_sizes(asked, backend)
    return forecast_jobs(sizes, DIAGONALS + PAIRS, backend, run, lambda: rows.example(backend))


def _of_networks(
    opened: Opened,
    benchmark: BenchmarkSpec,
    model: ModelSpec,
    backend: BackendSpec,
    run: RunSpec,
    specs: Mapping[str, Spec],
) -> MeasuredForecast:
    table = opened.table
    network = unmeasured_network(
        model, table.task, opened.facts.features, len(table.classes), run.seed
    )
    sizes: Counter[int] = Counter()
    least = len(table.y)
    for repeat in range(benchmark.repeats):
        roles = fold_roles(table.y, table.task, benchmark.folds, run.seed + repeat)
        for role in roles:
            y = table.y[role == 0]
            train, validation = validation_split(y, table.task, model.training.validation, run.seed)
            rows = Rows(len(train), len(validation), int((role == 1).sum()))
            evaluations = training_evaluations(model, network, rows, backend)
            sizes += job_sizes(evaluations.counted(), backend)
            least = min(least, len(y))

    def example() -> "Circuit":
        from qml_core.hardware.initial_circuits import longest_circuit

        return longest_circuit(network, FewRows(specs, opened.facts, None).features)

    return forecast_jobs(sizes, min(DIAGONALS, least), backend, run, example)


def _sizes(opened: Opened, benchmark: BenchmarkSpec, run: RunSpec) -> Iterator[tuple[int, int]]:
    """(n_train, n_test) of every outer fold."""
    table = opened.table
    for repeat in range(benchmark.repeats):
        for roles in fold_roles(table.y, table.task, benchmark.folds, run.seed + repeat):
            held = int((roles == 1).sum())
            yield len(roles) - held, held
