"""Backends by name: nothing of a vendor is imported before its backend is opened."""

import subprocess
import sys

import pytest

from qml_core.backend_names import EXACT, NOISY
from qml_core.errors import BackendDenied, DataError, QMLError
from qml_core.hardware import registry
from qml_core.hardware.registry import noise_record, open_backend
from qml_core.specs import BackendSpec

VENDORS = ("qiskit", "qiskit_aer", "qiskit_ibm_runtime", "braket", "boto3", "httpx")


@pytest.mark.parametrize("name", [*EXACT, *NOISY])
def test_a_simulator_is_opened_under_its_name(name):
    backend = open_backend(BackendSpec(name=name, shots=10))
    assert backend.name == name
    assert backend.status().operational
    assert backend.calibration() is None


@pytest.mark.parametrize("name", NOISY)
def test_a_noisy_simulator_follows_the_record_it_is_given(name):
    spec = BackendSpec(name=name, noise="ibm.fake_manila")
    assert open_backend(spec).noise == noise_record(spec)
    assert noise_record(spec).backend.endswith("fake_manila")
    assert open_backend(BackendSpec(name=name)).noise is None
    assert noise_record(BackendSpec(name=name)) is None


def test_a_record_that_is_not_there_is_told():
    with pytest.raises(DataError, match=r"nowhere\.json"):
        open_backend(BackendSpec(name="default.mixed", noise="nowhere.json"))


def test_a_provider_is_opened_with_the_environment_that_is_given(ionq, braket, monkeypatch):
    import os

    environment = dict(os.environ)
    for name in ("IONQ_API_KEY", "QML_IONQ_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(BackendDenied):
        open_backend(BackendSpec(name="ionq.forte-1"))
    found = open_backend(BackendSpec(name="ionq.forte-1"), environment=environment)
    assert found.status().operational
    found = open_backend(BackendSpec(name="braket.iqm.Garnet"), environment=environment)
    assert found.name == "braket.iqm.Garnet"
    assert found.status().operational


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("ibm.fake_manila", "ibm"),
        ("braket.iqm.Garnet", "braket"),
        ("ionq.forte-1", "ionq"),
        ("qiskit.aer", "ibm"),
        ("braket.dm", "braket"),
    ],
)
def test_a_client_that_is_not_installed_is_denied_with_what_to_install(name, extra, monkeypatch):
    def missing(module):
        raise ModuleNotFoundError("No module named 'vendor.part'", name="vendor.part")

    monkeypatch.setattr(registry, "import_module", missing)
    with pytest.raises(BackendDenied, match="needs vendor, which is not installed") as caught:
        open_backend(BackendSpec(name=name))
    assert caught.value.remedy == f"pip install 'qml-flows[{extra}]'"


def test_the_same_seed_gives_the_same_shots_and_another_one_others(kernel_circuit):
    circuit, key = kernel_circuit([0.3, 0.9], [1.0, 0.2]), "0" * 64

    def counts(seed):
        backend = open_backend(BackendSpec(shots=100), seed)
        return backend.result(backend.submit([circuit], 200, key)).counts

    assert counts(1) == counts(1)
    assert counts(1) != counts(2)


def test_a_name_that_no_backend_has_is_refused_by_the_spec():
    with pytest.raises(ValueError, match="unknown backend"):
        BackendSpec(name="quantum.annealer")


def test_no_vendor_is_imported_before_a_backend_is_opened():
    program = (
        "import sys, qml_core.hardware.registry, qml_core.hardware.running, "
        "qml_core.hardware.readiness, qml_core.hardware.purchase\n"
        f"print([v for v in {VENDORS} if v in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_errors_of_opening_are_ours(monkeypatch):
    """Whatever is wrong with the environment, what is raised is one of our errors."""
    for name in ("ibm.ibm_torino", "ionq.forte-1"):
        with pytest.raises(QMLError):
            open_backend(BackendSpec(name=name), environment={}).status()
