"""A stored matrix with more rows, as a task: its rows proved unchanged, its blocks sound."""

import json

import numpy as np
from prefect import task

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import CorruptArtifact
from qml_core.evaluation.appended import append_rows
from qml_core.evaluation.datasets import Table, load_table
from qml_core.events import StageStarted, emit
from qml_core.kernels.extension import plan_extension as plan_one
from qml_core.keys import key
from qml_core.references import DatasetRef, KernelPlan
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.bases import Base, check_blocks, check_same, find_base, read_base
from qml_core.storage.datasets import put_arrays
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.datasets import data_digest, find_or_prepare, read_columns
from tasks.devices import noise_digest
from tasks.options import STORE


@task(name="plan-extension", **STORE)
def plan_extension(
    dataset: DatasetSpec, kernel: KernelSpec, backend: BackendSpec, run: RunSpec
) -> KernelPlan:
    """The symmetric matrix of all rows, of which `run.extend` holds the first ones.

    Raises:
        ArtifactNotFound, SpecError: no such matrix, or one of other settings.
        DataError: its rows are not an unchanged prefix of the data.
        CorruptArtifact: one of its blocks is damaged.
    """
    emit(StageStarted("load data"))
    assert run.extend is not None
    store = open_checked_store(Settings.from_environment().storage_url)
    base = find_base(store, run.extend)
    check_same(base, dataset, kernel, backend)
    table = load_table(dataset)
    name = key("extended dataset", table=table.digest, base=base.key)
    data = find_or_prepare(store, name, table, lambda: _appended(store, base, table))
    (X,) = read_columns(data, "all", "x")
    open_encoding(kernel.encoding, data.features).check(X)  # refused before the first block
    check_blocks(store, base)
    return plan_one(
        data,
        kernel,
        backend,
        run,
        base_key=base.key,
        prefixes=base.prefixes,
        edge=base.manifest.edge,
        noise=noise_digest(backend),
    )


def _appended(store: ArtifactStore, base: Base, table: Table) -> DatasetRef:
    stored, fitted = read_base(store, base)
    columns = append_rows(stored, fitted, table)
    X, roles, n = columns["x"], columns["role"], base.data.rows
    if data_digest(X[:n], roles[:n]) != base.data.digest:
        raise CorruptArtifact(
            f"the rows stored with matrix {base.key[:12]} are not those it was computed from",
            "leave run.extend out",
        )
    metadata = {"name": table.name, "classes": json.dumps(table.classes)}
    arrays = put_arrays(store, "datasets", columns, metadata)
    own = {
        **arrays.model_dump(),
        "name": table.name,
        "digest": data_digest(X, roles),
        "task": table.task,
        "rows": len(X),
        "target": table.target,
        "classes": table.classes,
        "n_train": int(np.sum(roles == 0)),
        "n_test": int(np.sum(roles == 1)),
    }
    return base.data.model_copy(update=own)
