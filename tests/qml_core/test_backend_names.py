"""What is known of backends by name alone."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.backend_names import (
    CLOUD_SIMULATORS,
    EXACT,
    NOISY,
    circuits_per_job,
    has_calibration,
    job_limits,
    kind_of,
    provider_of,
)

QPUS = ("ibm.ibm_torino", "ibm.fake_manila", "braket.iqm.Garnet", "ionq.forte-1")


def test_every_name_has_one_kind():
    assert {kind_of(name) for name in EXACT} == {"exact"}
    assert {kind_of(name) for name in NOISY} == {"noisy"}
    assert {kind_of(name) for name in (*QPUS, *CLOUD_SIMULATORS)} == {"qpu"}


@pytest.mark.parametrize(
    "name",
    [
        *("", "qml", "ibm", "ibm.", "ibm.Torino", "ibm.fake manila", "braket.Garnet"),
        *("braket.iqm.", "braket.iqm.Gar net", "ionq.", "ionq.forte_1", "ionq.forte-1\n"),
        *("ibm.../../etc", "ionq.forte-1/jobs", "braket.iqm.Garnet.x", "rigetti.ankaa"),
        *("qiskit.remote", "ibm." + "a" * 64, "QML.batched"),
    ],
)
def test_no_backend_has_such_a_name(name):
    assert kind_of(name) is None
    assert provider_of(name) is None


def test_providers_and_calibrations():
    assert [provider_of(name) for name in QPUS] == ["ibm", "ibm", "braket", "ionq"]
    assert provider_of("ionq.simulator") == "ionq"
    assert all(provider_of(name) is None for name in (*EXACT, *NOISY)), "braket.dm runs here"
    assert all(has_calibration(name) for name in QPUS)
    assert not any(has_calibration(name) for name in (*EXACT, *NOISY, *CLOUD_SIMULATORS))


def test_the_limits_of_jobs_are_those_the_providers_publish():
    assert job_limits("ibm.ibm_fez").executions == 10_000_000
    assert job_limits("braket.iqm.Garnet").circuits == 100
    assert circuits_per_job("ibm.ibm_fez", 1000) == 300
    assert circuits_per_job("ibm.ibm_fez", 100_000) == 100
    assert circuits_per_job("braket.iqm.Garnet", 1000) == 100
    assert circuits_per_job("braket.iqm.Garnet", 20_000) == 10
    assert circuits_per_job("ionq.forte-1", 10_000) == 100


@given(st.sampled_from([*EXACT, *NOISY, *QPUS, *CLOUD_SIMULATORS]), st.integers(1, 10**7))
def test_a_full_job_is_within_the_limits_and_one_more_circuit_is_not(name, shots):
    limits, full = job_limits(name), circuits_per_job(name, shots)
    assert full >= 1
    assert full <= limits.circuits
    if shots <= limits.executions:
        assert full * shots <= limits.executions
    assert full == limits.circuits or (full + 1) * shots > limits.executions


def test_names_are_known_without_anything_heavy():
    program = (
        "import sys, qml_core.backend_names\n"
        "print([m for m in ('torch', 'pennylane', 'prefect', 'numpy', 'pydantic') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
