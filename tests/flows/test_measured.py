import time
import numpy as np
import pytest

from flows.kernel_matrix import kernel_matrix
from qml_core.budget.ledger import open_ledger
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.matrices import load_matrix, load_measurement
from datetime import datetime, timezone

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

DATA = DatasetSpec(name="moons", parameters={"n_samples": 12})
KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1, "bandwidth": 0.3})

@pytest.fixture
def ledger(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("QML_LEDGER_URL", url)
    opened = open_ledger(url)
    opened.set_budget("default", 10_000_000_000, datetime.now(timezone.utc))
    return opened

@pytest.mark.parametrize("b", [
 dict(name="qml.batched", shots=1000),
 dict(name="default.mixed", shots=1000, noise="ibm.fake_manila"),
 dict(name="qiskit.aer", shots=1000, noise="ibm.fake_manila"),
 dict(name="ibm.fake_manila", shots=1000),
 dict(name="braket.iqm.Garnet", shots=1000),
 dict(name="ionq.forte-1", shots=1000),
], ids=lambda b: b["name"])
def test_try(store_url, ledger, b, request):
    if b["name"].startswith("braket"): request.getfixturevalue("braket")
    if b["name"].startswith("ionq"): request.getfixturevalue("ionq")
    run = RunSpec(max_calibration_age_h=99999)
    exact = load_matrix(kernel_matrix(DATA, KERNEL, run=run).matrices[0])
    t = time.time()
    r = kernel_matrix(DATA, KERNEL, BackendSpec(**b), run)
    print(b["name"], time.time() - t)
    m = r.matrices[0]
    K, beside = load_measurement(m)
    R, rbeside = load_measurement(m.raw) if m.raw else (K, beside)
    off = ~np.eye(len(K), dtype=bool)
    z = ((K - exact) / np.where(beside.errors > 0, beside.errors, 1))[off]
    print("max z", abs(z).max(), "mean z2", (z**2).mean(), "rms", np.sqrt(((K-exact)[off]**2).mean()), "raw", np.sqrt(((R-exact)[off]**2).mean()))
    print(m)
    t = time.time()
    again = kernel_matrix(DATA, KERNEL, BackendSpec(**b), run)
    print("again", again.computed, time.time() - t, again.matrices[0] == m)
    other = kernel_matrix(DATA, KERNEL, BackendSpec(**b, corrections=("readout",)), run)
    print("other", other.computed, other.matrices[0].key == m.key)
    for j in ledger.jobs(): print(j.state, j.outcome, j.circuits, j.shots, j.reserved, j.settled)
    print(ledger.audit())
