"""Flows on backends with shots: right numbers with right errors, bought once, nothing for a rerun.

Values are compared with the exact kernel. Simulators, the fake device and the loopback services
draw the same shots every time, so nothing here passes or fails by chance.
"""

from datetime import datetime, timezone
from functools import partial

import numpy as np
import pandas as pd
import pytest

from flows.kernel_matrix import kernel_matrix
from flows.train import train
from qml_core.budget.ledger import open_ledger
from qml_core.hardware.orders import Patience
from qml_core.kernels import kernel_matrix as bare_kernel_matrix
from qml_core.references import ArtifactRef, DatasetRef
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, ModelSpec, RunSpec
from qml_core.storage.datasets import get_arrays
from qml_core.storage.matrices import load_manifest, load_matrix, load_measurement, open_matrix
from qml_core.storage.runs import load_run
from qml_core.storage.store import open_store
from tasks import devices

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

DATA = DatasetSpec(name="moons", parameters={"n_samples": 12})
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1, "bandwidth": 0.3})
OLD = RunSpec(max_calibration_age_h=99_999)
"""The fake device was calibrated in 2024."""

PRICES = """
[[price]]
backend = "ionq.*"
as_of = 2026-11-01
source = "a contract"
minimum_usd_per_circuit = 12.4166
"""

DEVICES = ("ibm.fake_manila", "braket.iqm.Garnet", "ionq.forte-1")
NOISY = ("default.mixed", "qiskit.aer")


@pytest.fixture
def ledger(tmp_path, store_url, monkeypatch):
    """A budget of 100,000 USD, prices for IonQ, and short waits between polls."""
    (tmp_path / "prices.toml").write_text(PRICES)
    monkeypatch.setenv("QML_PRICES", str(tmp_path / "prices.toml"))
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    monkeypatch.setenv("QML_JOB_GRACE_S", "0.05")
    quick = partial(Patience, first_poll=0.01, longest_poll=0.05)
    monkeypatch.setattr(devices, "Patience", quick)
    opened = open_ledger(url)
    opened.set_budget("default", 10**11, datetime.now(timezone.utc))
    return opened


@pytest.fixture
def backend(request, ledger):
    """backend(name, …): a spec, its loopback service running."""

    def make(name, **fields):
        if name.startswith(("braket.iqm", "ionq.")):
            request.getfixturevalue(name.partition(".")[0])
        noise = "ibm.fake_manila" if name in NOISY else None
        return BackendSpec(**{"name": name, "shots": 1000, "noise": noise, **fields})

    return make


def data_of(matrix):
    """The rows a matrix was computed from."""
    manifest = open_matrix(matrix)
    place = {"store": matrix.store}
    data = manifest.document["data"]
    preprocessing = {**data["preprocessing"], **place}
    ref = DatasetRef(**{**data, **place, "preprocessing": preprocessing})
    arrays = get_arrays(ref)
    return arrays["x"], arrays["role"]


def exact(matrix, kernel=KERNEL, rows=None, columns=None):
    X, roles = data_of(matrix)
    x = X if rows is None else X[roles == rows]
    return bare_kernel_matrix(x, None if columns is None else X[roles == columns], kernel=kernel)


def rms(values):
    return float(np.sqrt(np.mean(values**2)))


def settled(ledger):
    return sum(job.settled.microusd for job in ledger.jobs() if job.settled)


def jobs_of(ledger):
    return [job for job in ledger.jobs() if job.state == "settled"]


def assert_right(matrix, truth):
    """Off the diagonal within 5 of the stored standard errors, which are neither small nor large.

    χ² of 66 independent entries lies between 0.5 and 1.7 of its mean at 3 standard deviations;
    entries of corrected matrices share their diagonals, which widens that.
    """
    values, beside = load_measurement(matrix)
    off = np.triu_indices(len(truth), 1)
    z = ((values - truth) / np.where(beside.errors > 0, beside.errors, 1))[off]
    assert abs(z).max() < 5
    assert 0.4 < np.mean(z**2) < 2
    np.testing.assert_array_equal(values, values.T)
    return values


@pytest.mark.parametrize(
    "name",
    ["qml.batched", *(pytest.param(name, marks=pytest.mark.slow) for name in NOISY), *DEVICES],
)
def test_a_kernel_matrix_is_measured_corrected_and_never_bought_twice(
    backend, ledger, store_url, name
):
    spec = backend(name)
    first = kernel_matrix(DATA, KERNEL, spec, OLD)
    (matrix,) = first.matrices
    truth = exact(matrix)
    values = assert_right(matrix, truth)
    raw, beside = load_measurement(matrix.raw or matrix)
    off = ~np.eye(12, dtype=bool)
    assert beside.shots.sum() == 78 * 1000
    np.testing.assert_array_equal(raw, np.rint(raw * 1000) / 1000)
    if spec.applied_corrections:
        np.testing.assert_array_equal(np.diagonal(values), 1)
    if name in (*NOISY, "ibm.fake_manila"):
        assert rms((values - truth)[off]) < rms((raw - truth)[off]) / 2
    kept = jobs_of(ledger)
    assert len(kept) == {"ibm": 2, "bra": 4, "ion": 4}.get(name[:3], 0), "blocks and a canary"

    second = kernel_matrix(DATA, KERNEL, spec, OLD)
    assert (second.computed, second.reused) == (0, matrix.blocks)
    assert second.matrices[0].sha256 == matrix.sha256
    other = kernel_matrix(
        DATA, KERNEL, spec.model_copy(update={"corrections": ("readout",)}), OLD
    ).matrices[0]
    assert (other.computed, jobs_of(ledger)) == (0, kept)
    found, whole = load_measurement(other)
    np.testing.assert_allclose(found, whole.corrected)
    if spec.applied_corrections:
        assert other.key != matrix.key
        assert (np.diagonal(found) != 1).all()
    assert ledger.budget("default").reserved.microusd == 0
    assert ledger.audit() == ()


def test_the_bill_is_the_ledgers_and_the_record_says_what_was_used(
    backend, braket, ledger, store_url
):
    spec = backend("braket.iqm.Garnet", shots=100)
    run = kernel_matrix(DATA, KERNEL, spec, OLD)
    said = braket.control()
    assert settled(ledger) == said["bill"] == 88 * 100 * 1450 + 4 * 300_000
    record = load_run(open_store(store_url), run.run_id)
    assert record["grants"][0]["backend_used"]["name"] == "braket.iqm.Garnet"
    assert record["grants"][0]["price"].startswith("aws.amazon.com")
    assert record["usd"] == pytest.approx(said["bill"] / 1e6)
    assert record["calibration"]


def test_an_extended_matrix_measures_exactly_the_new_entries(backend, ledger, tmp_path):
    """mN + m(m−1)/2 pairs and m diagonals, of rows that are the first ones of a longer file."""
    X = np.random.default_rng(8).normal(size=(14, 2))

    def first_rows(n):
        table = pd.DataFrame(X[:n], columns=["a", "b"])
        table["y"] = np.where(np.arange(n) % 2, "up", "down")
        table.to_csv(tmp_path / f"{n}.csv", index=False)
        return DatasetSpec(path=str(tmp_path / f"{n}.csv"), target="y")

    spec = backend("ibm.fake_manila", shots=500)
    base = kernel_matrix(first_rows(11), KERNEL, spec, OLD).matrices[0]
    before = sum(job.circuits for job in jobs_of(ledger))
    extending = OLD.model_copy(update={"extend": base.key[:12], "canary": False})
    (matrix,) = kernel_matrix(first_rows(14), KERNEL, spec, extending).matrices
    n, m = 11, 3
    new = m * n + m * (m - 1) // 2 + m
    assert sum(job.circuits for job in jobs_of(ledger)) - before == new
    _, beside = load_measurement(matrix.raw)
    assert beside.shots.sum() == 500 * (n * (n + 1) // 2 + new)
    np.testing.assert_array_equal(load_matrix(matrix.raw)[:n, :n], load_matrix(base.raw))
    assert_right(matrix, exact(matrix))


MODEL = ModelSpec(kernel=KERNEL, bandwidths=(0.3,), C=(1.0, 10.0), inner_folds=2)
SPLIT = {"repeats": 1, "test_size": 0.25}


def test_training_on_a_device_measures_the_diagonals_of_the_test_rows_too(
    backend, ledger, store_url
):
    spec = backend("ibm.fake_manila")
    dataset = DatasetSpec(name="moons", parameters={"n_samples": 16}, split=SPLIT)
    run = train(dataset, MODEL, spec, OLD)
    gram, cross = run.matrices
    sizes = sorted(job.circuits for job in jobs_of(ledger))
    assert sizes == sorted([10, 12 * 13 // 2, 4 * 12, 4]), "canary, both matrices, test diagonals"
    assert {job.backend for job in ledger.jobs()} == {"ibm.fake_manila"}
    for matrix in (gram, cross):
        used = load_manifest(open_store(store_url), matrix.key).document["backend_used"]
        assert used["name"] == "ibm.fake_manila"
    diagonals, _ = load_measurement(cross.diagonal)
    assert diagonals.shape == (4, 1)
    assert (diagonals < 1).all()
    assert isinstance(gram.diagonal, ArtifactRef)

    truth = exact(gram, rows=1, columns=0)
    (values, beside), raw = load_measurement(cross), load_matrix(cross.raw)
    assert rms(values - truth) < rms(raw - truth) / 2
    assert (abs(values - truth) < 5 * beside.errors).all()
    again = train(dataset, MODEL, spec, OLD)
    assert again.computed == 0
    assert [m.sha256 for m in again.matrices] == [m.sha256 for m in run.matrices]
    assert sorted(job.circuits for job in jobs_of(ledger)) == sizes


def test_adaptive_shots_spend_less_are_reserved_at_the_cap_and_settled_at_the_actual(
    backend, braket, ledger
):
    few = DatasetSpec(name="moons", parameters={"n_samples": 6})
    spec = backend(
        "braket.iqm.Garnet", shots=2000, allocation="adaptive", pilot_shots=64, target_error=0.03
    )
    run = OLD.model_copy(update={"canary": False})
    (matrix,) = kernel_matrix(few, KERNEL, spec, run).matrices
    _, beside = load_measurement(matrix.raw)
    spent = int(beside.shots.sum())
    said = braket.control()
    assert spent == sum(task["shots"] for task in said["tasks"]) < 21 * 2000 / 2
    assert settled(ledger) == said["bill"]
    cap = 21 * 1936 * 1450 + 300_000
    entries = [entry for entry in ledger.entries("default") if entry.job_key]
    assert (entries[0].kind, entries[0].reserved_microusd >= cap) == ("reserve", True)
    most = max(np.cumsum([entry.reserved_microusd for entry in entries]))
    assert most >= cap + 21 * 64 * 1450 + 300_000
    assert ledger.budget("default").reserved.microusd == 0
    values, beside = load_measurement(matrix)
    assert (abs(values - exact(matrix)) <= 5 * beside.errors + 1e-12).all()
    again = kernel_matrix(few, KERNEL, spec, run)
    assert (again.computed, braket.control()["bill"]) == (0, said["bill"])
