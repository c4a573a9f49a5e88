"""complex64 and float32 through the flow: what is stored, and the error the report measures."""

import re

import numpy as np
import pytest

from flows.kernel_matrix import kernel_matrix
from flows.train import train
from qml_core.errors import CircuitRefused
from qml_core.kernels import kernel_matrix as bare_kernel_matrix
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, ModelSpec
from qml_core.storage.content import get_verified
from qml_core.storage.matrices import load_manifest, load_matrix
from qml_core.storage.runs import load_run
from qml_core.storage.store import open_store
from tasks.datasets import load_dataset, read_columns

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

DATA = DatasetSpec(name="breast_cancer", preprocessing={"scale": "minmax", "n_components": 4})
SMALL = DatasetSpec(name="iris", preprocessing={"scale": "minmax"})
KERNEL = KernelSpec(encoding={"name": "zz", "reps": 1})
SINGLE = BackendSpec(precision="single", storage="float32")


def page_of(run, store):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", get_verified(run.report, store).decode()))


def features():
    return read_columns(load_dataset.fn(SMALL), "all", "x")[0]


def sizes(store, matrix):
    return sum(block.size for block in load_manifest(store, matrix.key).blocks)


@pytest.mark.parametrize(
    "backend", [SINGLE, BackendSpec(storage="float32"), BackendSpec(precision="single")]
)
def test_the_stored_matrix_is_the_bare_one_and_its_error_is_in_record_and_report(
    store_url, backend
):
    run = kernel_matrix(SMALL, KERNEL, backend)
    store, (matrix,) = open_store(store_url), run.matrices
    assert matrix.dtype == load_manifest(store, matrix.key).dtype == backend.storage
    stored, bare = (
        load_matrix(matrix),
        bare_kernel_matrix(features(), None, KERNEL, backend=backend),
    )
    np.testing.assert_array_equal(stored, bare.astype(backend.storage))

    double = bare_kernel_matrix(features(), None, KERNEL)
    measured = load_run(store, run.run_id)["rounding"]
    assert (measured["rows"], measured["entries"]) == (150, 150 * 151 // 2)
    assert measured["largest"] == pytest.approx(np.abs(stored - double).max())
    assert 1e-9 < measured["rms"] < measured["largest"] < 1e-5
    assert measured["min_eigenvalue"] == pytest.approx(np.linalg.eigvalsh(stored)[0], abs=1e-12)
    amplitudes = {"single": "complex64", "double": "complex128"}[backend.precision]
    said = f"Computed in {amplitudes}, stored as {backend.storage}: 11,325 entries of 150 rows"
    assert said in page_of(run, store)


def test_float32_takes_half_the_store_and_a_second_run_reuses_it(store_url):
    store = open_store(store_url)
    double, single = (
        kernel_matrix(DATA, KERNEL, backend).matrices[0] for backend in (BackendSpec(), SINGLE)
    )
    assert double.key != single.key
    assert sizes(store, single) == pytest.approx(sizes(store, double) / 2, rel=0.15)
    again = kernel_matrix(DATA, KERNEL, SINGLE)
    assert (again.computed, again.reused) == (0, single.blocks)


def test_double_precision_measures_nothing(store_url):
    run = kernel_matrix(SMALL, KERNEL)
    store = open_store(store_url)
    assert load_run(store, run.run_id)["rounding"] is None
    assert "in double precision" not in page_of(run, store)


def test_states_that_fit_in_single_precision_only_are_not_compared(store_url, monkeypatch):
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))
    wide = DatasetSpec(name="breast_cancer", preprocessing={"n_components": 15})
    with pytest.raises(CircuitRefused):
        kernel_matrix(wide, KERNEL)
    run = kernel_matrix(wide, KERNEL, SINGLE)
    assert load_run(open_store(store_url), run.run_id)["rounding"] is None


def test_training_on_a_matrix_in_single_precision_reports_its_error(store_url):
    model = ModelSpec(kernel=KERNEL, bandwidths=[0.4], C=[1.0])
    run = train(SMALL, model, SINGLE)
    measured = load_run(open_store(store_url), run.run_id)["rounding"]
    assert (measured["rows"], measured["how"]) == (120, "computed in complex64, stored as float32")
    assert {matrix.dtype for matrix in run.matrices} == {"float32"}
    assert run.score.value > 0.8


def test_landmarks_in_single_precision_are_measured_on_themselves(store_url):
    kernel = KERNEL.model_copy(update={"landmarks": 20})
    run = kernel_matrix(SMALL, kernel, SINGLE)
    measured = load_run(open_store(store_url), run.run_id)["rounding"]
    assert measured["rows"] <= 20
    assert 0 < measured["largest"] < 1e-5
