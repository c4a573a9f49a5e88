"""IBM's own client over a cloud that is a dictionary: every class but its HTTP session is real."""

import copy
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pennylane as qml
import pytest
from pennylane.tape import QuantumScript

from qml_core.budget.prices import Price
from qml_core.hardware.backends.ibm import IBMBackend

DEVICE = "ibm_rehearsal"


def _features(x: Sequence[float]) -> list[Any]:
    n = len(x)
    return [
        *(qml.Hadamard(i) for i in range(n)),
        *(qml.RZ(x[i], i) for i in range(n)),
        *(qml.IsingZZ(x[i] * x[i + 1], [i, i + 1]) for i in range(n - 1)),
    ]


def _kernel_circuit(x: Sequence[float], y: Sequence[float], barrier: bool = True) -> QuantumScript:
    between = [qml.Barrier(range(len(x)))] if barrier else []
    undone = [qml.adjoint(op) for op in reversed(_features(y))]
    return QuantumScript([*_features(x), *between, *undone], [qml.counts(wires=range(len(x)))])


@pytest.fixture
def kernel_circuit() -> Callable[..., QuantumScript]:
    """U†(y) U(x) of one IQP layer, which compilers cancel where x = y and nothing is between."""
    return _kernel_circuit


@pytest.fixture
def kernel_circuits() -> list[QuantumScript]:
    """The 78 pairs, diagonal included, of 12 rows of 4 features in [0, π]."""
    X = np.random.default_rng(1).uniform(0, np.pi, (12, 4))
    return [_kernel_circuit(X[i], X[j]) for i in range(12) for j in range(i, 12)]


@pytest.fixture
def asymmetric() -> QuantumScript:
    """Three wires of which only wire 0 reads 1."""
    return QuantumScript([qml.PauliX(0)], [qml.counts(wires=range(3))])


@pytest.fixture
def fresh_manila() -> Callable[[timedelta], Any]:
    """fresh_manila(age): a simulated Manila all of whose values were measured then."""
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    class Fresh(FakeManilaV2):  # type: ignore[misc]
        age = timedelta(0)

        def properties(self, refresh: bool = False) -> Any:
            found = copy.deepcopy(super().properties())
            now = datetime.now(timezone.utc)
            found.last_update_date = now
            for values in (*found.qubits, *(gate.parameters for gate in found.gates)):
                for value in values:
                    value.date = now - self.age
            return found

    def of_age(age: timedelta) -> Any:
        device = Fresh()
        device.age = age
        return device

    return of_age


@dataclass
class IBMCloud:
    """What stands behind IBM's HTTP interface, in the shape that its RuntimeClient gives."""

    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    failing: dict[str, list[Exception]] = field(default_factory=dict)
    """Method → errors to raise, one a call."""
    after_accepting: list[Exception] = field(default_factory=list)
    """Errors of a submission that has been accepted."""
    status: str = "Completed"
    reason: str | None = None
    reason_code: int | None = None
    seconds: float | None = 7.25
    device: dict[str, Any] = field(
        default_factory=lambda: {"operational": True, "status_msg": "active", "pending_jobs": 3}
    )
    returns_metadata: bool = True
    sessions: list[str] = field(default_factory=list)
    refreshed: int = 0
    _instance: str | None = None

    def _fail(self, method: str) -> None:
        if self.failing.get(method):
            raise self.failing[method].pop(0)

    def backend_status(self, backend_name: str) -> dict[str, Any]:
        self._fail("backend_status")
        return {"backend_name": backend_name, "backend_version": "1.0.0", **self.device}

    def backend_configuration(self, backend_name: str, **_: Any) -> dict[str, Any]:
        return _document("conf_filename") | {"backend_name": backend_name}

    def backend_properties(self, backend_name: str, **_: Any) -> dict[str, Any]:
        self._fail("backend_properties")
        self.refreshed += 1
        return _document("props_filename") | {"backend_name": backend_name}

    def cloud_usage(self) -> dict[str, Any]:
        return {}

    def create_session(self, backend: str, instance: str, max_time: Any, mode: str) -> Any:
        self._fail("create_session")
        self.sessions.append(mode)
        return {"id": f"session-{len(self.sessions)}"}

    def close_session(self, session_id: str) -> None:
        self._fail("close_session")

    def program_run(self, **arguments: Any) -> dict[str, Any]:
        self._fail("program_run")
        self.submissions.append(arguments)
        job_id = uuid.uuid4().hex[:20]
        self.jobs[job_id] = {
            "id": job_id,
            "backend": arguments["backend_name"],
            "created": datetime.now(timezone.utc).isoformat(),
            "tags": arguments["job_tags"],
            "pubs": arguments["params"]["pubs"],
        }
        if self.after_accepting:
            raise self.after_accepting.pop(0)
        return {"id": job_id, "backend": arguments["backend_name"]}

    def job_get(self, job_id: str, exclude_params: bool = True) -> dict[str, Any]:
        from qiskit_ibm_runtime.api.exceptions import RequestsApiError

        self._fail("job_get")
        if job_id not in self.jobs:
            raise RequestsApiError("404 Client Error: Not Found", 404)
        job = {key: value for key, value in self.jobs[job_id].items() if key != "pubs"}
        state = {"status": self.status, "reason": self.reason, "reasonCode": self.reason_code}
        params = {} if exclude_params else {"params": {"pubs": self.jobs[job_id]["pubs"]}}
        return job | {"state": state} | params

    def jobs_get(self, job_tags: list[str], limit: int, **_: Any) -> dict[str, Any]:
        self._fail("jobs_get")
        found = [id_ for id_, job in self.jobs.items() if set(job_tags) <= set(job["tags"])]
        return {"jobs": [self.job_get(id_) for id_ in found[:limit]], "count": len(found)}

    def job_results(self, job_id: str) -> str:
        from qiskit_ibm_runtime import SamplerV2
        from qiskit_ibm_runtime.utils import RuntimeEncoder

        if self.status != "Completed":
            return "Traceback: the device said no"
        result = SamplerV2(mode=_manila()).run(self.jobs[job_id]["pubs"]).result()
        if not self.returns_metadata:
            for part in result:
                part.metadata.clear()
        return json.dumps(result, cls=RuntimeEncoder)

    def job_metadata(self, job_id: str) -> dict[str, Any]:
        usage = {} if self.seconds is None else {"quantum_seconds": self.seconds}
        return {"usage": usage, "timestamps": {"finished": "2026-11-21T08:00:00.5Z"}}

    def job_cancel(self, job_id: str) -> None:
        self._fail("job_cancel")
        self.status = "Cancelled"


def _manila() -> Any:
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    return FakeManilaV2()


def _document(attribute: str) -> dict[str, Any]:
    """Configuration or properties of Manila as its server gave them."""
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    file = Path(FakeManilaV2.dirname) / getattr(FakeManilaV2, attribute)
    return dict(json.loads(file.read_text()))


def _service(cloud: IBMCloud) -> Any:
    """A QiskitRuntimeService as after a successful login."""
    from qiskit_ibm_runtime import QiskitRuntimeService

    service = QiskitRuntimeService.__new__(QiskitRuntimeService)
    service._active_api_client = cloud
    service._api_clients = {None: cloud}
    service._backend_configs = {}
    service._channel = "ibm_quantum_platform"
    return service


@pytest.fixture
def ibm_cloud() -> IBMCloud:
    return IBMCloud()


@pytest.fixture
def open_ibm(ibm_cloud: IBMCloud) -> Callable[..., IBMBackend]:
    """A QPU of the cloud, opened as by a new process, at 1.6 USD a second."""
    price = Price(backend="ibm.ibm_*", as_of=date(2026, 11, 1), source="test", usd_per_second=1.6)

    def open_(environment: dict[str, str] | None = None, **options: Any) -> IBMBackend:
        service = _service(ibm_cloud)
        device = service._create_backend_obj(DEVICE, instance=None, use_fractional_gates=False)
        given = {"prices": [price], "environment": environment or {}, **options}
        return IBMBackend(f"ibm.{DEVICE}", service=service, device=device, **given)

    return open_
