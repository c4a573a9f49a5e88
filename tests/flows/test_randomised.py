"""Kernels from randomised measurements in the flows: right numbers, exact plans, nothing twice."""

from collections import Counter
from datetime import datetime, timezone

import numpy as np
import pytest

from flows.kernel_matrix import kernel_matrix
from flows.train import train
from qml_core.budget.ledger import open_ledger
from qml_core.errors import SpecError
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, ModelSpec, RunSpec
from qml_core.storage.gc import collect_garbage
from qml_core.storage.inventory import verify
from qml_core.storage.matrices import load_matrix, load_measurement
from qml_core.storage.runs import load_run
from qml_core.storage.store import open_store

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

DATA = DatasetSpec(name="moons", parameters={"n_samples": 6})
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1, "bandwidth": 0.5})
RANDOMISED = {"estimator": "randomised", "bases": 400, "shots": 500}


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    opened = open_ledger(url)
    opened.set_budget("default", 10_000_000_000, datetime.now(timezone.utc))
    return opened


def measured_files(store_url):
    return [e.path for e in open_store(store_url).list("measurements")]


def test_entries_are_the_exact_ones_within_their_errors(store_url):
    exact = load_matrix(kernel_matrix(DATA, KERNEL).matrices[0])
    run = kernel_matrix(DATA, KERNEL, BackendSpec(**RANDOMISED))
    (matrix,) = run.matrices
    K, beside = load_measurement(matrix)
    assert (np.abs(K - exact) < 5 * beside.errors).all()
    assert 0 < beside.errors.max() < 0.1
    assert beside.shots.sum() == 6 * 400 * 500
    np.testing.assert_array_equal(K, K.T)
    record = load_run(open_store(store_url), run.run_id)
    assert "fewer circuits from 800 rows on" in record["grants"][0]["reason"]


@pytest.mark.slow
def test_noisy_simulators_are_corrected_for_readout_where_that_is_asked(store_url):
    noisy = {"name": "qiskit.aer", "noise": "ibm.fake_manila", **RANDOMISED, "bases": 150}
    exact = load_matrix(kernel_matrix(DATA, KERNEL).matrices[0])
    raw = kernel_matrix(DATA, KERNEL, BackendSpec(**noisy)).matrices[0]
    files = measured_files(store_url)
    asked = BackendSpec(**noisy, corrections=("readout",))
    corrected = kernel_matrix(DATA, KERNEL, asked).matrices[0]
    assert measured_files(store_url) == files
    assert corrected.raw.sha256 == raw.sha256
    before, after = (np.diagonal(load_matrix(m) - exact).mean() for m in (raw, corrected))
    assert before < -0.08  # noise shows in the purities
    assert abs(after) < 0.5 * abs(before)


@pytest.mark.slow
def test_training_measures_test_rows_alone_and_in_the_bases_of_the_training_rows(store_url):
    data = DatasetSpec(name="moons", parameters={"n_samples": 20}, split={"repeats": 1})
    model = ModelSpec(kernel=KERNEL, C=(1.0,), bandwidths=(), inner_folds=2)
    run = train(data, model, BackendSpec(**{**RANDOMISED, "bases": 250}))
    exact = train(data, model)
    cross, truth = (load_matrix(r.matrices[-1]) for r in (run, exact))
    K, beside = load_measurement(run.matrices[-1])
    assert cross.shape == (4, 16)
    assert (np.abs(K - truth) < 5 * beside.errors).all()
    assert beside.shots.sum() == 4 * 250 * 500
    store = open_store(store_url)
    receipts = [e.path for e in store.list("matrices") if "/measurements/" in e.path]
    assert len(receipts) == 20  # 250 bases of a row are a job
    assert verify(store).damaged == []
    later = datetime(2100, 1, 1, tzinfo=timezone.utc)
    gone = collect_garbage(store, later, later - later).removed
    assert not [path for path in gone if "measurements" in path]


@pytest.mark.usefixtures("ionq")
def test_a_device_sells_as_many_jobs_and_circuits_as_planned_and_never_twice(
    store_url, ledger, ionq
):
    backend = BackendSpec(name="ionq.simulator", estimator="randomised", bases=30, shots=200)
    run = RunSpec(canary=False)
    (matrix,) = kernel_matrix(DATA, KERNEL, backend, run).matrices
    jobs = ledger.jobs()
    assert Counter(job.circuits for job in jobs) == {90: 2}
    assert {(job.state, job.outcome, job.shots) for job in jobs} == {("settled", "done", 200)}
    assert ionq.control()["creates"] == 2
    exact = load_matrix(kernel_matrix(DATA, KERNEL).matrices[0])
    K, beside = load_measurement(matrix)
    assert (np.abs(K - exact) < 5 * beside.errors).all()

    store = open_store(store_url)
    for entry in store.list(f"matrices/{matrix.key}"):
        if "measurements" not in entry.path:
            store.delete(entry.path)  # only the counts of the rows are left
    again = kernel_matrix(DATA, KERNEL, backend, run)
    assert ionq.control()["creates"] == 2
    np.testing.assert_array_equal(load_matrix(again.matrices[0]), K)
    landmarks = KERNEL.model_copy(update={"landmarks": 3})
    kernel_matrix(DATA, landmarks, backend, run)
    assert ionq.control()["creates"] == 2
    assert ledger.audit() == ()


def test_what_cannot_work_is_refused_before_anything_is_run(store_url):
    wide = DatasetSpec(name="breast_cancer", preprocessing={"n_components": 9})
    with pytest.raises(SpecError, match=r"9 qubits, the limit is 8.*compute_uncompute"):
        kernel_matrix(wide, KernelSpec(), BackendSpec(**RANDOMISED))
    (matrix,) = kernel_matrix(DATA, KERNEL, BackendSpec(**{**RANDOMISED, "bases": 5})).matrices
    with pytest.raises(SpecError, match="not shared between data sets"):
        kernel_matrix(
            DATA, KERNEL, BackendSpec(**{**RANDOMISED, "bases": 5}), RunSpec(extend=matrix.key)
        )
