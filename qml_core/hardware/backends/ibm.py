"""IBM Quantum through qiskit-ibm-runtime: a batch of circuits is one job of SamplerV2."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from qml_core.backend_names import job_limits
from qml_core.budget.prices import Price, find_price, read_prices
from qml_core.errors import JobFailed, JobNotFound, JobPending, PriceUnknown, SpecError
from qml_core.hardware.backends import ibm_circuits, ibm_cost, ibm_jobs, ibm_service
from qml_core.hardware.backends.ibm_calibration import read_calibration
from qml_core.hardware.backends.ibm_circuits import Compiled
from qml_core.hardware.backends.ibm_cost import QPUTime
from qml_core.hardware.backends.ibm_errors import clean, translated
from qml_core.hardware.backends.ibm_validation import as_written, device_limits
from qml_core.hardware.protocol import Circuit, JobResult, JobStatus, Status, Violation
from qml_core.hardware.validation import validate
from qml_core.references import Calibration, Charge


class IBMBackend:
    """A QPU of IBM, or its simulated likeness on this machine (`ibm.fake_…`).

    Args:
        name: as in BackendSpec.
        seed: of the compiler and, on simulated devices, of the shots.
        service: a QiskitRuntimeService; None: opened with the environment's credentials.
        device: a qiskit backend; None: the service's of that name.
        prices: None: those of qml_core.budget.prices.
        environment: holds the credentials; None: the process's.
        qpu_time: what a job takes beside its circuits.
        jobs: what a simulated device keeps its jobs in.
    """

    def __init__(
        self,
        name: str,
        seed: int = 0,
        service: Any = None,
        device: Any = None,
        prices: Sequence[Price] | None = None,
        environment: Mapping[str, str] | None = None,
        qpu_time: QPUTime | None = None,
        jobs: ibm_service.LocalJobs = ibm_service.LOCAL_JOBS,
    ) -> None:
        vendor, _, device_name = name.partition(".")
        if vendor != "ibm" or not device_name:
            raise SpecError(f"backend {name!r} is not one of IBM's, which are named ibm.<backend>")
        environment = os.environ if environment is None else environment
        self._name, self._seed, self._jobs = name, seed, jobs
        self._prices = prices
        self._time = qpu_time or QPUTime()
        self._secrets = ibm_service.secrets_of(environment)
        self._service = service or ibm_service.open_service(device_name, environment)
        self._device = device or ibm_service.open_device(self._service, device_name, self._secrets)
        self._local = not hasattr(self._service, "jobs")  # a local service keeps none

    idempotent = False  # IBM knows no client's token: a job is found by its tag, once it is listed

    @property
    def name(self) -> str:
        return self._name

    def status(self) -> Status:
        """As IBM says; a device that takes jobs without running them does not serve."""
        with self._asking("the status"):
            found = self._device.status()
        message = str(getattr(found, "status_msg", "") or "")
        serves = bool(found.operational) and message.lower() in ("", "active")
        queue = getattr(found, "pending_jobs", None)
        return Status(operational=serves, queue=queue, reason="" if serves else message or "off")

    def calibration(self) -> Calibration | None:
        """The newest record, asked of IBM and not of the client's cache."""
        with self._asking("the calibration"):
            properties = self._device.properties(refresh=True)
        return read_calibration(self._name, properties, self._device.num_qubits)

    def validate(self, circuits: Sequence[Circuit], shots: int) -> tuple[Violation, ...]:
        limits = device_limits(self._device, job_limits(self._name))
        return validate(circuits, shots, limits, self._native)

    def estimate(self, circuit: Circuit, count: int, shots: int) -> Charge:
        price = self._price()
        if self._local and not price.usd_per_second:
            return Charge()  # this machine's time is no QPU's
        (compiled,) = self.transpiled([circuit])
        return ibm_cost.estimate(compiled, count, shots, self._device, price, self._time)

    def transpiled(self, circuits: Sequence[Circuit]) -> tuple[Compiled, ...]:
        """The circuits as they are submitted: native gates on physical qubits, barriers kept."""
        with translated(f"compiling for {self._name}", self._secrets):
            return ibm_circuits.compile_circuits(circuits, self._device, self._seed)

    def _native(self, circuits: Sequence[Circuit]) -> tuple[Circuit, ...]:
        return tuple(as_written(compiled) for compiled in self.transpiled(circuits))

    def submit(self, circuits: Sequence[Circuit], shots: int, key: str) -> str:
        return self.submit_transpiled(self.transpiled(circuits), shots, key)

    def submit_transpiled(self, compiled: Sequence[Compiled], shots: int, key: str) -> str:
        """One job of circuits that are compiled already, folded for instance; returns its id."""
        standing = self.find(key)
        if standing is not None:
            return standing
        shot = sum(ibm_cost.shot_seconds(circuit, self._device, self._time) for circuit in compiled)
        options: dict[str, Any] = {
            "environment": {"job_tags": [ibm_jobs.tag_of(key)]},
            "max_execution_time": ibm_cost.time_limit(
                ibm_cost.job_seconds(shot, shots, self._time)
            ),
        }
        if self._local:
            options["simulator"] = {"seed_simulator": ibm_jobs.seed_of(self._seed, key)}
        # where nothing tells whether IBM took the job, it counts as an answer that was lost
        with translated(f"submitting to {self._name}", self._secrets, submission=True):
            job = self._run(compiled, shots, options)
            job_id = str(job.job_id())
        if self._local:
            self._jobs.add(key, job)
        return job_id

    def _run(self, compiled: Sequence[Compiled], shots: int, options: Mapping[str, Any]) -> Any:
        from qiskit_ibm_runtime import Batch, SamplerV2

        batch = Batch(backend=self._device)
        try:
            sampler = SamplerV2(mode=batch, options=dict(options))
            return sampler.run([(circuit,) for circuit in compiled], shots=shots)
        finally:
            with contextlib.suppress(Exception):  # the job is in; an open batch ends by itself
                batch.close()

    def find(self, key: str, since: datetime | None = None) -> str | None:
        if self._local:
            return self._jobs.find(key)
        with self._asking("the jobs of a key"):
            found = self._service.jobs(
                limit=1,
                backend_name=self._device.name,
                job_tags=[ibm_jobs.tag_of(key)],
                descending=False,
            )
            return str(found[0].job_id()) if found else None

    def poll(self, job_id: str) -> JobStatus:
        job = self._job(job_id)
        with self._asking(f"job {job_id}"):
            state = ibm_jobs.state_of(job)
            message = self._why(job) if state == "failed" else ""
            position = ibm_jobs.queue_position(job) if state == "queued" else None
        return JobStatus(state, message, position)

    def result(self, job_id: str) -> JobResult:
        """Of a job that is done; raises JobFailed, JobNotFound, and JobPending before its end."""
        job = self._job(job_id)
        asked = f"the result of job {job_id} on {self._name}"
        with self._asking(asked):
            state = ibm_jobs.state_of(job)
            if state in ("queued", "running"):
                raise JobPending(f"{asked}: it is {state}", "ask again later")
            if state == "cancelled":
                raise JobFailed(f"{asked}: it was cancelled", "submit the circuits again")
            result = job.result()
            counts = ibm_jobs.counts_of(result)
            return JobResult(
                counts=counts,
                billed=self._bill(job, [sum(found.values()) for found in counts]),
                finished_at=ibm_jobs.finished_at(job),
                qubits=ibm_jobs.qubits_of(job, result),
            )

    def billed(self, job_id: str) -> Charge | None:
        """What IBM counts for a job that ended, also one that failed; None: it does not say."""
        job = self._job(job_id)
        with self._asking(f"the usage of job {job_id}"):
            return self._bill(job)

    def cancel(self, job_id: str) -> None:
        job = self._job(job_id)
        with self._asking(f"cancelling job {job_id}"):
            if ibm_jobs.state_of(job) not in ("queued", "running"):
                return
            try:
                job.cancel()
            except Exception:
                if ibm_jobs.state_of(job) in ("queued", "running"):
                    raise  # it did not end between the question and the request

    def _job(self, job_id: str) -> Any:
        if not self._local:
            with self._asking(f"job {job_id}"):
                return self._service.job(job_id)
        job = self._jobs.get(job_id)
        if job is None:
            raise JobNotFound(
                f"job {job_id} on {self._name} is not of this process, which alone knows it",
                "submit the circuits again: a simulated device costs nothing",
            )
        return job

    def _why(self, job: Any) -> str:
        return clean(ibm_jobs.error_message(job), self._secrets)

    def _bill(self, job: Any, shots: Sequence[int] = ()) -> Charge | None:
        seconds = ibm_jobs.quantum_seconds(job)
        if seconds is None:
            return None
        try:
            return ibm_cost.bill(seconds, self._price(), shots)
        except PriceUnknown:
            return None  # what was paid for is handed over all the same

    def _price(self) -> Price:
        return find_price(self._name, read_prices() if self._prices is None else self._prices)

    def _asking(self, what: str) -> contextlib.AbstractContextManager[None]:
        return translated(f"asking {self._name} for {what}", self._secrets)
