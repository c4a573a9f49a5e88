"""Submit once, collect often: one job of a paid backend, from its reservation to its settlement."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qml_core.budget.ledger import Booking, JobRecord, Ledger
from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendError,
    BackendOffline,
    BackendThrottled,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    LedgerConflict,
    QMLError,
)
from qml_core.hardware.collection import Bought, Collector
from qml_core.hardware.orders import Order, Patience, attempt_key, next_step
from qml_core.hardware.protocol import QuantumBackend
from qml_core.references import Charge

Hold = Callable[[str], Callable[[], None]]

_REFUSALS = (CircuitRefused, BudgetExceeded, BackendDenied, BackendOffline)
"""After these there is no job; after any other error there may be one."""

_SUBMISSIONS = 4
"""Times that a submission whose answer was lost, or that the provider put off, is made again."""

_DEVICE_FAILURES = 1
"""Failures on the device that cost nothing, after which a job is bought anew, in one run."""


@dataclass(frozen=True)
class Buyer:
    """Buys jobs of one backend, on the books of one ledger."""

    backend: QuantumBackend
    ledger: Ledger
    holder: str
    """Who reserves and submits; another one for every buyer, also in one process."""
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    patience: Patience

    def buy(self, order: Order, hold: Hold) -> Bought:
        """The result of an order: found paid for, collected, or bought.

        Args:
            hold: called with the attempt's key before anything is reserved; raises where the
                device may not be used now. What it returns is called when the job is ours, just
                before it is submitted.

        Raises:
            BudgetExceeded: it does not fit into the budget; nothing was submitted.
            LedgerUnavailable: nothing was submitted.
            JobPending: our wait ended first; the same order collects the job later.
            JobFailed: the device failed twice, or the job was cancelled.
            BackendError: the provider refused, or did not answer.
        """
        failures = 0
        for attempt in range(1_000):
            key = attempt_key(order.key, attempt)
            try:
                result = self._attempt(order, key, hold)
            except JobFailed:
                record = self.ledger.find(key)
                failures += 1
                ended = None if record is None else (record.outcome, record.settled)
                if ended != ("failed", Charge()) or failures > _DEVICE_FAILURES:
                    raise
                continue
            if result is not None:
                return result
        raise JobFailed(f"{order.backend}: {attempt + 1} attempts without a result")

    @property
    def _collector(self) -> Collector:
        return Collector(self.backend, self.ledger, self.clock, self.sleep, self.patience)

    def _attempt(self, order: Order, key: str, hold: Hold) -> Bought | None:
        """The result of one attempt; None: it is over without one."""
        record = self.ledger.find(key)
        while True:
            step = next_step(record, self.holder, self.clock(), self.patience.grace)
            if step == "again":
                return None
            if step == "adopt":
                assert record is not None
                return self._collector.adopt(record)
            if step == "collect":
                assert record is not None
                return self._collector.collect(record)
            if step == "wait":
                self.sleep(self.patience.first_poll)
                record = self.ledger.find(key)
                continue
            if step == "reserve":
                ready = hold(key)
                record = self._submit(order, self._reserve(order, key), ready)
            else:
                record = self._look(order, key, hold)

    def _reserve(self, order: Order, key: str) -> JobRecord:
        charge = self.backend.estimate(order.longest, len(order.circuits), order.shots)
        booking = replace(self._booking(order, key), charge=charge)
        try:
            return self.ledger.reserve(booking, self.holder, self.patience.lease, self.clock())
        except LedgerConflict:
            standing = self.ledger.find(key)
            if standing is None:
                raise
            return standing  # of another project that was quicker: the same numbers

    def _booking(self, order: Order, key: str) -> Booking:
        return Booking(
            job_key=key,
            project=order.project,
            backend=order.backend,
            charge=Charge(),
            circuits=len(order.circuits),
            shots=order.shots,
            plan_key=order.plan_key,
            run_id=order.run_id,
        )

    def _look(self, order: Order, key: str, hold: Hold) -> JobRecord:
        """A reservation whose submission is in doubt: found at the provider, or made now.

        It is ours before we look, so that nobody submits between the look and what is made of it,
        and still ours after the gate, which may keep us longer than a lease.
        """
        taken = self._renew(key)
        if not self._may_submit(taken):
            return taken
        found = self._find(key)
        if found is not None:
            return self._recorded(order, key, found)
        if self.ledger.budget(taken.project).frozen:
            self._give_back(key, "its project is frozen")
            raise BudgetExceeded(
                f"project {taken.project} is frozen after an overrun, its job was not submitted",
                f"look at `qml budget history {taken.project}`, then `qml budget set --unfreeze`",
            )
        try:
            ready = hold(key)
        except QMLError as error:  # the provider knows of no job, so nothing is owed
            self._give_back(key, f"held back: {error.message}")
            raise
        return self._submit(order, self._keep(key), ready)

    def _submit(self, order: Order, record: JobRecord, ready: Callable[[], None]) -> JobRecord:
        """Submit under the key; the provider's id is on record before anyone waits for the job."""
        key = record.job_key
        for attempt in range(_SUBMISSIONS):
            if not self._may_submit(record):
                return record
            ready()
            record = self._keep(key)  # however long the gate took, the lease begins now
            if not self._may_submit(record):
                return record
            try:
                job = self.backend.submit(order.circuits, order.shots, key)
                return self._recorded(order, key, job)
            except _REFUSALS as error:
                self._give_back(key, f"refused: {error.message}")
                raise
            except BackendError as error:  # it may have been accepted all the same
                last = error
            found = self._find_later(key, attempt)
            if found is not None:
                return self._recorded(order, key, found)
            if not (isinstance(last, BackendThrottled) or self.backend.idempotent):
                # the provider may be slow to show it: looked for again when the lease is over
                raise last
            record = self._keep(key)
            if not isinstance(last, BackendBusy):
                break
        self._give_back(key, f"not taken: {last.message}")
        raise last

    def _recorded(self, order: Order, key: str, job: str) -> JobRecord:
        """A job that the books no longer wait for, since we were too slow, is cancelled and booked.

        What it costs all the same is found by `qml budget reconcile`; the job on record stands.
        """
        try:
            return self.ledger.record_submission(key, job, self.clock())
        except LedgerConflict:
            with suppress(QMLError):
                self.backend.cancel(job)
            second = attempt_key(key, -1)
            nothing = replace(self._booking(order, second), charge=Charge())
            self.ledger.reserve(nothing, self.holder, self.patience.lease, self.clock())
            self.ledger.record_submission(second, job, self.clock())
            standing = self.ledger.find(key)
            assert standing is not None
            return standing

    def _find_later(self, key: str, attempt: int) -> str | None:
        """The job under the key, once the provider would show it; None: it took none."""
        spread = int(key[:4], 16) / 2**16  # runs that were put off together come back apart
        self.sleep(max(2.0**attempt * (1 + spread), self.patience.grace.total_seconds()))
        return self._find(key)

    def _find(self, key: str) -> str | None:
        """While the provider cannot say, nothing is submitted: another look is the next run's."""
        record = self.ledger.find(key)
        try:
            return self.backend.find(key, None if record is None else record.sought_since)
        except QMLError:
            self.ledger.take_over(key, self.holder, timedelta(0), self.clock())
            raise

    def _give_back(self, key: str, reason: str) -> None:
        """Release what is ours; what another has taken over meanwhile may be submitted."""
        self.ledger.release(key, reason[:200], self.clock(), self.holder)

    def _keep(self, key: str) -> JobRecord:
        """Our reservation under a new lease; one that another has taken over, as it stands."""
        record = self.ledger.find(key)
        assert record is not None
        return self._renew(key) if self._may_submit(record) else record

    def _renew(self, key: str) -> JobRecord:
        return self.ledger.take_over(key, self.holder, self.patience.lease, self.clock())

    def _may_submit(self, record: JobRecord) -> bool:
        return record.holder == self.holder and record.state == "reserved"
