"""What a benchmark would refuse later is refused before Prefect starts."""

from dataclasses import dataclass

from deployments.cli.door import Facts, check_job, check_table
from qml_core.evaluation.datasets import Table, load_table
from qml_core.evaluation.datasets.registry import find
from qml_core.evaluation.screen.gate import check_screens
from qml_core.evaluation.screen.tables import screen_table
from qml_core.evaluation.splits import fold_roles
from qml_core.references.benchmark import ScreenRef
from qml_core.settings import Settings
from qml_core.specs import (
    BackendSpec,
    BenchmarkSpec,
    ContestantSpec,
    DatasetSpec,
    RunSpec,
    SplitSpec,
)
from qml_core.specs.benchmark_checks import check_tasks


@dataclass(frozen=True)
class Opened:
    """A data set of a benchmark as the door has seen it."""

    dataset: DatasetSpec
    table: Table
    facts: Facts
    screen: ScreenRef
    contestants: tuple[ContestantSpec, ...]


def check_data(
    benchmark: BenchmarkSpec, backend: BackendSpec, settings: Settings
) -> tuple[Opened, ...]:
    """Read all data sets and check all that can be known without computing.

    Raises:
        SpecError, DataError: bad input.
        CircuitRefused: more qubits than the memory holds.
        ScreenRefused: a quantum model cannot help by design, and `force` is not set.
    """
    named = [(d.name, find(d.name).task) for d in benchmark.datasets if d.name is not None]
    if named:  # what needs no data first
        check_tasks(benchmark, named)
    tables = [load_table(dataset) for dataset in benchmark.datasets]
    check_tasks(benchmark, [(table.name, table.task) for table in tables])
    return tuple(
        _open(benchmark, dataset, table, backend, settings)
        for dataset, table in zip(benchmark.datasets, tables, strict=True)
    )


def _open(
    benchmark: BenchmarkSpec,
    dataset: DatasetSpec,
    table: Table,
    backend: BackendSpec,
    settings: Settings,
) -> Opened:
    screen = screen_table(table.name, table)
    check_screens([screen], benchmark, paid=False)
    fold_roles(table.y, table.task, benchmark.folds, 0, names=table.classes)
    split = SplitSpec(test_size=1 / benchmark.folds)  # as many training rows as in a fold
    as_fold = dataset.model_copy(update={"split": split})
    facts = check_table(as_fold, table, None, spec="benchmark.datasets[]")
    contestants = benchmark.contestants(table.task, measured=backend.measured)
    for one in contestants:
        if one.model is not None and one.kind == "quantum":
            job = {"dataset": as_fold, "model": one.model, "backend": backend, "run": RunSpec()}
            check_job(job, settings, write="benchmark.models[].name")
    return Opened(dataset, table, facts, screen, contestants)
