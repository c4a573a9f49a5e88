"""The budget ledger: reserve, submit, settle or release, each once, whoever asks how often.

Every change is one transaction under the project's lock, and safe to repeat: a repetition finds the
record that stands. A ledger that does not answer is LedgerUnavailable, and then nothing may be
submitted to paid hardware.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from qml_core.budget import posting, reading, transitions
from qml_core.budget.audit import faults
from qml_core.budget.connection import Database
from qml_core.budget.entries import (
    Alert,
    Booking,
    Budget,
    Entry,
    JobRecord,
    Outcome,
    State,
    check_amount,
    check_charge,
    check_lease,
    check_name,
    check_project,
)
from qml_core.budget.limits import WINDOW_DAYS, check_cap, rolled
from qml_core.budget.migration import migrate
from qml_core.references import Charge

__all__ = ["Alert", "Booking", "Budget", "Entry", "JobRecord", "Ledger", "open_ledger"]


def open_ledger(url: str) -> "Ledger":
    """The ledger at a URL, its tables made or brought up to date under a lock.

    Args:
        url: sqlite:////folder/ledger.db, not on a network file system, or
            postgresql://user:password@host/database.

    Raises:
        SpecError: no ledger can lie there.
        LedgerUnavailable: it does not answer.
    """
    database = Database(url)
    migrate(database)
    return Ledger(database)


class Ledger:
    """The budgets and jobs of a database; may be used by threads, and after a fork.

    Every method raises LedgerUnavailable where the database does not answer. Where that happens
    during a change nobody knows whether the change was made; to repeat it is safe.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_budget(
        self,
        project: str,
        cap_microusd: int,
        now: datetime,
        cap_qpu_ms: int | None = None,
        window_days: int = WINDOW_DAYS,
        unfreeze: bool = False,
    ) -> Budget:
        """Set what a project may spend in each window; its first one begins with the project.

        Args:
            cap_qpu_ms: None: QPU time is counted, but has no cap.
            unfreeze: let a project that was frozen by an overrun reserve again.

        Raises:
            SpecError: less than what is reserved and spent already.
        """
        check_project(project)
        check_amount("cap_microusd", cap_microusd)
        check_amount("cap_qpu_ms", cap_qpu_ms or 0)
        with self._database.writing() as connection:
            budget = posting.locked_project(connection, project, now)
            check_cap(budget, cap_microusd, cap_qpu_ms, window_days)
            posting.set_cap(connection, project, cap_microusd, cap_qpu_ms, window_days, now)
            if unfreeze and budget.frozen:
                posting.unfreeze(connection, project, now)
            budget = posting.locked_project(connection, project, now)  # windows may be shorter now
            posting.raise_levels(connection, budget, now)
            return budget

    def budget(self, project: str, now: datetime | None = None) -> Budget:
        """A project's budget; one that nobody set has a cap of 0.

        Args:
            now: the window is the one it lies in; None: that of the last change.
        """
        with self._database.reading() as connection:
            budget = reading.read_budget(connection, project, now)
        return budget if now is None else rolled(budget, now)

    def projects(self) -> tuple[str, ...]:
        """Names of all projects."""
        with self._database.reading() as connection:
            return tuple(budget.project for budget in reading.read_budgets(connection))

    def find(self, job_key: str) -> JobRecord | None:
        """A job; None: nobody reserved for it."""
        with self._database.reading() as connection:
            return posting.find_job(connection, job_key)

    def reserve(self, booking: Booking, holder: str, lease: timedelta, now: datetime) -> JobRecord:
        """Reserve the most a job can cost; a key that is on record comes back as it stands.

        Args:
            holder: who may submit the job until the lease ends.

        Raises:
            BudgetExceeded: over the cap, or the project is frozen.
            LedgerConflict: the key is on record with another project, plan, backend, size or
                charge.
        """
        check_name("holder", holder)
        check_lease(lease)
        with self._database.writing() as connection:
            return transitions.reserve(connection, booking, holder, lease, now)

    def take_over(self, job_key: str, holder: str, lease: timedelta, now: datetime) -> JobRecord:
        """Hold a reserved job whose lease has ended, or renew one's own; else as it stands.

        Raises:
            LedgerConflict: there is no such job.
        """
        check_name("holder", holder)
        check_lease(lease)
        with self._database.writing() as connection:
            return transitions.take_over(connection, job_key, holder, lease, now)

    def record_submission(self, job_key: str, provider_job: str, now: datetime) -> JobRecord:
        """Put the provider's id of a reserved job on record, before anyone waits for it.

        Raises:
            LedgerConflict: the job has another one, or was released.
        """
        check_name("provider_job", provider_job)
        with self._database.writing() as connection:
            return transitions.submit(connection, job_key, provider_job, now)

    def settle(
        self, job_key: str, billed: Charge, outcome: Outcome, now: datetime, reason: str = ""
    ) -> JobRecord:
        """End a submitted job with what it was billed; the rest of its reservation is free again.

        More than was reserved is an overrun: on record, the project frozen, an alert raised.

        Raises:
            LedgerConflict: it was settled otherwise, released, or never submitted.
        """
        check_charge(billed)
        with self._database.writing() as connection:
            return transitions.settle(connection, job_key, billed, outcome, reason, now)

    def release(
        self, job_key: str, reason: str, now: datetime, holder: str | None = None
    ) -> JobRecord:
        """Give back the reservation of a job that the provider says it never ran.

        Args:
            holder: only what is still reserved and held by them; else it comes back as it stands.

        Raises:
            LedgerConflict: it is settled.
        """
        with self._database.writing() as connection:
            return transitions.release(connection, job_key, reason, now, holder)

    def split(
        self,
        job_key: str,
        parts: Sequence[Booking],
        holder: str,
        lease: timedelta,
        now: datetime,
    ) -> tuple[JobRecord, ...]:
        """Release a reserved job and reserve its parts, which together ask for no more.

        Raises:
            LedgerConflict: it is no longer reserved, is held by another, or the parts do not fit.
        """
        check_name("holder", holder)
        check_lease(lease)
        with self._database.writing() as connection:
            return transitions.split(connection, job_key, parts, holder, lease, now)

    def jobs(
        self, project: str | None = None, states: Collection[State] | None = None
    ) -> tuple[JobRecord, ...]:
        """Jobs, oldest first."""
        with self._database.reading() as connection:
            return reading.read_jobs(connection, project, states)

    def entries(self, project: str | None = None) -> tuple[Entry, ...]:
        """The log, in the order in which its entries took effect within a project."""
        with self._database.reading() as connection:
            return reading.read_entries(connection, project)

    def audit(self) -> tuple[str, ...]:
        """What contradicts itself in one snapshot of the ledger; empty: clean."""
        with self._database.reading() as connection:
            books = reading.read_books(connection)
        return faults(books)

    def alerts(self, project: str | None = None) -> tuple[Alert, ...]:
        """All alerts, oldest first."""
        with self._database.reading() as connection:
            return reading.read_alerts(connection, project)

    def unsent_alerts(self) -> tuple[Alert, ...]:
        """Alerts in the outbox: sent at least once, so a receiver ignores an id it knows."""
        with self._database.reading() as connection:
            return reading.read_alerts(connection, unsent=True)

    def mark_sent(self, alert_id: int, now: datetime) -> None:
        """Take an alert out of the outbox once it was delivered."""
        with self._database.writing() as connection:
            posting.mark_sent(connection, alert_id, now)

    def close(self) -> None:
        """Close this process's connections; the next call makes new ones."""
        self._database.close()
