"""Rows of the ledger's tables as values."""

from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping

from qml_core.budget.entries import Alert, Booking, Budget, Entry, JobRecord
from qml_core.references import Charge

_CHARGES = ("reserved", "settled", "overrun")


def charge_of(row: RowMapping, name: str) -> Charge:
    """The amount in two columns."""
    return Charge(microusd=row[f"{name}_microusd"], qpu_ms=row[f"{name}_qpu_ms"])


def as_budget(row: RowMapping) -> Budget:
    """A row of the projects."""
    overrun = charge_of(row, "overrun")
    return Budget(
        project=row["name"],
        cap=Charge(microusd=row["cap_microusd"], qpu_ms=row["cap_qpu_ms"] or 0),
        cap_qpu_ms=row["cap_qpu_ms"],
        reserved=charge_of(row, "reserved"),
        spent=charge_of(row, "spent").plus(overrun),
        overrun=overrun,
        frozen=row["frozen"],
        window_start=row["window_start"],
        window_end=row["window_start"] + timedelta(days=row["window_days"]),
    )


def as_record(row: RowMapping) -> JobRecord:
    """A row of the jobs."""
    settled = row["state"] == "settled"
    rest = {
        name: value
        for name, value in row.items()
        if name.removesuffix("_microusd").removesuffix("_qpu_ms") not in _CHARGES
    }
    return JobRecord(
        reserved=charge_of(row, "reserved"),
        settled=charge_of(row, "settled") if settled else None,
        overrun=charge_of(row, "overrun"),
        **rest,
    )


def as_entry(row: RowMapping) -> Entry:
    """A row of the log."""
    rest = {name: value for name, value in row.items() if name != "id"}
    return Entry(entry_id=row["id"], **rest)


def as_alert(row: RowMapping) -> Alert:
    """A row of the alerts, joined with the outbox."""
    rest = {name: value for name, value in row.items() if name not in ("id", "alert")}
    return Alert(alert_id=row["id"], **rest)


def columns_of(charge: Charge, name: str, sign: int = 1) -> dict[str, int]:
    """The two columns of an amount."""
    return {f"{name}_microusd": sign * charge.microusd, f"{name}_qpu_ms": sign * charge.qpu_ms}


def columns_of_booking(booking: Booking) -> dict[str, Any]:
    """The columns of a job that its booking fills."""
    names = ("job_key", "project", "backend", "circuits", "shots", "plan_key", "run_id")
    return {
        **{name: getattr(booking, name) for name in names},
        **columns_of(booking.charge, "reserved"),
    }
