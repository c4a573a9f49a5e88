"""What a budget allows: pure decisions on a budget as it stands.

A window begins when a project is first named and is followed by the next at once. In a new one
nothing is spent and the cap applies anew; what is reserved stays counted, and a job counts as spent
in the window in which it is settled. An overrun counts against the cap like any spending.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Literal

from qml_core.budget.entries import Booking, Budget
from qml_core.errors import BudgetExceeded, SpecError
from qml_core.references import Charge

LEVELS = (50, 75, 90)
"""Percent of the cap at which an alert is raised, once in a window."""

WINDOW_DAYS = 30
_MOST_DAYS = 3660

Resource = Literal["usd", "qpu"]


def left(budget: Budget) -> Charge:
    """What may still be reserved; its qpu_ms is 0 where QPU time has no cap."""
    taken = budget.reserved.plus(budget.spent)
    qpu_ms = 0 if budget.cap_qpu_ms is None else max(0, budget.cap_qpu_ms - taken.qpu_ms)
    return Charge(microusd=max(0, budget.cap.microusd - taken.microusd), qpu_ms=qpu_ms)


def check_reservation(budget: Budget, booking: Booking) -> None:
    """Raise BudgetExceeded where a job does not fit, or the project is frozen."""
    remedy = f"raise the cap with `qml budget set {budget.project} <usd>`, or take fewer shots"
    if budget.frozen:
        raise BudgetExceeded(
            f"project {budget.project} is frozen: it was billed {usd(budget.overrun.microusd)} "
            "more than was reserved",
            f"compare with the provider's bill, then `qml budget set {budget.project} <usd> "
            "--unfreeze`",
        )
    asked, free = booking.charge, left(budget)
    if asked.microusd > free.microusd:
        raise BudgetExceeded(
            f"{usd(asked.microusd)} asked of project {budget.project}: {usd(budget.cap.microusd)} "
            f"allowed, {usd(budget.spent.microusd)} spent, {usd(budget.reserved.microusd)} "
            f"reserved, {usd(free.microusd)} left",
            remedy,
        )
    if budget.cap_qpu_ms is not None and asked.qpu_ms > free.qpu_ms:
        raise BudgetExceeded(
            f"{seconds(asked.qpu_ms)} asked of project {budget.project}: "
            f"{seconds(budget.cap_qpu_ms)} allowed, {seconds(budget.spent.qpu_ms)} spent, "
            f"{seconds(budget.reserved.qpu_ms)} reserved, {seconds(free.qpu_ms)} left",
            remedy,
        )


def check_cap(budget: Budget, cap_microusd: int, cap_qpu_ms: int | None, window_days: int) -> None:
    """Raise SpecError for a cap below what is reserved and spent already, or no length of time."""
    taken = budget.reserved.plus(within(budget))
    if cap_microusd < taken.microusd:
        raise SpecError(
            f"a cap of {usd(cap_microusd)} for project {budget.project} is below the "
            f"{usd(taken.microusd)} that are reserved or spent",
            "take a higher one, or wait for the next window",
        )
    if cap_qpu_ms is not None and cap_qpu_ms < taken.qpu_ms:
        raise SpecError(
            f"a cap of {seconds(cap_qpu_ms)} for project {budget.project} is below the "
            f"{seconds(taken.qpu_ms)} that are reserved or spent",
            "take a higher one, or wait for the next window",
        )
    if not 1 <= window_days <= _MOST_DAYS:
        raise SpecError(f"a window of {window_days} days must have between 1 and {_MOST_DAYS}")


def within(budget: Budget) -> Charge:
    """What was spent within reservations."""
    return Charge(
        microusd=budget.spent.microusd - budget.overrun.microusd,
        qpu_ms=budget.spent.qpu_ms - budget.overrun.qpu_ms,
    )


def excess(reserved: Charge, billed: Charge) -> Charge:
    """What was billed beyond the reservation."""
    return Charge(
        microusd=max(0, billed.microusd - reserved.microusd),
        qpu_ms=max(0, billed.qpu_ms - reserved.qpu_ms),
    )


def rolled(budget: Budget, now: datetime) -> Budget:
    """The budget in the window that `now` lies in; a clock that went back changes nothing."""
    length = budget.window_end - budget.window_start
    windows = max(0, (now - budget.window_start) // length)
    if windows == 0:
        return budget
    start = budget.window_start + windows * length
    return replace(
        budget, spent=Charge(), overrun=Charge(), window_start=start, window_end=start + length
    )


def levels_reached(budget: Budget, raised: Iterable[str]) -> Iterator[tuple[str, int, str]]:
    """Topic, percent and message of the alerts that are due and not among those raised."""
    taken = budget.reserved.plus(budget.spent)
    caps: dict[Resource, tuple[int, int]] = {
        "usd": (taken.microusd, budget.cap.microusd),
        "qpu": (taken.qpu_ms, budget.cap_qpu_ms or 0),
    }
    known = set(raised)
    for resource, (used, cap) in caps.items():
        say = usd if resource == "usd" else seconds
        for percent in LEVELS:
            topic = f"{resource} {percent}"
            if cap and 100 * used >= percent * cap and topic not in known:
                yield (
                    topic,
                    percent,
                    f"project {budget.project}: {percent} % of {say(cap)} reached, {say(used)} "
                    f"reserved or spent, window ends {budget.window_end:%Y-%m-%d %H:%M %Z}",
                )


def usd(microusd: int) -> str:
    """`12.50 USD`: exact, with at least two decimals."""
    whole, fraction = divmod(microusd, 10**6)
    digits = f"{fraction:06d}"
    return f"{whole:,}.{digits[:2]}{digits[2:].rstrip('0')} USD"


def seconds(milliseconds: int) -> str:
    """`12.5 QPU seconds`."""
    return f"{milliseconds / 1e3:,.10g} QPU seconds"
