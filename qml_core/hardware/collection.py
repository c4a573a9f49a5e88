"""Collecting a submitted job: waited for, settled at what is billed, its result fetched."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NoReturn

from qml_core.backend_names import is_device
from qml_core.budget.ledger import JobRecord, Ledger
from qml_core.errors import (
    BackendBusy,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    JobNotFound,
    JobPending,
    LedgerConflict,
    QMLError,
)
from qml_core.hardware.orders import Patience
from qml_core.hardware.protocol import JobResult, QuantumBackend
from qml_core.references import Charge

NO_RESULT = (JobFailed, CircuitRefused, BudgetExceeded)
"""What a provider says of a job that ended without a result."""

_READINGS = 3
"""Times that the result of a job that is done is asked for before it counts as failed."""


@dataclass(frozen=True)
class Bought:
    """A result, and what ledger and provider know its job by."""

    job_key: str
    job: str
    result: JobResult


@dataclass(frozen=True)
class Collector:
    """Waits for jobs that are on record as submitted; submits nothing."""

    backend: QuantumBackend
    ledger: Ledger
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    patience: Patience

    def collect(self, record: JobRecord) -> Bought | None:
        """Wait, settle, fetch; None: the job is lost, and it cost nothing.

        Raises:
            JobPending: it is not done when our wait ends.
            JobFailed, CircuitRefused, BudgetExceeded: it ended without a result, and is settled.
            JobNotFound: the provider does not know it, though it may have been billed.
        """
        job = record.provider_job
        assert job is not None
        deadline = self.clock() + self.patience.timeout
        for delay in self.patience.delays():
            try:
                status = self.backend.poll(job)
                if status.state == "done":
                    return self._settled(record, job)
                if status.state == "failed" or status.state == "cancelled":
                    self._end(record, job, status.state, status.message)
            except BackendBusy:
                pass  # asked again below
            except JobNotFound:
                shown = self.patience.grace if _free(record) else self.patience.lease
                if self.clock() >= record.changed_at + shown:
                    self._give_up(record)
                    return None
            if self.clock() >= deadline:
                raise JobPending(
                    f"job {job} on {record.backend} is not done after {self.patience.timeout}",
                    "the same command collects it; nothing is submitted again",
                )
            self.sleep(delay)
        raise AssertionError("unreachable")

    def adopt(self, record: JobRecord) -> Bought | None:
        """The result of a job that is settled, fetched again; None: lost, and it cost nothing."""
        assert record.provider_job is not None
        try:
            result = self.backend.result(record.provider_job)
        except JobNotFound:
            if _free(record):
                return None
            raise JobNotFound(
                f"{record.backend} no longer knows job {record.provider_job}, which was paid for "
                "but not stored",
                "run.remeasure=1 buys it anew",
            ) from None
        return Bought(record.job_key, record.provider_job, result)

    def _settled(self, record: JobRecord, job: str) -> Bought:
        """Settled as failed only where a job that is done keeps saying that it has no result."""
        for delay, _ in zip(self.patience.delays(), range(_READINGS), strict=False):
            try:
                result = self.backend.result(job)
            except JobFailed as error:
                failed = error
                self.sleep(delay)
            else:
                self._settle(record, result.billed, "done")
                return Bought(record.job_key, job, result)
        self._settle(record, self.backend.billed(job), "failed", failed.message)
        raise failed

    def _end(
        self, record: JobRecord, job: str, outcome: Literal["failed", "cancelled"], message: str
    ) -> NoReturn:
        why = self._why(job, outcome, message)
        self._settle(record, self.backend.billed(job), outcome, why.message)
        raise why

    def _why(self, job: str, outcome: str, message: str) -> QMLError:
        """What the provider says when it is asked for the result: it tells what may be repeated."""
        said = JobFailed(
            f"job {job} on {self.backend.name} {outcome}: {message or 'no reason given'}",
            "the same command makes another attempt; finished blocks are kept",
        )
        if outcome == "cancelled":
            return said
        try:
            self.backend.result(job)
        except NO_RESULT as error:
            return said if isinstance(error, JobFailed) else error
        return said

    def _settle(
        self,
        record: JobRecord,
        billed: Charge | None,
        outcome: Literal["done", "failed", "cancelled", "lost"],
        reason: str = "",
    ) -> None:
        """What the provider does not say is taken to be all that was reserved.

        Another who settled first stands, also where the provider has said another bill since.
        """
        charge = record.reserved if billed is None else billed
        try:
            self.ledger.settle(record.job_key, charge, outcome, self.clock(), reason[:200])
        except LedgerConflict:
            standing = self.ledger.find(record.job_key)
            if standing is None or standing.state != "settled":
                raise

    def _give_up(self, record: JobRecord) -> None:
        """Where nothing can have been paid, the attempt is over; else a person must look."""
        if _free(record):
            self._settle(record, Charge(), "lost", "the provider does not know the job")
            return
        raise JobNotFound(
            f"{record.backend} does not know job {record.provider_job}, which may have been billed",
            "see `qml budget reconcile`; run.remeasure=1 buys it anew",
        )


def _free(record: JobRecord) -> bool:
    """Whether nothing can have been paid for a job that is lost."""
    return record.reserved == Charge() or not is_device(record.backend)
