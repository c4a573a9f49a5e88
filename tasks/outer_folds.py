"""The outer folds of a data set: each its own data, with preprocessing fitted on its own rows."""

from functools import partial

from prefect import task

from qml_core.evaluation.datasets import Table, load_table
from qml_core.evaluation.screen.gate import check_screens
from qml_core.evaluation.screen.tables import screen_table
from qml_core.evaluation.splits import fold_roles
from qml_core.keys import key
from qml_core.references import BenchmarkData, DatasetRef
from qml_core.settings import Settings
from qml_core.specs import BenchmarkSpec, DatasetSpec
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.datasets import find_or_prepare, prepare
from tasks.options import STORE


@task(name="load-folds", **STORE)
def load_folds(dataset: DatasetSpec, benchmark: BenchmarkSpec, seed: int) -> BenchmarkData:
    """Every fold of every repeat; repeat r is shuffled with seed + r.

    Raises:
        DataError: the data cannot be used, or not in so many folds.
        ScreenRefused: a quantum model cannot help by design; `benchmark.force` runs it.
    """
    store = open_checked_store(Settings.from_environment().storage_url)
    table = load_table(dataset)
    name = dataset.label(table.name)
    screen = screen_table(name, table)
    check_screens([screen], benchmark, paid=False)
    folds = tuple(
        fold
        for repeat in range(benchmark.repeats)
        for fold in _repeat(store, table, dataset, benchmark.folds, seed + repeat)
    )
    return BenchmarkData(name=name, task=table.task, rows=len(table.y), folds=folds, screen=screen)


def _repeat(
    store: ArtifactStore, table: Table, dataset: DatasetSpec, folds: int, seed: int
) -> list[DatasetRef]:
    roles = fold_roles(table.y, table.task, folds, seed, names=table.classes)
    preprocessing = dataset.preprocessing.model_dump(mode="json")
    terms = {"table": table.digest, "preprocessing": preprocessing, "folds": folds, "seed": seed}
    return [
        find_or_prepare(
            store,
            key("dataset", fold=number, **terms),
            table,
            partial(prepare, store, table, dataset, own, seed),
        )
        for number, own in enumerate(roles)
    ]
