"""IonQ's QPUs and cloud simulator through its REST API v0.4, one job for many circuits.

The service knows no client token. A submission is therefore sent once; when its answer is lost,
`find` looks for the key in the metadata of the jobs that the service lists.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from qml_core.backend_names import job_limits
from qml_core.budget.prices import JobSize, Price, charge, find_price, read_prices
from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendError,
    JobNotFound,
)
from qml_core.hardware.backends.ionq_calibration import calibration_of, moment
from qml_core.hardware.backends.ionq_circuits import (
    KEY,
    SIMULATOR,
    GateSet,
    count_gates,
    job_body,
)
from qml_core.hardware.backends.ionq_client import DEFAULT_URL, IonQClient
from qml_core.hardware.backends.ionq_jobs import ENDED, check_done, job_size, ordered, status_of
from qml_core.hardware.backends.ionq_results import billed, counts_of, estimated
from qml_core.hardware.backends.ionq_validation import violations
from qml_core.hardware.gates import n_qubits
from qml_core.hardware.protocol import Circuit, JobResult, JobStatus, Status, Violation
from qml_core.hardware.validation import DeviceLimits
from qml_core.keys import digest
from qml_core.references import Calibration, Charge

if TYPE_CHECKING:
    import httpx

KEY_VARIABLE = "IONQ_API_KEY"
URL_VARIABLE = "QML_IONQ_URL"


class IonQBackend:
    """One of IonQ's backends.

    Args:
        name: `ionq.forte-1`, `ionq.forte-enterprise-1`, …, or `ionq.simulator`.
        url: of the service with its version; None: QML_IONQ_URL, else IonQ's own.
        key: API key; None: IONQ_API_KEY.
        environment: where the two come from; None: the process's.
        gateset: None: native on a QPU, since the service compiles abstract gates and promises
            nowhere to keep U†U; qis on the simulator, which is ideal.
        prices: where the service gives no estimate; None: the bundled and the user's own.
        seed: of the shots that are drawn from the simulator's exact probabilities.
        transport, sleep: see IonQClient.

    Raises:
        BackendDenied: there is no key.
    """

    def __init__(
        self,
        name: str,
        url: str | None = None,
        key: str | None = None,
        gateset: GateSet | None = None,
        prices: Iterable[Price] | None = None,
        seed: int = 0,
        environment: Mapping[str, str] | None = None,
        transport: "httpx.BaseTransport | None" = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        device = name.removeprefix("ionq.")
        self._target = SIMULATOR if device == SIMULATOR else f"qpu.{device}"
        self._gateset: GateSet = gateset or ("qis" if self._simulated else "native")
        self._prices = None if prices is None else tuple(prices)
        self._seed = seed
        environment = os.environ if environment is None else environment
        self._client = IonQClient(
            url or environment.get(URL_VARIABLE) or DEFAULT_URL,
            environment.get(KEY_VARIABLE, "") if key is None else key,
            transport=transport,
            sleep=sleep,
        )

    idempotent = False  # IonQ knows no client's token

    def __repr__(self) -> str:
        return f"IonQBackend({self.name!r})"

    def status(self) -> Status:
        """The queue is said as a time, not as a number of jobs."""
        found = self._device()
        if found is None:
            return Status(False, reason=f"IonQ lists no backend {self._target}")
        notes = ["degraded"] if found.get("degraded") else []
        if found["status"] != "available":
            return Status(False, reason=", ".join([str(found["status"]), *notes]))
        if (waiting := found.get("average_queue_time")) is not None:
            notes.append(f"average_queue_time {waiting}, in the service's unit")
        return Status(True, reason=", ".join(notes))

    def calibration(self) -> Calibration | None:
        if self._simulated:
            return None
        device = self._device() or {}
        base = f"/backends/{self._target}/characterizations"
        if newest := device.get("characterization_id"):
            found = self._client.get(f"{base}/{_segment(newest)}")
        else:
            listed = self._client.get(base, {"limit": 1})["characterizations"]
            found = listed[0] if listed else None
        return calibration_of(self.name, int(device.get("qubits") or 1), found)

    def validate(self, circuits: Sequence[Circuit], shots: int) -> tuple[Violation, ...]:
        device = self._device() or {}
        limits = DeviceLimits(int(device.get("qubits") or 0), job_limits(self.name))
        return violations(circuits, shots, limits, self._gateset)

    def estimate(self, circuit: Circuit, count: int, shots: int) -> Charge:
        """The service's own estimate of one circuit, times their number; else the dated price."""
        one, two = count_gates(circuit, self._gateset)
        if not self._simulated:
            query = {"backend": self._target, "qubits": n_qubits(circuit), "shots": shots}
            try:
                said = self._client.get(
                    "/jobs/estimate", {**query, "1q_gates": one, "2q_gates": two}
                )
            except (BackendBusy, BackendDenied):  # a price of another day is no answer
                raise
            except BackendError:
                said = {}
            if (each := estimated(said)) is not None:
                return each.times(count)
        price = find_price(self.name, read_prices() if self._prices is None else self._prices)
        size = JobSize(circuits=count, shots=shots, one_qubit_gates=one, two_qubit_gates=two)
        return charge(price, size)

    def submit(self, circuits: Sequence[Circuit], shots: int, key: str) -> str:
        """One request, never repeated.

        Raises:
            BackendBusy: no answer, or none that names the job: ask `find` before submitting again.
        """
        body = job_body(circuits, shots, key, self._target, self._gateset)
        answer = self._client.post("/jobs", body)
        if not isinstance(answer, dict) or not answer.get("id"):
            raise BackendBusy("POST /jobs of IonQ was answered without the job's id")
        return str(answer["id"])

    def find(self, key: str, since: datetime | None = None) -> str | None:
        for job in self._client.jobs():
            submitted = moment(job.get("submitted_at"))
            if since is not None and submitted is not None and submitted < since:
                return None  # the newest come first
            if (job.get("metadata") or {}).get(KEY) == key and not job.get("parent_job_id"):
                return str(job["id"])
        return None

    def poll(self, job_id: str) -> JobStatus:
        return status_of(self._job(job_id))

    def result(self, job_id: str) -> JobResult:
        """Raises JobPending before the end; of a failed job BudgetExceeded, CircuitRefused or
        JobFailed, by its code."""
        job = self._job(job_id)
        check_done(job)
        path = f"/jobs/{_segment(job_id)}"
        answer = self._client.get(f"{path}/results/probabilities")
        children = job.get("child_job_ids")
        found = ordered(answer, children, self._names(job_id) if children else {})
        shots, qubits = job_size(job, len(found))
        counts = [
            counts_of(probabilities, n, shots, self._rng(job_id, index))
            for index, (probabilities, n) in enumerate(zip(found, qubits, strict=True))
        ]
        return JobResult(tuple(counts), self._bill(path, job), moment(job.get("completed_at")))

    def billed(self, job_id: str) -> Charge | None:
        """What the job costs; nothing where it failed or was cancelled: the credit comes back."""
        job = self._job(job_id)
        said = self._bill(f"/jobs/{_segment(job_id)}", job)
        without_result = status_of(job).state in ("failed", "cancelled")
        return Charge() if said is None and without_result else said

    def cancel(self, job_id: str) -> None:
        if self.poll(job_id).state in ENDED:
            return
        try:
            self._client.put(f"/jobs/{_segment(job_id)}/status/cancel")
        except BackendError:
            if self.poll(job_id).state not in ENDED:  # it may have ended in between
                raise

    @property
    def _simulated(self) -> bool:
        return self._target == SIMULATOR

    def _device(self) -> dict[str, Any] | None:
        """From the list, which alone names the simulator too."""
        listed: list[dict[str, Any]] = self._client.get("/backends")
        return next((each for each in listed if each["backend"] == self._target), None)

    def _job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(f"/jobs/{_segment(job_id)}")
        return found

    def _names(self, job_id: str) -> dict[str, str]:
        children = self._client.jobs({"parent_job_id": job_id})
        return {str(child["id"]): str(child.get("name")) for child in children}

    def _bill(self, path: str, job: dict[str, Any]) -> Charge | None:
        try:
            cost = self._client.get(f"{path}/cost")
        except JobNotFound:  # known, but priced against no contract
            cost = {}
        return billed(cost, job, free=self._simulated)

    def _rng(self, job_id: str, index: int) -> np.random.Generator | None:
        """The same shots whenever the same job is asked for."""
        if not self._simulated:
            return None
        return np.random.default_rng([self._seed, int(digest(job_id.encode())[:16], 16), index])


def _segment(text: str) -> str:
    return quote(str(text), safe="")
