"""Amazon Braket's QPUs through the unmodified SDK, one quantum task for many circuits.

The job's key is the request's client token, so that Braket itself makes one task of a request
however often it is sent, botocore's own retries included. The key is a tag too, by which `find`
recognises the task: Braket has no look-up by token. Nothing here is ever resubmitted; the SDK's
batches, which do that, are not used.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from threading import RLock
from typing import Any

from qml_core.budget.prices import JobSize, Price, charge, find_price, read_prices
from qml_core.errors import (
    BackendBusy,
    BackendOffline,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    JobPending,
    PriceUnknown,
    QMLError,
)
from qml_core.hardware.backends.braket_answers import STATES, number, utc
from qml_core.hardware.backends.braket_calibration import qubit_labels, read_calibration
from qml_core.hardware.backends.braket_circuits import counts_of, encode, is_verbatim, read_labels
from qml_core.hardware.backends.braket_devices import device_arn, region_of
from qml_core.hardware.backends.braket_errors import translated
from qml_core.hardware.backends.braket_session import (
    TAG,
    KeyedSession,
    create_task,
    open_session,
    result_folder,
)
from qml_core.hardware.backends.braket_validation import pair_errors, read_limits, violations
from qml_core.hardware.protocol import Circuit, JobResult, JobStatus, Status, Violation
from qml_core.references import Calibration, Charge

_REFUSED_KEY = "token"
"""In what Braket says where a client token comes back with another request."""


class BraketBackend:
    """One of Braket's gate-based devices.

    Credentials come from the environment or the user's AWS profile, results go to the bucket
    `QML_BRAKET_S3=s3://bucket/prefix`, else to the account's default one for Braket. The user needs
    the rights to create, tag, search, read and cancel quantum tasks.

    Args:
        name: `braket.<provider>.<device>`.
        environment: of credentials, bucket, ARN and prices; None: the process's own.
        prices: None: the bundled and the user's own.

    Raises:
        SpecError: nobody knows the device's ARN, or the bucket is no s3:// URL.
        BackendDenied: the AWS profile cannot be read.
    """

    idempotent = True  # Braket makes one task for one client token

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str] | None = None,
        prices: Iterable[Price] | None = None,
    ) -> None:
        self.name = name
        environment = os.environ if environment is None else environment
        self._arn = device_arn(name, environment)
        self._folder = result_folder(environment)
        self._prices = tuple(read_prices(environment) if prices is None else prices)
        self._lock = RLock()  # of boto3's session, which is not safe across threads
        with translated(f"opening {name}"):
            self._session = open_session(region_of(self._arn, environment), environment)

    @cached_property
    def _device(self) -> Any:
        from braket.aws import AwsDevice

        return AwsDevice(self._arn, aws_session=self._session)

    def _refresh(self) -> Any:
        with self._lock:
            known = "_device" in self.__dict__
            if known:
                self._device.refresh_metadata()
            return self._device

    def status(self) -> Status:
        """Online and within its execution window; the queue of normal tasks."""
        with translated(f"status of {self.name}"):
            device = self._refresh()
            serves, said = bool(device.is_available), str(device.status)
            depth = device.queue_depth().quantum_tasks if said == "ONLINE" else {}
        waiting = {getattr(kind, "value", kind): size for kind, size in depth.items()}
        reason = "" if serves else f"the device is {said}"
        if said == "ONLINE" and not serves:
            reason = "the device is outside its execution windows"
        return Status(serves, number(waiting.get("Normal")), reason)

    def calibration(self) -> Calibration | None:
        """From the device's properties, read anew."""
        with translated(f"calibration of {self.name}"):
            return read_calibration(self.name, self._refresh().properties)

    def validate(self, circuits: Sequence[Circuit], shots: int) -> tuple[Violation, ...]:
        with translated(f"limits of {self.name}"), self._lock:
            capabilities = self._device.properties
            errors = self._errors(capabilities)
            return violations(circuits, shots, read_limits(capabilities), errors)

    def _errors(self, capabilities: Any) -> Mapping[tuple[int, int], float]:
        return pair_errors(capabilities, read_calibration(self.name, capabilities))

    def estimate(self, circuit: Circuit, count: int, shots: int) -> Charge:
        """Of one task: Braket charges tasks and shots, whatever is in the circuits."""
        return charge(find_price(self.name, self._prices), JobSize(circuits=count, shots=shots))

    def submit(self, circuits: Sequence[Circuit], shots: int, key: str) -> str:
        """One task; the same key and circuits again are the same task."""
        with translated(f"a job of {len(circuits)} circuits for {self.name}"), self._lock:
            capabilities = self._device.properties
            limits = read_limits(capabilities)
            if len(circuits) > limits.circuits:
                raise CircuitRefused(
                    f"{len(circuits)} circuits asked, a task of {self.name} holds {limits.circuits}"
                )
            errors = self._errors(capabilities) if limits.verbatim else None
            encoded = [encode(circuit, errors) for circuit in circuits]
            folder = self._folder or (self._session.default_bucket(), "tasks")
        try:
            with translated(f"a job of {len(circuits)} circuits for {self.name}"):
                return create_task(
                    KeyedSession(self._session, key),
                    self._arn,
                    encoded,
                    shots,
                    folder,
                    verbatim=limits.verbatim,
                )
        except (BackendOffline, BudgetExceeded, CircuitRefused) as error:
            return self._known(key, error)

    def _known(self, key: str, error: QMLError) -> str:
        """The task of a key that was made although Braket refuses it now.

        An answer was lost and the request repeated, or the device was recalibrated since and the
        circuits are placed elsewhere.
        """
        found = self.find(key)
        if found is not None:
            return found
        if _REFUSED_KEY in error.message.lower():
            raise BackendBusy(error.message, "try again later: the search lags behind") from None
        raise error

    def find(self, key: str, since: datetime | None = None) -> str | None:
        filters = [{"name": "deviceArn", "operator": "EQUAL", "values": [self._arn]}]
        if since is not None:
            filters.append({"name": "createdAt", "operator": "GTE", "values": [since.isoformat()]})
        with translated(f"search for a job of {self.name}"):
            pages = self._session.braket_client.get_paginator("search_quantum_tasks")
            for page in pages.paginate(filters=filters):
                for task in page["quantumTasks"]:
                    if task.get("tags", {}).get(TAG) == key:
                        return str(task["quantumTaskArn"])
        return None

    def poll(self, job_id: str) -> JobStatus:
        said = self._read(job_id)
        state = STATES[said["status"]]
        words = {"FAILED": said.get("failureReason", ""), "CANCELLING": "being cancelled"}
        position = number(said.get("queueInfo", {}).get("position"))
        return JobStatus(
            state, words.get(said["status"], ""), position if state == "queued" else None
        )

    def _read(self, job_id: str) -> dict[str, Any]:
        with translated(f"job {job_id}"):
            found: dict[str, Any] = self._session.get_quantum_task(job_id)
            return found

    def result(self, job_id: str) -> JobResult:
        """Raises JobFailed too where single circuits of a program set have failed."""
        from braket.aws import AwsQuantumTask

        said = self._read(job_id)
        if said["status"] in ("FAILED", "CANCELLED"):
            why = said.get("failureReason") or f"it is {said['status']}"
            raise JobFailed(f"job {job_id} of {self.name} has no result: {why}")
        if said["status"] != "COMPLETED":
            raise JobPending(f"job {job_id} of {self.name} is {said['status']}", "poll it first")
        with translated(f"result of job {job_id}"), self._lock:
            downloaded = AwsQuantumTask(job_id, self._session, quiet=True).result()
        try:
            counts, sources = counts_of(downloaded)
        except ValueError as error:
            raise JobFailed(f"job {job_id} of {self.name}: {error}") from error
        return JobResult(
            counts=counts,
            billed=self._billed(int(said["shots"])),
            finished_at=utc(said.get("endedAt")),
            qubits=self._qubits(sources),
        )

    def billed(self, job_id: str) -> Charge | None:
        """Of a completed task its price; of others nothing, None where circuits may have run."""
        said = self._read(job_id)
        if said["status"] == "COMPLETED":
            return self._billed(int(said["shots"]))
        kind = said.get("actionMetadata", {}).get("actionType", "")
        return None if said["status"] == "FAILED" and kind.endswith("program_set") else Charge()

    def _billed(self, shots: int) -> Charge | None:
        """By the shots asked for, as Braket's own tracker has it; None: the price is gone since."""
        try:
            price = find_price(self.name, self._prices)
        except PriceUnknown:
            return None
        return charge(price, JobSize(circuits=1, shots=shots))

    def _qubits(self, sources: Sequence[str]) -> tuple[tuple[int, ...], ...] | None:
        if not all(is_verbatim(source) for source in sources):
            return ()  # the device's own compiler chose them
        with translated(f"qubits of {self.name}"), self._lock:
            place = {q: i for i, q in enumerate(qubit_labels(self._device.properties))}
        read = [read_labels(source) for source in sources]
        if any(label not in place for labels in read for label in labels):
            return ()
        return tuple(tuple(place[label] for label in labels) for labels in read)

    def cancel(self, job_id: str) -> None:
        if STATES[self._read(job_id)["status"]] not in ("queued", "running"):
            return
        with translated(f"cancelling job {job_id}"):
            self._session.cancel_quantum_task(job_id)
