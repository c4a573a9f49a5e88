"""What the ledger holds, as values: bookings, jobs, budgets, entries, alerts."""

import re
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Literal

from qml_core.errors import SpecError
from qml_core.references import Charge

State = Literal["reserved", "submitted", "settled", "released"]
Outcome = Literal["", "done", "failed", "cancelled", "lost"]
Kind = Literal["cap", "window", "unfreeze", "reserve", "submit", "settle", "overrun", "release"]
"""cap, window and unfreeze belong to the project, the others to one job, each at most once."""

MOST = 10**15
"""The largest amount, millionths of a USD or milliseconds: a billion USD."""

CLOCKS_DIFFER = timedelta(hours=1)
"""At most, between this machine and a provider."""

_PROJECT = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
_NAME = 200
_NOTE = 500


@dataclass(frozen=True)
class Booking:
    """A job to reserve for; `charge` is the most it can cost."""

    job_key: str
    project: str
    backend: str
    charge: Charge
    circuits: int
    shots: int
    """Of each circuit."""
    plan_key: str
    run_id: str = ""

    def __post_init__(self) -> None:
        check_key(self.job_key)
        check_project(self.project)
        for name in ("backend", "plan_key", "run_id"):
            check_name(name, getattr(self, name))
        for name in ("circuits", "shots"):
            check_amount(name, getattr(self, name))
        check_charge(self.charge)


@dataclass(frozen=True)
class JobRecord:
    """A job as it stands."""

    job_key: str
    project: str
    backend: str
    state: State
    outcome: Outcome
    reserved: Charge
    """What was reserved, also after the job has ended."""
    settled: Charge | None
    """All that was billed, an overrun included; None: not settled."""
    overrun: Charge
    """Of what was billed, beyond what was reserved."""
    provider_job: str | None
    holder: str
    lease_until: datetime
    circuits: int
    shots: int
    plan_key: str
    run_id: str
    reason: str
    created_at: datetime
    changed_at: datetime

    @property
    def sought_since(self) -> datetime:
        """No provider can have taken the job earlier, whatever its clock says."""
        return self.created_at - CLOCKS_DIFFER

    @property
    def booking(self) -> Booking:
        """What it was reserved with."""
        names = [field.name for field in fields(Booking) if field.name != "charge"]
        return Booking(charge=self.reserved, **{name: getattr(self, name) for name in names})


@dataclass(frozen=True)
class Budget:
    """A project's budget in its present window."""

    project: str
    cap: Charge
    """Its qpu_ms is 0 where QPU time has no cap."""
    cap_qpu_ms: int | None
    reserved: Charge
    spent: Charge
    """All that was billed in this window, overruns included."""
    overrun: Charge
    """Of what was spent, beyond what had been reserved."""
    frozen: bool
    window_start: datetime
    window_end: datetime


@dataclass(frozen=True)
class Entry:
    """One line of the log: signed changes of the balances; lines are never changed or deleted."""

    entry_id: int
    at: datetime
    project: str
    kind: Kind
    job_key: str | None
    reserved_microusd: int
    reserved_qpu_ms: int
    spent_microusd: int
    """Within reservations; the rest is in overrun_microusd."""
    spent_qpu_ms: int
    overrun_microusd: int
    overrun_qpu_ms: int
    cap_microusd: int | None
    """Of kind cap: the cap from here on."""
    cap_qpu_ms: int | None
    note: str


@dataclass(frozen=True)
class Alert:
    """Raised once: a level once per budget window, an overrun once per job."""

    alert_id: int
    project: str
    topic: str
    """`usd 50`, `qpu 90`, …, or `overrun <job key>`."""
    percent: int | None
    """Of the cap, for a level; None: an overrun."""
    message: str
    window_start: datetime
    raised_at: datetime
    sent_at: datetime | None


def check_project(name: str) -> None:
    """Raise SpecError where no project can have that name."""
    if not _PROJECT.fullmatch(name):
        raise SpecError(
            f"{name[:80]!a} is no name of a project", "use 1-64 of a-z, 0-9, '.', '_' and '-'"
        )


def check_key(job_key: str) -> None:
    """Raise SpecError where no job can have that key."""
    if not _KEY.fullmatch(job_key):
        raise SpecError(f"{job_key[:80]!a} is no job key", "use at most 128 letters and digits")


def check_name(field: str, name: str) -> None:
    """Raise SpecError for a text that is too long or cannot be printed."""
    if len(name) > _NAME or not name.isprintable():
        raise SpecError(f"{field} {name[:80]!a} is not 0-{_NAME} printable characters")


def check_charge(charge: Charge) -> None:
    """Raise SpecError for an amount the ledger cannot hold."""
    check_amount("microusd", charge.microusd)
    check_amount("qpu_ms", charge.qpu_ms)


def check_amount(name: str, amount: int) -> None:
    """Raise SpecError for an amount the ledger cannot hold."""
    if not 0 <= amount <= MOST:
        raise SpecError(f"{name} is {amount}, it must lie between 0 and {MOST}")


def check_lease(lease: timedelta) -> None:
    """Raise SpecError for a lease of less than nothing."""
    if lease < timedelta(0):
        raise SpecError(f"a lease of {lease} cannot be held")


def as_note(text: str) -> str:
    """A reason as it is kept: on one line, printable, cut at 500 characters; never refused."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:_NOTE]
