"""How things stand: a backend, a project's budget, and what a watch over both has found."""

from datetime import date, datetime

from pydantic import Field

from qml_core.backend_names import Kind
from qml_core.references.charges import Charge
from qml_core.specs import Spec


class BackendStanding(Spec):
    """A backend as it was found; what nobody said is None."""

    name: str
    kind: Kind
    serves: bool | None = Field(description="None: it could not be opened, `reason` says why")
    reason: str = ""
    queue: int | None = Field(None, description="Jobs ahead of a new one")
    qubits: int | None = None
    calibration_age_h: float | None = Field(None, description="Hours; none: unknown, or simulated")
    price: str = Field("", description="USD by job, circuit, shot, …; empty: no dated price")
    price_as_of: date | None = None
    price_source: str = ""
    spent_today: Charge | None = Field(
        None, description="Settled since midnight UTC, all projects; none: no ledger was asked"
    )


class BudgetStanding(Spec):
    """A project's budget, and how fast it is used up."""

    project: str
    cap: Charge = Field(description="Its qpu_ms is 0 where QPU time has no cap")
    cap_qpu_ms: int | None = Field(None, description="Cap of QPU time; none: no cap")
    reserved: Charge
    spent: Charge = Field(description="Settled, what went beyond reservations included")
    overrun: Charge = Field(description="Of what was spent, beyond what had been reserved")
    left: Charge = Field(description="Free to reserve; its qpu_ms is 0 where there is no cap")
    frozen: bool
    window_start: datetime
    window_end: datetime
    burn_usd_per_h: float = Field(description="Settled in the last hour")
    even_usd_per_h: float = Field(description="The rate that uses up the cap within the window")
    lasts_h: float | None = Field(None, description="Left / burn; none: nothing burns")
    alerts: tuple[str, ...] = Field((), description="Topics raised in this window: usd 50, …")
    in_doubt: int = Field(0, ge=0, description="Jobs of which the provider is to be asked")

    @property
    def used(self) -> float:
        """Share of the cap that is reserved or spent: 0 … 1, above it after an overrun."""
        taken = self.reserved.microusd + self.spent.microusd
        return taken / self.cap.microusd if self.cap.microusd else 0.0


class Watched(Spec):
    """What one round of the watch found, and what became of the alerts."""

    at: datetime
    backends: tuple[BackendStanding, ...]
    budgets: tuple[BudgetStanding, ...]
    in_doubt: tuple[str, ...] = Field((), description="Job keys")
    warnings: tuple[str, ...] = Field((), description="What a person should look at")
    alerts_sent: int = Field(0, ge=0)
    alerts_left: int = Field(0, ge=0, description="Not delivered, tried again next time")
