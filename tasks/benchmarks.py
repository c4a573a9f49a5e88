"""A benchmark opened: its data in folds, its contestants, its key."""

from prefect import task

from qml_core.errors import SpecError
from qml_core.events import StageStarted, StepDone, emit
from qml_core.keys import key
from qml_core.references import BenchmarkData, BenchmarkPlan
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, BenchmarkSpec, DatasetSpec, RunSpec
from qml_core.specs.benchmark_checks import check_tasks
from qml_core.storage.probe import open_checked_store
from tasks.options import STORE
from tasks.outer_folds import load_folds
from tasks.trial_objectives import check_room


@task(name="open-benchmark", **STORE)
def open_benchmark(benchmark: BenchmarkSpec, backend: BackendSpec, run: RunSpec) -> BenchmarkPlan:
    """The plan of a benchmark.

    Raises:
        SpecError: data sets, models and metrics do not go together.
        DataError: the data cannot be used, or not in so many folds.
        CircuitRefused, Refused: a circuit or a matrix needs more memory than there is.
    """
    store = open_checked_store(Settings.from_environment().storage_url)
    emit(StageStarted("load data", len(benchmark.datasets)))
    data = tuple(_load(dataset, benchmark, run.seed) for dataset in benchmark.datasets)
    check_tasks(benchmark, [(one.name, one.task) for one in data])
    _check_names(data)
    contestants = benchmark.contestants(data[0].task, measured=backend.measured)
    for one in data:
        for contestant in contestants:
            if contestant.model is not None and contestant.quantum:
                check_room(contestant.model, one.folds[0], backend.simulated, run.seed)
    terms = benchmark.model_dump(mode="json", exclude={"datasets", "models", "force"})
    return BenchmarkPlan(
        key=key(
            "benchmark",
            data=[[fold.sha256 for fold in one.folds] for one in data],
            contestants=[one.model_dump(mode="json") for one in contestants],
            terms=terms,
            backend=backend.model_dump(mode="json"),
            seed=run.seed,
            remeasure=run.remeasure,
        ),
        store=store.url,
        benchmark=benchmark,
        task=data[0].task,
        data=data,
        contestants=contestants,
        backend=backend,
        seed=run.seed,
        remeasure=run.remeasure,
    )


def _load(dataset: DatasetSpec, benchmark: BenchmarkSpec, seed: int) -> BenchmarkData:
    found = load_folds.fn(dataset, benchmark, seed)
    emit(StepDone())
    return found


def _check_names(data: tuple[BenchmarkData, ...]) -> None:
    """Tables and pages call a data set by its name."""
    names = [one.name for one in data]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SpecError(
            f"two data sets are called {', '.join(twice)}: a benchmark tells them by name",
            "rename one of the files",
        )
