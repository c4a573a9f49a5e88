"""What a search may still spend of its own `max_usd`, beside the budget of its project."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from qml_core.references import Estimate, Grant
from qml_core.specs import BackendSpec

_ROUNDING = 1e-9


class _Planned(Protocol):
    @property
    def estimate(self) -> Estimate: ...


def today(plans: Sequence[_Planned], grants: Sequence[Grant]) -> tuple[Grant, ...]:
    """The grants at what plans that have passed the gates still cost: those of an earlier run,
    which stand, say what they did then."""
    return tuple(
        grant.model_copy(update={"estimate": plan.estimate})
        for plan, grant in zip(plans, grants, strict=True)
    )


@dataclass
class SpendingCap:
    """Counts the most that was granted, so that a search ends before it spends too much."""

    max_usd: float | None
    usd: float = 0.0
    """Spent by earlier runs, and granted so far, at most."""
    grants: list[Grant] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    exhausted: bool = False
    earlier: tuple[Grant, ...] = ()
    """Of earlier runs of the same search: later parts of it follow them."""
    keep: Callable[[Sequence[Grant]], None] = lambda grants: None
    """Puts on record what is going to be bought."""

    def affordable(self, grants: Sequence[Grant]) -> int:
        """How many of these, in their order, the cap leaves room for."""
        room = float("inf") if self.max_usd is None else self.max_usd - self.usd
        for count, grant in enumerate(grants):
            room -= grant.estimate.usd
            if room < -_ROUNDING:
                return count
        return len(grants)

    def take(self, grants: Sequence[Grant], left_out: int, of: int, what: str) -> None:
        """Count what is going to be bought; `left_out` of so many things are not."""
        self.usd += sum(grant.estimate.usd for grant in grants)
        self.grants += grants
        self.keep(grants)
        if left_out:
            self.exhausted = True
            self.notes.append(
                f"{left_out} of {of} {what} of a round were left out: max_usd={self.max_usd:g} "
                f"USD, at most {self.usd:,.2f} USD of it are spent."
            )

    def settled(self, backend: BackendSpec) -> Grant | None:
        """What an earlier round was granted on a backend; a later one stays there."""
        granted = (*self.grants, *self.earlier)
        bought = (g for g in granted if g.price is not None or g.fallback is not None)
        return next((g for g in bought if g.backend_asked == backend), None)
