"""Opening IBM's service and a device of it; the only place that sees the credentials."""

import warnings
from collections.abc import Mapping
from threading import Lock
from typing import Any

from qml_core.client_logs import quiet
from qml_core.errors import BackendDenied
from qml_core.hardware.backends.ibm_errors import translated

TOKEN, INSTANCE, URL = "QISKIT_IBM_TOKEN", "QISKIT_IBM_INSTANCE", "QISKIT_IBM_URL"

_FAKE = "fake_"


def is_fake(device: str) -> bool:
    """Whether IBM's name of a device is that of a simulated one on this machine."""
    return device.startswith(_FAKE)


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """What may stand in no message."""
    return tuple(environment[name] for name in (TOKEN, INSTANCE) if environment.get(name))


def open_service(device: str, environment: Mapping[str, str]) -> Any:
    """IBM's service for a device: the local one for `fake_…`, else that of the credentials.

    Raises:
        BackendDenied: there is no API key, or IBM refuses it.
        BackendBusy: IBM does not answer.
    """
    from qiskit_ibm_runtime import QiskitRuntimeService

    if is_fake(device):
        return QiskitRuntimeService(channel="local")
    if not environment.get(TOKEN):
        raise BackendDenied(
            f"ibm.{device} needs an API key of IBM Quantum, found no {TOKEN}",
            f"set {TOKEN} and {INSTANCE}, or rehearse on ibm.fake_manila without an account",
        )
    # at DEBUG this client prints every HTTP request of the whole process, of other providers too
    quiet("ibm-cloud-sdk-core")
    with translated(f"opening IBM's service for ibm.{device}", secrets_of(environment)):
        return QiskitRuntimeService(
            channel="ibm_quantum_platform",
            token=environment[TOKEN],
            instance=environment.get(INSTANCE) or None,
            url=environment.get(URL) or None,
        )


def open_device(service: Any, device: str, secrets: tuple[str, ...] = ()) -> Any:
    """The device's qiskit backend.

    Raises:
        BackendOffline: the service has none of that name.
    """
    with warnings.catch_warnings(), translated(f"opening ibm.{device}", secrets):
        # the local service builds all its devices to find one, and some warn of themselves
        warnings.filterwarnings("ignore", message="Properties of fake_", category=UserWarning)
        return service.backend(device)


class LocalJobs:
    """Jobs of this process: a local service forgets the jobs it ran."""

    def __init__(self) -> None:
        self._jobs: dict[str, Any] = {}
        self._keys: dict[str, str] = {}
        self._lock = Lock()

    def add(self, key: str, job: Any) -> None:
        with self._lock:
            self._jobs[job.job_id()] = job
            self._keys[key] = job.job_id()

    def find(self, key: str) -> str | None:
        with self._lock:
            return self._keys.get(key)

    def get(self, job_id: str) -> Any | None:
        with self._lock:
            return self._jobs.get(job_id)


LOCAL_JOBS = LocalJobs()
"""Shared by all local devices, so that one that is opened again finds its jobs."""
