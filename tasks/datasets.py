"""Data in: load, split, preprocess once, and hand on references."""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from prefect import task

from qml_core.evaluation import preprocessing
from qml_core.evaluation.datasets import Table, load_table
from qml_core.evaluation.splits import split_roles
from qml_core.events import StageStarted, emit
from qml_core.keys import digest, key
from qml_core.references import DatasetRef, KernelPlan, Role
from qml_core.settings import Settings
from qml_core.specs import DatasetSpec
from qml_core.storage.content import find_model, is_sound, put_content, quarantine
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.options import STORE

Array = NDArray[np.float64]

ROLE_NUMBERS: dict[Role, tuple[int, ...]] = {"all": (0, 1), "train": (0,), "test": (1,)}


@task(name="load-dataset", **STORE)
def load_dataset(dataset: DatasetSpec) -> DatasetRef:
    """The first split of the data, preprocessed and stored."""
    return _load(dataset, repeats=1)[0]


@task(name="load-splits", **STORE)
def load_splits(dataset: DatasetSpec) -> tuple[DatasetRef, ...]:
    """Every split of the data, each with preprocessing fitted on its own training rows."""
    return _load(dataset, repeats=dataset.split.repeats)


def _load(dataset: DatasetSpec, repeats: int) -> tuple[DatasetRef, ...]:
    emit(StageStarted("load data"))
    store = open_checked_store(Settings.from_environment().storage_url)
    table = load_table(dataset)
    seeds = range(dataset.split.seed, dataset.split.seed + repeats)
    return tuple(_load_split(store, table, dataset, seed) for seed in seeds)


def _load_split(store: ArtifactStore, table: Table, dataset: DatasetSpec, seed: int) -> DatasetRef:
    """Found under the key of table, preprocessing and split, or prepared and put there."""
    name = key(
        "dataset",
        table=table.digest,
        preprocessing=dataset.preprocessing.model_dump(mode="json"),
        test_size=dataset.split.test_size,
        seed=seed,
    )
    split = dataset.split
    return find_or_prepare(
        store,
        name,
        table,
        lambda: prepare(
            store,
            table,
            dataset,
            split_roles(table.y, table.task, split.test_size, seed, names=table.classes),
            seed,
        ),
    )


def find_or_prepare(
    store: ArtifactStore, name: str, table: Table, prepare: Callable[[], DatasetRef]
) -> DatasetRef:
    """The data stored under a key, or what `prepare` makes of the table, from now on under it."""
    path = f"datasets/by-key/{name}.json"
    found = find_model(store, path, DatasetRef)
    if found is not None:
        here = _placed(found, store, table)
        if is_sound(here, store) and is_sound(here.preprocessing, store):
            return here
        quarantine(store, path)
    prepared = prepare()
    store.put_if_absent(path, prepared.model_dump_json().encode())
    return _placed(find_model(store, path, DatasetRef) or prepared, store, table)


def _placed(found: DatasetRef, store: ArtifactStore, table: Table) -> DatasetRef:
    """The same numbers, as they are called here and now: store, file and target have names."""
    preprocessing = found.preprocessing.model_copy(update={"store": store.url})
    here = {"store": store.url, "preprocessing": preprocessing}
    return found.model_copy(update={**here, "name": table.name, "target": table.target})


def prepare(
    store: ArtifactStore, table: Table, dataset: DatasetSpec, roles: NDArray[np.int8], seed: int
) -> DatasetRef:
    """Preprocessing fitted on the training rows of these roles (n,), all rows transformed, stored.

    Args:
        seed: the one that the roles came from.
    """
    training = table.features[roles == 0]
    fitted = preprocessing.fit(dataset.preprocessing, training, table.y[roles == 0], table.task)
    X = np.ascontiguousarray(fitted.transform(table.features))
    columns = {"x": X, "raw": fitted.raw(table.features), "y": table.y, "role": roles}
    metadata = {"name": table.name, "classes": json.dumps(table.classes)}
    arrays = put_arrays(store, "datasets", columns, metadata)
    return DatasetRef(
        **arrays.model_dump(),
        name=table.name,
        digest=data_digest(X, roles),
        task=table.task,
        rows=len(X),
        features=X.shape[1],
        raw_columns=tuple(table.features.columns),
        target=table.target,
        classes=table.classes,
        n_train=int(np.sum(roles == 0)),
        n_test=int(np.sum(roles == 1)),
        split_seed=seed,
        preprocessing=put_content(store, "preprocessing", fitted.to_json().encode(), ".json"),
        preprocessing_asked=dataset.preprocessing,
    )


def data_digest(X: NDArray[np.float64], roles: NDArray[np.int8]) -> str:
    """Digest of features (n, d) and roles (n,): what a kernel matrix depends on."""
    shape = f"{X.shape}".encode()
    return digest(shape + X.astype("<f8").tobytes() + roles.astype("<i1").tobytes())


def read_columns(data: DatasetRef, role: Role, *names: str) -> list[NDArray[np.float64]]:
    """Columns `x` (n, d), `raw` (n, D), `y` (n,) or `role` (n,) of the rows of a role."""
    arrays = get_arrays(data)
    chosen = np.isin(arrays["role"], ROLE_NUMBERS[role])
    return [np.ascontiguousarray(arrays[name][chosen]) for name in names]


def is_local(store_url: str) -> bool:
    return urlsplit(store_url).scheme == "file"


def read_sides(plan: KernelPlan) -> tuple[Array, Array]:
    """Features of the rows (n, d) and of the columns (m, d) of a matrix."""
    (X,) = read_columns(plan.data, plan.rows, "x")
    if plan.symmetric or plan.columns == "self":
        return X, X
    (Y,) = read_columns(plan.data, plan.columns, "x")
    return X, Y[list(plan.landmarks)] if plan.landmarks else Y
