"""The kernel-matrix flow on a real Prefect server: right numbers, reuse, repair of damage."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from flows.kernel_matrix import kernel_matrix
from qml_core.errors import CircuitRefused, SpecError
from qml_core.evaluation import preprocessing
from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.splits import split_roles
from qml_core.kernels import kernel_matrix as bare_kernel_matrix
from qml_core.specs import DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.content import get_verified
from qml_core.storage.matrices import load_manifest, load_matrix
from qml_core.storage.runs import load_run
from qml_core.storage.store import open_store

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

DATA = DatasetSpec(name="moons", parameters={"n_samples": 1100}, preprocessing={"scale": "minmax"})
KERNEL = KernelSpec(encoding={"name": "zz", "reps": 1})


def by_hand(dataset, kernel):
    table = load_table(dataset)
    roles = split_roles(table.y, table.task, dataset.split.test_size, dataset.split.seed)
    fitted = preprocessing.fit(
        dataset.preprocessing, table.features[roles == 0], table.y[roles == 0], table.task
    )
    return bare_kernel_matrix(fitted.transform(table.features), kernel=kernel)


def block_files(store_url):
    return sorted(Path(urlsplit(store_url).path, "blocks").rglob("*.parquet"))


def test_matrix_is_the_bare_one_and_a_second_run_computes_nothing(store_url):
    first = kernel_matrix(DATA, KERNEL)
    (matrix,) = first.matrices
    assert (matrix.shape, matrix.blocks, matrix.computed, matrix.reused) == ((1100, 1100), 6, 6, 0)
    np.testing.assert_array_equal(load_matrix(matrix), by_hand(DATA, KERNEL))

    second = kernel_matrix(DATA, KERNEL)
    assert (second.computed, second.reused) == (0, 6)
    assert second.matrices[0].sha256 == matrix.sha256
    assert second.run_id != first.run_id


def test_run_record_and_report_say_what_was_asked_and_used(store_url):
    dataset = DatasetSpec(name="iris")
    run = kernel_matrix(dataset)
    store = open_store(store_url)
    record = load_run(store, run.run_id)
    assert record["asked"]["dataset"]["name"] == "iris"
    assert record["grants"][0]["backend_used"]["name"] == "qml.batched"
    assert record["usd"] == 0
    assert record["calibration"] is None
    assert record["command"] == "qml kernel --set dataset.name=iris"
    assert record["versions"]["prefect"]
    page = re.sub(r"<[^>]*>", "", get_verified(run.report, store).decode())
    assert "iris" in page
    assert run.command in page
    manifest = load_manifest(store, run.matrices[0].key)
    assert manifest.document["data"]["n_test"] == 30


def test_a_corrupted_and_a_swapped_block_are_recomputed_bit_for_bit(store_url):
    matrix = kernel_matrix(DATA, KERNEL).matrices[0]
    truth = load_matrix(matrix)
    files = block_files(store_url)
    flipped = bytearray(files[0].read_bytes())
    flipped[len(flipped) // 2] ^= 1
    files[0].write_bytes(flipped)
    files[1].write_bytes(files[2].read_bytes())

    again = kernel_matrix(DATA, KERNEL).matrices[0]
    assert (again.computed, again.reused) == (2, 4)
    assert again.sha256 == matrix.sha256
    np.testing.assert_array_equal(load_matrix(again), truth)


def test_another_measurement_is_another_matrix_of_the_same_numbers(store_url):
    first, second = (
        kernel_matrix(DatasetSpec(name="iris"), KERNEL, run=RunSpec(remeasure=k)).matrices[0]
        for k in (0, 1)
    )
    assert first.key != second.key
    assert second.computed == 1
    np.testing.assert_array_equal(load_matrix(first), load_matrix(second))


def test_too_many_qubits_are_refused_before_anything_is_computed(store_url, monkeypatch):
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))
    wide = DatasetSpec(name="breast_cancer", preprocessing={"n_components": 20})
    with pytest.raises(CircuitRefused, match=r"20 qubits.*n_components=14"):
        kernel_matrix(wide)
    assert block_files(store_url) == []


def test_qubits_and_components_that_disagree_are_told_before_any_data_are_read(store_url):
    dataset = DatasetSpec(name="iris", preprocessing={"n_components": 3})
    with pytest.raises(SpecError, match=r"encoding\.n_qubits=4.*preprocessing\.n_components=3"):
        kernel_matrix(dataset, KernelSpec(encoding={"n_qubits": 4}))
    assert not Path(urlsplit(store_url).path).exists()


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_matrix(store_url):
    threads = kernel_matrix(DATA, KERNEL).matrices[0]
    run = RunSpec(task_runner="dask", remeasure=1)
    dask = kernel_matrix(DATA, KERNEL, run=run).matrices[0]
    assert dask.computed == 6
    np.testing.assert_allclose(load_matrix(dask), load_matrix(threads), rtol=1e-13, atol=1e-15)


def test_remote_workers_with_a_local_store_are_refused(store_url):
    with pytest.raises(SpecError, match="workers on other machines cannot see it"):
        kernel_matrix(DatasetSpec(name="iris"), run=RunSpec(task_runner="dask:tcp://127.0.0.1:1"))
